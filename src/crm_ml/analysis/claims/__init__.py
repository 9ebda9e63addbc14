"""Headline claims of the trade, measured on the company's own data."""
