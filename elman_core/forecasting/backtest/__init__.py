"""Backtest: forecasts from many origins against what came, of a model and of the baselines it has to beat."""
