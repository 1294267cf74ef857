"""Anthropic's `/v1/messages`."""

import json

from frontdesk.testing.wires.script import Fault, Reply
from frontdesk.testing.wires.wire import Request, Wire


class AnthropicWire(Wire):
    """The Messages API."""

    def knows_path(self, path: str) -> bool:
        """`/v1/messages` alone."""
        return path == "/v1/messages"

    def key_of(self, request: Request) -> str:
        """The key in Anthropic's own header, or as a bearer token: its clients have sent both."""
        return request.headers.get("x-api-key") or super().key_of(request)

    def answer(self, reply: Reply, request: Request) -> bytes:
        """A message with its blocks."""
        blocks: list[dict[str, object]] = [{"type": "text", "text": reply.text}] if reply.text else []
        blocks += [
            {"type": "tool_use", "id": f"toolu_{at}", "name": tool.name, "input": dict(tool.arguments)}
            for at, tool in enumerate(reply.tools)
        ]
        stop = "max_tokens" if reply.cut else "tool_use" if reply.tools else "end_turn"
        message = {
            "id": "msg_local",
            "type": "message",
            "role": "assistant",
            "model": self.model_of(request),
            "content": blocks,
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": {"input_tokens": reply.tokens_in, "output_tokens": reply.tokens_out},
        }
        return json.dumps(message).encode()

    def error(self, fault: Fault) -> bytes:
        """An error object."""
        return json.dumps(
            {"type": "error", "error": {"type": fault.word or "local", "message": f"local fault {fault.word}"}}
        ).encode()
