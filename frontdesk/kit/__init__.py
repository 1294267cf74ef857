"""Tools without domain. Imports nothing of ours."""
