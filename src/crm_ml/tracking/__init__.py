"""Experiments and registry; the only floor that knows MLflow."""
