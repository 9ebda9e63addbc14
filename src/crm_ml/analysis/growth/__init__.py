"""Targets, resources and people: where growth must come from and what may be spent on it."""
