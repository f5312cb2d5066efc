"""Tables in text files: finding out how one is written, and reading it."""
