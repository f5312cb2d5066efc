"""What everything may lean on: jobs, files, texts for people, imports beside the program."""
