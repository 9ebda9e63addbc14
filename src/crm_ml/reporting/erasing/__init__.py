"""Taking one customer out of what was written about all."""
