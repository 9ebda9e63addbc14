"""What customers buy together, what else they could buy, and what they will buy."""
