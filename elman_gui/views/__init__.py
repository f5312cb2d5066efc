"""Every plot, a ViewCard each."""
