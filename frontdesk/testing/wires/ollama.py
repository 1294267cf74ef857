"""Ollama's `/api/chat`, streamed as lines of JSON or in one piece."""

import json
from typing import ClassVar

from frontdesk.testing.wires.script import Fault, Reply
from frontdesk.testing.wires.wire import Request, Wire


class OllamaWire(Wire):
    """The chat interface of Ollama."""

    content_type: ClassVar[str] = "application/x-ndjson"

    def knows_path(self, path: str) -> bool:
        """`/api/chat` alone."""
        return path == "/api/chat"

    def answer(self, reply: Reply, request: Request) -> bytes:
        """A line with the message and a line with the counts; both in one where no stream is asked for."""
        tools = [{"function": {"name": tool.name, "arguments": dict(tool.arguments)}} for tool in reply.tools]
        message = {"role": "assistant", "content": reply.text, **({"tool_calls": tools} if tools else {})}
        head = {"model": self.model_of(request), "created_at": "2026-11-18T09:00:00Z"}
        counts = {
            "done": True,
            "done_reason": "length" if reply.cut else "stop",
            "prompt_eval_count": reply.tokens_in,
            "eval_count": reply.tokens_out,
            "total_duration": 1,
        }
        if request.body.get("stream") is False:
            return json.dumps({**head, "message": message, **counts}).encode()
        first = {**head, "message": message, "done": False}
        last = {**head, "message": {"role": "assistant", "content": ""}, **counts}
        return f"{json.dumps(first)}\n{json.dumps(last)}\n".encode()

    def error(self, fault: Fault) -> bytes:
        """A sentence."""
        return json.dumps({"error": f"local fault {fault.word}"}).encode()
