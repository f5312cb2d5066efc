"""Predicting: one step ahead, in closed loop, over horizons; baselines and scores."""
