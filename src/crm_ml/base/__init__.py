"""What every other floor may use: results, plots, texts, errors, checks, files."""
