"""Socket 2, chat models."""
