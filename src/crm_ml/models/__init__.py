"""Estimators arranged by technique."""
