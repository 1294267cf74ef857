"""Who may use the phone page: whoever sits at this machine, and whoever was given the key."""

import hmac
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

COOKIE = "phone_key"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Door:
    """Opens for loopback, and for the key where one was set."""

    key: str | None = None

    def opens(self, request: Request) -> bool:
        """Whether this request may act on the phone page."""
        return _not_from_elsewhere(request) and (at_this_machine(request) or self.has_key(request))

    def has_key(self, request: Request) -> bool:
        """Whether the cookie carries the key."""
        return self.fits(request.cookies.get(COOKIE, ""))

    def fits(self, offered: str) -> bool:
        """Whether this is the key."""
        return bool(self.key) and hmac.compare_digest(offered.encode(), str(self.key).encode())


def at_this_machine(request: Request) -> bool:
    """The connection comes from this machine, was not passed on by a proxy, and asked for it by a local name.

    The name is looked at so that a foreign page whose name was made to lead here is not taken for a local one.
    """
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    return _is_loopback(request.client.host) and (name == "localhost" or _is_loopback(name))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _not_from_elsewhere(request: Request) -> bool:
    """A page of another site may not act here on behalf of the person whose browser it runs in."""
    if request.method in ("GET", "HEAD"):
        return True
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
