"""Views of the course of training."""
