"""The chat model that the house hands out: a ladder of vendors' models behind LangChain's own contract."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from frontdesk.kit.guard import outside_transaction
from frontdesk.llm.ladder import Ladder

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def guarded(ladder: Ladder) -> "BaseChatModel":
    """A chat model over the ladder. Its `takes_tools` is False when one of the models knows no tool calls."""
    takes_tools = all(rung.provider.takes_tools for rung in ladder.rungs)
    model: BaseChatModel = _model_class()(ladder=ladder, takes_tools=takes_tools)
    return model


@cache
def _model_class() -> Any:
    from langchain_core.language_models import BaseChatModel  # noqa: PLC0415 - slow to import
    from langchain_core.messages import BaseMessage  # noqa: PLC0415
    from langchain_core.outputs import ChatGeneration, ChatResult  # noqa: PLC0415

    class GuardedModel(BaseChatModel):
        """Raises Retryable and Rejected, and nothing of any vendor's."""

        ladder: Any
        takes_tools: bool
        bound: Mapping[str, Any] = {}  # what goes along with every question

        @property
        def _llm_type(self) -> str:
            return "frontdesk"

        async def ainvoke(self, input: Any, config: Any = None, **more: Any) -> Any:  # noqa: A002 - LangChain's word
            # Straight to the ladder: the vendor's model behind it does what LangChain does around a call.
            outside_transaction()
            return await self.ladder.ask(self._convert_input(input).to_messages(), {**self.bound, **more})

        def bind_tools(self, tools: Any, **more: Any) -> Any:
            # A copy rather than LangChain's binding, which costs as much as all else around a call.
            return self.model_copy(update={"bound": {**self.bound, "tools": tools, **more}})

        def _generate(self, messages: list[BaseMessage], *_: Any, **more: Any) -> ChatResult:
            raise NotImplementedError("Frontdesk's models only run asynchronously.")

        async def _agenerate(
            self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **more: Any
        ) -> ChatResult:
            answer = await self.ladder.ask(messages, {**self.bound, **more})
            return ChatResult(generations=[ChatGeneration(message=answer)])

    return GuardedModel
