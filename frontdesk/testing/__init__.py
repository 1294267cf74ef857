"""Shipped twins and conformance suites: may import all, imported by none."""
