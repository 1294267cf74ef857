"""Linked devices: a number that was linked by a QR code or by a typed code, one child process for each."""
