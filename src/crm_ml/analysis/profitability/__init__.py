"""What customers earn us and cost us, and how unevenly."""
