"""The window: views and controllers over elman_core."""
