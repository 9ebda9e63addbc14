"""Probabilistic purchase and value models (buy till you die)."""
