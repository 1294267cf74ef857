"""The two servers that intake is compared with."""
