"""Metrics, intervals, backtests, chance levels and gates."""
