"""Studies: many runs of networks that differ in settings and seeds, and what can be claimed of them."""
