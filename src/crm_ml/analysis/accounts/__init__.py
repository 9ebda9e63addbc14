"""Which accounts matter, how much, and what to do with them."""
