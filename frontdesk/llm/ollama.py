"""Models that run on one's own machine with Ollama."""

from typing import TYPE_CHECKING, Any, ClassVar

from frontdesk.kit.trust import trusted
from frontdesk.llm.base import ModelOptions, trimmed

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Ollama:
    """Models that run on one's own machine with Ollama."""

    name: ClassVar[str] = "ollama"
    title: ClassVar[str] = "Ollama"
    default_model: ClassVar[str] = "llama3.2"
    needs_key: ClassVar[bool] = False
    key_setting: ClassVar[str] = "OLLAMA_API_KEY"
    url_setting: ClassVar[str] = "OLLAMA_BASE_URL"
    takes_tools: ClassVar[bool] = True

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        """The client adds `/api` itself."""
        return (trimmed(given or "http://127.0.0.1:11434", "/chat", "/api", "/v1"),)

    def build(self, options: ModelOptions) -> "BaseChatModel":
        """The vendor's client, which has no time limit unless it is given one."""
        from langchain_ollama import ChatOllama  # noqa: PLC0415 - slow to import

        headers = {"authorization": f"Bearer {options.api_key}"} if options.api_key else {}
        return ChatOllama(
            model=options.model,
            base_url=options.base_url,
            temperature=options.temperature,
            num_predict=options.max_tokens,
            client_kwargs={"timeout": options.timeout, "headers": headers, "verify": trusted()},
        )

    async def close(self, model: "BaseChatModel") -> None:
        """Close the connections."""
        client: Any = model
        await client._async_client.close()
