"""What a study comes to, from all sides."""
