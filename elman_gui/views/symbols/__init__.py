"""Views of symbols."""
