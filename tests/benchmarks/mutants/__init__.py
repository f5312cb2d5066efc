"""Mutants: damaged tables, texts, feature tables and model files, each to be read or refused in one sentence."""
