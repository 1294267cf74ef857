"""The live bus after commit."""
