"""Between the views and the core: the run, files, undo, inspection."""
