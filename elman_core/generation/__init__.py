"""Continuing a text: the probabilities of the next symbol, and sampling."""
