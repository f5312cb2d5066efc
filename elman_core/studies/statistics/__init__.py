"""Statistics of runs that differ in their seeds: plain arrays go in, frozen figures come out."""
