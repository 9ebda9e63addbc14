"""What customers say: satisfaction, recommendation, loyalty."""
