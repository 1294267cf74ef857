"""Anthropic's Claude models."""

from typing import TYPE_CHECKING, Any, ClassVar

from frontdesk.kit.trust import trusted
from frontdesk.llm.base import ModelOptions, trimmed

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_MAX_TOKENS = 1_024  # the interface demands a number


class Anthropic:
    """Anthropic's Claude models, through the Messages API."""

    name: ClassVar[str] = "anthropic"
    title: ClassVar[str] = "Anthropic Claude"
    default_model: ClassVar[str] = "claude-haiku-4-5"
    needs_key: ClassVar[bool] = True
    key_setting: ClassVar[str] = "ANTHROPIC_API_KEY"
    url_setting: ClassVar[str] = "ANTHROPIC_BASE_URL"
    takes_tools: ClassVar[bool] = True

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        """The client adds `/v1/messages` itself."""
        return (trimmed(given or "https://api.anthropic.com", "/messages", "/v1"),)

    def build(self, options: ModelOptions) -> "BaseChatModel":
        """The vendor's client, with connections of its own: those that it would share outlive their event loop."""
        import anthropic  # noqa: PLC0415 - slow to import
        from langchain_anthropic import ChatAnthropic  # noqa: PLC0415

        model = ChatAnthropic(
            model=options.model,
            api_key=options.api_key,
            base_url=options.base_url,
            timeout=options.timeout,
            max_retries=0,
            temperature=options.temperature,
            max_tokens=options.max_tokens or _MAX_TOKENS,
        )
        vars(model)["_async_client"] = anthropic.AsyncAnthropic(
            api_key=options.api_key,
            base_url=options.base_url,
            timeout=options.timeout,
            max_retries=0,
            http_client=anthropic.DefaultAioHttpClient(timeout=options.timeout, verify=trusted()),
        )
        return model

    async def close(self, model: "BaseChatModel") -> None:
        """Close the connections."""
        client: Any = model
        await client._async_client.close()
