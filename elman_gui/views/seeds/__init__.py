"""How the networks of an ensemble learn."""
