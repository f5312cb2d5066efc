"""How the weights are moved: an engine each for loops compiled on the CPU and for tensors on any device."""
