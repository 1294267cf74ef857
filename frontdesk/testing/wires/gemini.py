"""Google's `models/{model}:generateContent`."""

import json
import re

from frontdesk.testing.wires.script import Fault, Reply
from frontdesk.testing.wires.wire import Request, Wire

_PATH = re.compile(r"^/v1beta/models/([^/:]+):generateContent$")
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}


class GeminiWire(Wire):
    """The REST interface of the Gemini API."""

    def knows_path(self, path: str) -> bool:
        """`generateContent` of any model."""
        return _PATH.match(path) is not None

    def key_of(self, request: Request) -> str:
        """The key in Google's header."""
        return request.headers.get("x-goog-api-key", "")

    def model_of(self, request: Request) -> str:
        """The model in the path."""
        found = _PATH.match(request.path)
        return found[1] if found else ""

    def answer(self, reply: Reply, request: Request) -> bytes:
        """One candidate."""
        parts: list[dict[str, object]] = [{"text": reply.text}] if reply.text else []
        parts += [{"functionCall": {"name": tool.name, "args": dict(tool.arguments)}} for tool in reply.tools]
        content = {"role": "model", "parts": parts}
        candidate = {"content": content, "finishReason": "MAX_TOKENS" if reply.cut else "STOP", "index": 0}
        return json.dumps({"candidates": [candidate], **_usage(reply), "modelVersion": self.model_of(request)}).encode()

    def empty(self, request: Request) -> bytes:
        """No candidate at all."""
        return json.dumps({**_usage(Reply()), "modelVersion": self.model_of(request)}).encode()

    def error(self, fault: Fault) -> bytes:
        """Google's error object; the wait stands in its details."""
        details = []
        if fault.retry_after is not None:
            kind = "type.googleapis.com/google.rpc.RetryInfo"
            details.append({"@type": kind, "retryDelay": f"{fault.retry_after:g}s"})
        status = _STATUS.get(fault.status, "INTERNAL")
        message = f"local fault {fault.word}"
        return json.dumps(
            {"error": {"code": fault.status, "message": message, "status": status, "details": details}}
        ).encode()


def _usage(reply: Reply) -> dict[str, object]:
    return {
        "usageMetadata": {
            "promptTokenCount": reply.tokens_in,
            "candidatesTokenCount": reply.tokens_out,
            "totalTokenCount": reply.tokens_in + reply.tokens_out,
        }
    }
