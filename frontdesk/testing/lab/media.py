"""Media: encrypted by whoever sends it, kept by the server without being read."""

import hashlib
import os
from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import web

from frontdesk.testing.lab.errors import LabError
from frontdesk.testing.lab.keys import decrypt_cbc, derive, encrypt_cbc, mac, same

_CODE = 10  # bytes at the end of an encrypted file
_FOLDER = "/v/"


class _Keys(NamedTuple):
    start: bytes
    cipher: bytes
    mac: bytes


@dataclass(frozen=True)
class Stored:
    """What a message has to say about its file, so that its receiver can fetch and open it."""

    url: str
    path: str
    key: bytes
    digest: bytes  # SHA-256 of the plain file
    encrypted_digest: bytes
    length: int


def _keys(key: bytes, label: str) -> _Keys:
    out = derive(key, f"WhatsApp {label} Keys".encode(), 112)
    return _Keys(out[:16], out[16:48], out[48:80])


class MediaStore:
    """Keeps encrypted files by name and serves them over HTTP."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.files: dict[str, bytes] = {}

    def routes(self) -> list[web.RouteDef]:
        """Its part of the server."""
        return [
            web.post("/mms/{kind}/{token}", self._upload),
            web.get(_FOLDER + "{name}", self._download),
            web.delete("/{path:.*}", self._delete),
        ]

    def put(self, encrypted: bytes) -> str:
        """Keep an encrypted file; gives its path."""
        name = hashlib.sha256(encrypted).hexdigest()
        self.files[name] = encrypted
        return f"{_FOLDER}{name}?ccb=1"  # clients append “&hash=…”, so a query must be there

    def get(self, path: str) -> bytes:
        """The encrypted file of a path.

        Raises:
            LabError: there is none.
        """
        name = path.partition(_FOLDER)[2].partition("?")[0]
        if name not in self.files:
            raise LabError(f"There is no file at {path}.")
        return self.files[name]

    def lose(self, path: str) -> None:
        """Forget a file, as the server does after some weeks."""
        self.files.pop(path.partition(_FOLDER)[2].partition("?")[0], None)

    def seal(self, plain: bytes, label: str) -> Stored:
        """Encrypt a file as a phone does and keep it. `label` is the kind in the keys: Image, Video, History, …"""
        key = os.urandom(32)
        keys = _keys(key, label)
        encrypted = encrypt_cbc(keys.cipher, keys.start, plain)
        encrypted += mac(keys.mac, keys.start + encrypted)[:_CODE]
        path = self.put(encrypted)
        digest, encrypted_digest = hashlib.sha256(plain).digest(), hashlib.sha256(encrypted).digest()
        return Stored(self.base + path, path, key, digest, encrypted_digest, len(plain))

    def open(self, path: str, key: bytes, label: str) -> bytes:
        """The plain file, as its receiver reads it.

        Raises:
            LabError: it was damaged.
        """
        encrypted, keys = self.get(path), _keys(key, label)
        content, code = encrypted[:-_CODE], encrypted[-_CODE:]
        if not same(mac(keys.mac, keys.start + content)[:_CODE], code):
            raise LabError(f"The file at {path} was damaged.")
        return decrypt_cbc(keys.cipher, keys.start, content)

    async def _upload(self, request: web.Request) -> web.Response:
        path = self.put(await request.read())
        return web.json_response({"url": self.base + path, "direct_path": path, "handle": "lab", "object_id": "lab"})

    async def _download(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["name"])
        if content is None:
            return web.Response(status=404)
        return web.Response(body=content, content_type="application/octet-stream")

    async def _delete(self, _: web.Request) -> web.Response:
        return web.Response()
