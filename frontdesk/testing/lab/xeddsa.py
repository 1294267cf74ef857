"""XEdDSA: signatures made with X25519 keys, as Signal uses them. Plain Python: milliseconds each, enough for a lab."""

import hashlib
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_BASE_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_PREFIX = b"\xfe" + b"\xff" * 31
_SIGN_BIT = 0x80

_Point = tuple[int, int, int, int]  # extended coordinates: X, Y, Z, T


def sign(private: bytes, message: bytes) -> bytes:
    """64 bytes; the sign bit of the Edwards public key rides in the top bit of the last one."""
    scalar = _clamp(private)
    public = _compress(_times_base(scalar))
    nonce = int.from_bytes(hashlib.sha512(_PREFIX + private + message + os.urandom(64)).digest(), "little") % _ORDER
    commitment = _compress(_times_base(nonce))
    challenge = int.from_bytes(hashlib.sha512(commitment + public + message).digest(), "little") % _ORDER
    answer = bytearray(((nonce + challenge * scalar) % _ORDER).to_bytes(32, "little"))
    answer[31] |= public[31] & _SIGN_BIT
    return commitment + bytes(answer)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the X25519 key signed the message: an Ed25519 check with the converted key."""
    u = int.from_bytes(public, "little") & ((1 << 255) - 1)
    y = (u - 1) * pow(u + 1, _P - 2, _P) % _P
    edwards = (y | (signature[63] & _SIGN_BIT) << 248).to_bytes(32, "little")
    plain = signature[:63] + bytes([signature[63] & ~_SIGN_BIT])
    try:
        Ed25519PublicKey.from_public_bytes(edwards).verify(plain, message)
    except InvalidSignature:
        return False
    return True


def _clamp(private: bytes) -> int:
    scalar = bytearray(private)
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return int.from_bytes(scalar, "little")


def _times_base(scalar: int) -> _Point:
    result: _Point = (0, 1, 1, 0)
    power: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)
    while scalar:
        if scalar & 1:
            result = _add(result, power)
        power = _add(power, power)
        scalar >>= 1
    return result


def _add(left: _Point, right: _Point) -> _Point:
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = 2 * t1 * t2 * _D % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _compress(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, _P - 2, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")
