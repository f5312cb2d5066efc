"""What damage does to networks."""
