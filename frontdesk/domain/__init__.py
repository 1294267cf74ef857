"""Our words and pure rules: no IO, no await, no clock. Values are frozen; questions return results."""
