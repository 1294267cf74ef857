"""OpenAI's chat completions; Perplexity and every compatible server speak the same."""

import json
from typing import Any

from frontdesk.testing.wires.script import Fault, Reply, Step
from frontdesk.testing.wires.wire import Request, Wire


class OpenAIWire(Wire):
    """`POST {prefix}/chat/completions`; a list of prefixes says which paths the server has."""

    def __init__(
        self, *steps: Step, key: str | None = None, model: str | None = None, prefixes: tuple[str, ...] = ("/v1",)
    ) -> None:
        super().__init__(*steps, key=key, model=model)
        self._prefixes = prefixes

    def knows_path(self, path: str) -> bool:
        """Chat completions below one of the prefixes."""
        return path in {f"{prefix}/chat/completions" for prefix in self._prefixes}

    def answer(self, reply: Reply, request: Request) -> bytes:
        """A chat completion."""
        calls = [
            {
                "id": f"call_{at}",
                "type": "function",
                "function": {"name": tool.name, "arguments": json.dumps(dict(tool.arguments))},
            }
            for at, tool in enumerate(reply.tools)
        ]
        message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
        if calls:
            message["tool_calls"] = calls
        finish = "length" if reply.cut else "tool_calls" if calls else "stop"
        completion = {
            "id": "chatcmpl-local",
            "object": "chat.completion",
            "created": 1_795_000_000,
            "model": self.model_of(request),
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {
                "prompt_tokens": reply.tokens_in,
                "completion_tokens": reply.tokens_out,
                "total_tokens": reply.tokens_in + reply.tokens_out,
            },
        }
        return json.dumps(completion).encode()

    def error(self, fault: Fault) -> bytes:
        """An error object."""
        return json.dumps(
            {"error": {"message": f"local fault {fault.word}", "type": "local", "code": fault.word or None}}
        ).encode()
