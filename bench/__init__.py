"""Measurements of the figures that Frontdesk promises. `make bench` runs them all; each module runs alone."""
