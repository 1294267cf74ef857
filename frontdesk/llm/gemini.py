"""Google's Gemini models."""

from typing import TYPE_CHECKING, Any, ClassVar

from frontdesk.kit.trust import trusted
from frontdesk.llm.base import ModelOptions, trimmed

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Gemini:
    """Google's Gemini models, through the Gemini API."""

    name: ClassVar[str] = "gemini"
    title: ClassVar[str] = "Google Gemini"
    default_model: ClassVar[str] = "gemini-2.5-flash"
    needs_key: ClassVar[bool] = True
    key_setting: ClassVar[str] = "GOOGLE_API_KEY"
    url_setting: ClassVar[str] = "GOOGLE_BASE_URL"
    takes_tools: ClassVar[bool] = True

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        """The client adds the version of the interface itself."""
        return (trimmed(given or "https://generativelanguage.googleapis.com", "/v1beta", "/v1"),)

    def build(self, options: ModelOptions) -> "BaseChatModel":
        """The vendor's client; `max_retries` counts attempts there, so one means none again."""
        import httpx2  # noqa: PLC0415 - slow to import
        from google.genai import Client  # noqa: PLC0415
        from google.genai.types import HttpOptions  # noqa: PLC0415
        from langchain_google_genai import ChatGoogleGenerativeAI  # noqa: PLC0415

        # Thinking would eat up max_tokens before the first word of a short reply; only these models let it be off.
        thinking: dict[str, Any] = {"thinking_budget": 0} if options.model.startswith("gemini-2.5-flash") else {}
        model = ChatGoogleGenerativeAI(
            model=options.model,
            google_api_key=options.api_key,
            base_url=options.base_url,
            timeout=options.timeout,
            max_retries=1,
            temperature=options.temperature,
            max_output_tokens=options.max_tokens,
            vertexai=False,
            client_args={"verify": trusted()},
            **thinking,
        )
        # By itself it would take aiohttp, where its reading of errors is broken.
        connections = httpx2.AsyncClient(timeout=options.timeout, verify=trusted(), follow_redirects=True)
        http = HttpOptions(base_url=options.base_url, client_args={"verify": trusted()}, httpx_async_client=connections)
        model.client = Client(api_key=options.api_key, http_options=http)
        vars(model)["connections"] = connections
        return model

    async def close(self, model: "BaseChatModel") -> None:
        """Close the connections."""
        client: Any = model
        await client.aclose()
        await client.connections.aclose()
        client.client.close()
