"""Damage as a study: what trained networks lose, by kind and level of the damage."""
