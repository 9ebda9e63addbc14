"""One definition a feature, on every engine; sees days before the cutoff only."""
