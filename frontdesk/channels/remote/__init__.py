"""Channels whose lines are held by another process of the house."""
