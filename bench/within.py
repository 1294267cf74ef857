"""`frontdesk` with one more provider, `bench:`, whose model answers within this process.

    python -m bench.within serve ...    also web, lines, worker and beat

`bench:0` answers at once, `bench:2` after two seconds. It costs nothing by itself, so that what is measured is
Frontdesk and not a vendor's client.
"""

import asyncio
import re
import sys
from typing import Any, ClassVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from frontdesk import worker
from frontdesk.cli import main
from frontdesk.llm import models
from frontdesk.llm.base import ModelOptions

TAG = re.compile(r"#\d{6}\b")


class Within(BaseChatModel):
    """Gives back the tag of what it was asked."""

    seconds: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "bench"

    def bind_tools(self, tools: Any, **more: Any) -> Any:
        """Tools are taken and never used."""
        return self.bind(**more)

    def _generate(self, messages: list[BaseMessage], *_: Any, **more: Any) -> ChatResult:
        raise NotImplementedError("This model only runs asynchronously.")

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **more: Any) -> ChatResult:
        await asyncio.sleep(self.seconds)
        tags = TAG.findall(str(messages[-1].content)) or ["#none"]
        usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
        reply = AIMessage(f"Noted, {tags[-1]}.", usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=reply)])


class Bench:
    """The provider."""

    name: ClassVar[str] = "bench"
    title: ClassVar[str] = "Within this process"
    default_model: ClassVar[str] = "0"
    needs_key: ClassVar[bool] = False
    key_setting: ClassVar[str] = ""
    url_setting: ClassVar[str] = ""
    takes_tools: ClassVar[bool] = True

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        """There is one place."""
        return ("within",)

    def build(self, options: ModelOptions) -> BaseChatModel:
        """The model's name is how many seconds it takes."""
        return Within(seconds=float(options.model))


if __name__ == "__main__":
    models.BUILTIN = (*models.BUILTIN, Bench)
    if sys.argv[1:2] in (["worker"], ["beat"]):
        sys.exit(worker.main(sys.argv[1:]))  # `frontdesk worker` becomes that program, where this provider is not known
    main()
