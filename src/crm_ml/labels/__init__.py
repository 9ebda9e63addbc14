"""What happened after the cutoff; never imports features."""
