"""Breaks that turn a number into a class; fitted once, stored, applied anywhere."""
