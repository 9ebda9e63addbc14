"""The transaction log: reading, cleaning, windows, engines."""
