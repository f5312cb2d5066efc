"""The four workspaces, and what gives views their places in them."""
