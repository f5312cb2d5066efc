"""What the network forecasts, and how wrong it is by the number of steps ahead."""
