"""For all tests. Warnings are errors (see pyproject.toml); those that other packages raise and we cannot mend go here."""
