"""Views along the time axis."""
