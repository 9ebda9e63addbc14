"""Complaints, leaving in silence, and why customers leave."""
