"""What runs in threads of its own."""
