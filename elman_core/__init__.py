"""Elman networks: data, training, forecasting and storage. Knows nothing of the window."""

__version__ = "0.1.0"
