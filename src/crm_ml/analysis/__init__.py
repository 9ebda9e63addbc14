"""Customer-base analysis: pure functions from tables to a Result."""
