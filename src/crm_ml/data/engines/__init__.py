"""Adapters for what is not portable between DuckDB, Polars and Spark."""
