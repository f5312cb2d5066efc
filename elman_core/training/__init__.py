"""Training: the trainer, its engines, and what a run leaves behind."""
