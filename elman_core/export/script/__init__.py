"""One script of numpy that gives the whole forecast of a model: its text stands in the modules beside, to be copied."""
