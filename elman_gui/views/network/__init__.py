"""Views of units, weights and states."""
