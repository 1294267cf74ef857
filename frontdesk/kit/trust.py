"""Whose certificates are believed: those that come with Frontdesk, or those that the environment names."""

import os
import ssl
from functools import cache

import certifi


@cache
def trusted() -> ssl.SSLContext:
    """The certificates to trust, read once. `SSL_CERT_FILE` or `SSL_CERT_DIR` take the place of the bundle."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file or folder:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    return ssl.create_default_context(cafile=certifi.where())
