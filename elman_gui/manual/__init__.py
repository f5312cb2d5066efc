"""The manual: its pages, a search through them, and the window that shows them."""
