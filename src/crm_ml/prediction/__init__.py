"""The bundle on disk, the Predictor and the assembled risk list."""
