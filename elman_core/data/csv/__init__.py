"""Tables in text files: detecting their format, and reading them."""
