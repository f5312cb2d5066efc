"""The network: its equations, and its units held at values."""
