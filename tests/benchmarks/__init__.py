"""Speed, memory and smoothness as ratios within one run: `elman bench`."""
