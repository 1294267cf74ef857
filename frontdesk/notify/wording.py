"""An alert as a service behind Apprise takes it: no longer than that, and read there as it was written.

Most services escape what they are given as text, or show it as it is. What is not so is here.
"""

import html
import json
import re
from dataclasses import replace
from typing import Any

from frontdesk.domain.fitting import Size, fitted, octets, units
from frontdesk.domain.telling import Alert

_NTFY = 3_800  # bytes: what is longer becomes a file there, or is refused
_MARK = re.compile(r"(https?://\S+)|([\\*_~`|>#\[\]()-])|@(?=everyone|here)|<(?=[@#:/])")
_NOTHING = "\u200b"  # a space without width


def worded(service: Any, alert: Alert) -> Alert:
    """The alert for that service. An address with `overflow=` has said itself what becomes of what is too long."""
    scheme = str(service.secure_protocol or service.protocol)
    if scheme == "discord":
        alert = replace(alert, title=_literal(alert.title), text=_literal(alert.text))
    if service.overflow_mode.value != "upstream":
        return alert
    room = min(_NTFY, service.body_maxlen) if scheme.startswith("ntfy") else service.body_maxlen
    return fitted(alert, room, title=service.title_maxlen or room, size=_SIZES.get(scheme, units))


def _for_ntfy(text: str) -> int:
    """It takes 4,096 bytes of text in 8,192 of JSON, which Apprise writes in ASCII."""
    return max(octets(text), len(json.dumps(text)) // 2)


def _for_slack(text: str) -> int:
    return units(html.escape(text, quote=False))


_SIZES: dict[str, Size] = {"ntfy": _for_ntfy, "ntfys": _for_ntfy, "slack": _for_slack}


def _literal(text: str) -> str:
    """For Discord, which reads everything as its markdown: no sign of it works, and nobody is called by a name."""
    return _MARK.sub(_as_written, text)


def _as_written(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    return f"\\{found[2]}" if found[2] else f"{found[0]}{_NOTHING}"
