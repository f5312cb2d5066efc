"""Studies: many runs that differ in their settings and seeds, kept as they go and compared."""
