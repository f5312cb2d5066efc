"""Taking numbers out of the program."""
