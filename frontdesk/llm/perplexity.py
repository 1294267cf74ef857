"""Perplexity's models, which search the web and know no tools."""

from typing import TYPE_CHECKING, ClassVar

from frontdesk.llm.base import ModelOptions
from frontdesk.llm.openai import close_completions, completions_options, completions_urls

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Perplexity:
    """Perplexity's models, through OpenAI's client: Perplexity's own breaks on other addresses."""

    name: ClassVar[str] = "perplexity"
    title: ClassVar[str] = "Perplexity"
    default_model: ClassVar[str] = "sonar"
    needs_key: ClassVar[bool] = True
    key_setting: ClassVar[str] = "PERPLEXITY_API_KEY"
    url_setting: ClassVar[str] = "PERPLEXITY_BASE_URL"
    takes_tools: ClassVar[bool] = False

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        """Without `/v1` first: Perplexity's own interface has no version in its path."""
        return completions_urls(given or "https://api.perplexity.ai", version_first=False)

    def build(self, options: ModelOptions) -> "BaseChatModel":
        """The vendor's client without retries of its own."""
        from langchain_openai.chat_models.base import BaseChatOpenAI  # noqa: PLC0415 - slow to import

        return BaseChatOpenAI(**completions_options(options))

    async def close(self, model: "BaseChatModel") -> None:
        """Close the connections."""
        await close_completions(model)
