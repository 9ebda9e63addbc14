"""The features of a log that fits in memory: sorted rows of numbers in the place of hash tables."""
