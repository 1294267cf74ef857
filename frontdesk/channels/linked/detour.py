"""The way through a proxy of the owner's: SOCKS 5, or CONNECT of an HTTP proxy."""

import base64
import socket
import struct
from collections.abc import Callable
from urllib.parse import SplitResult, unquote, urlsplit

PATIENCE = 20.0  # seconds for reaching the proxy, and for what lies behind it
LONGEST = 64 * 1024  # bytes of a proxy's answer

Place = tuple[str, int]
_PORTS = {"http": 80, "socks5": 1080}


def through(proxy: str) -> Callable[[Place], socket.socket]:
    """How a place is reached through the proxy of that address. What is returned raises OSError where it cannot be."""
    given = urlsplit(proxy)
    ask = _ask_socks if given.scheme == "socks5" else _ask_http

    def connect(place: Place) -> socket.socket:
        way = socket.create_connection((given.hostname or "", given.port or _PORTS[given.scheme]), timeout=PATIENCE)
        try:
            way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ask(way, place, given)
            way.settimeout(None)
        except BaseException:
            way.close()
            raise
        return way

    return connect


def _ask_http(way: socket.socket, place: Place, proxy: SplitResult) -> None:
    host, port = place
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.username is not None:
        known = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(known).decode()}")
    way.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += exactly(way, 1)  # no more than the answer: what follows it belongs to who asked
        if len(answer) > LONGEST:
            raise ConnectionError("the proxy does not speak HTTP")
    words = answer.split(b"\r\n", 1)[0].split()
    if len(words) < 2 or not words[1].startswith(b"2"):
        raise ConnectionError("the proxy refused the way")


def _ask_socks(way: socket.socket, place: Place, proxy: SplitResult) -> None:
    name, password = (unquote(part or "").encode() for part in (proxy.username, proxy.password))
    way.sendall(b"\5\1\2" if name else b"\5\1\0")
    version, method = exactly(way, 2)
    if version != 5 or method not in (0, 2):
        raise ConnectionError("the proxy does not speak SOCKS 5, or wants another sign-in")
    if method == 2:
        way.sendall(b"\1" + bytes((len(name),)) + name + bytes((len(password),)) + password)
        if exactly(way, 2)[1] != 0:
            raise ConnectionError("the proxy does not know this name and password")
    host = place[0].encode("idna")
    way.sendall(b"\5\1\0\3" + bytes((len(host),)) + host + struct.pack(">H", place[1]))
    _, refused, _, kind = exactly(way, 4)
    if refused:
        raise ConnectionError("the proxy refused the way")
    exactly(way, {1: 4, 4: 16}.get(kind) or exactly(way, 1)[0])
    exactly(way, 2)


def exactly(source: socket.socket, count: int) -> bytes:
    """So many bytes, no more and no less.

    Raises:
        ConnectionError: the other side ended before.
    """
    content = b""
    while len(content) < count:
        part = source.recv(count - len(content))
        if not part:
            raise ConnectionError("the other side ended")
        content += part
    return content
