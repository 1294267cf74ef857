"""Socket 1, the lines."""
