"""Any server that speaks OpenAI's chat completions: vLLM, llama.cpp, LM Studio, OpenRouter, Groq and many more."""

from typing import TYPE_CHECKING, ClassVar

from frontdesk.llm.base import ModelOptions
from frontdesk.llm.openai import close_completions, completions_options, completions_urls

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Compatible:
    """Any server that speaks OpenAI's chat completions; its address has to be given, a key may be."""

    name: ClassVar[str] = "openai-compatible"
    title: ClassVar[str] = "OpenAI-compatible server"
    default_model: ClassVar[str] = ""
    needs_key: ClassVar[bool] = False
    key_setting: ClassVar[str] = "OPENAI_COMPATIBLE_API_KEY"
    url_setting: ClassVar[str] = "OPENAI_COMPATIBLE_BASE_URL"
    takes_tools: ClassVar[bool] = True

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        """With `/v1` first where a bare host was given; nothing where nothing was given."""
        return completions_urls(given, version_first=True) if given else ()

    def build(self, options: ModelOptions) -> "BaseChatModel":
        """The client that sends `max_tokens`, which these servers know, not OpenAI's newer word for it."""
        from langchain_openai.chat_models.base import BaseChatOpenAI  # noqa: PLC0415 - slow to import

        return BaseChatOpenAI(**completions_options(options))

    async def close(self, model: "BaseChatModel") -> None:
        """Close the connections."""
        await close_completions(model)
