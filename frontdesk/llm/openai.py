"""OpenAI's models, and what all servers with OpenAI's chat completions share."""

from typing import TYPE_CHECKING, Any, ClassVar

from frontdesk.kit.trust import trusted
from frontdesk.llm.base import ModelOptions, trimmed

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_ONE_TEMPERATURE = ("o1", "o3", "o4", "gpt-5")  # reasoning models refuse any other than their own


class OpenAI:
    """OpenAI's models, through chat completions."""

    name: ClassVar[str] = "openai"
    title: ClassVar[str] = "OpenAI"
    default_model: ClassVar[str] = "gpt-4o-mini"
    needs_key: ClassVar[bool] = True
    key_setting: ClassVar[str] = "OPENAI_API_KEY"
    url_setting: ClassVar[str] = "OPENAI_BASE_URL"
    takes_tools: ClassVar[bool] = True

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        """With `/v1` first where a bare host was given."""
        return completions_urls(given or "https://api.openai.com/v1", version_first=True)

    def build(self, options: ModelOptions) -> "BaseChatModel":
        """The vendor's client without retries of its own."""
        from langchain_openai import ChatOpenAI  # noqa: PLC0415 - slow to import

        fixed = options.model.startswith(_ONE_TEMPERATURE) and "chat" not in options.model
        temperature = None if fixed else options.temperature
        return ChatOpenAI(**completions_options(options) | {"temperature": temperature})

    async def close(self, model: "BaseChatModel") -> None:
        """Close the connections."""
        await close_completions(model)


def completions_urls(given: str, *, version_first: bool) -> tuple[str, ...]:
    """The addresses to try for servers with OpenAI's chat completions: an address with a path is taken at its word."""
    address = trimmed(given, "/chat/completions")
    if address.partition("://")[2].count("/"):
        return (address, address.removesuffix("/v1")) if address.endswith("/v1") else (address,)
    return (f"{address}/v1", address) if version_first else (address, f"{address}/v1")


def completions_options(options: ModelOptions) -> dict[str, Any]:
    """The constructor's arguments of the client, with connections of its own that can be closed."""
    from openai import DefaultAioHttpClient  # noqa: PLC0415 - slow to import

    return {
        "model": options.model,
        "api_key": options.api_key or "none",
        "base_url": options.base_url,
        "timeout": options.timeout,
        "max_retries": 0,
        "temperature": options.temperature,
        "max_tokens": options.max_tokens,
        "use_responses_api": False,
        "http_async_client": DefaultAioHttpClient(timeout=options.timeout, verify=trusted()),
    }


async def close_completions(model: "BaseChatModel") -> None:
    """Close the connections of a client made with `completions_options`."""
    client: Any = model
    await client.http_async_client.aclose()
