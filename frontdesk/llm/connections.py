"""What the vendors' HTTP clients share: whom they trust, and how many connections they hold."""

import ssl
from functools import cache

PER_CLIENT = 100  # calls that one client carries: its pool looks at every connection for every call
CLIENTS = 10  # of one model, opened as they are needed
MOST_AT_ONCE = PER_CLIENT * CLIENTS  # calls on the way to one vendor


@cache
def trusted() -> ssl.SSLContext:
    """The certificates to trust, read once: reading them takes longer than all else in making a client."""
    import httpx  # noqa: PLC0415 - with the vendors' clients

    return httpx.create_ssl_context()
