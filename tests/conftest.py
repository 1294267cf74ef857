"""For all tests. Warnings are errors (see pyproject.toml); exceptions for what others raise go here."""
