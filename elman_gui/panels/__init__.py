"""Forms and bars: what can be chosen, and where a run stands."""
