"""Every table, all SQL, all transactions."""
