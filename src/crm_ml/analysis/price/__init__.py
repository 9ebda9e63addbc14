"""What a price rise does to profit, and how much volume it may cost."""
