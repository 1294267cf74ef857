"""Socket 3, alarms to the owner."""
