"""Texts and other symbols: tokens, vocabularies, features, and the streams of Elman (1990)."""
