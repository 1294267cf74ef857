"""Local servers that speak the wire protocols of model vendors, with scripted answers and faults."""

from frontdesk.testing.wires.anthropic import AnthropicWire
from frontdesk.testing.wires.gemini import GeminiWire
from frontdesk.testing.wires.ollama import OllamaWire
from frontdesk.testing.wires.openai import OpenAIWire
from frontdesk.testing.wires.script import Broken, Drop, Empty, Fault, Hold, Reply, Step, ToolCall
from frontdesk.testing.wires.wire import Request, Wire

__all__ = [
    "AnthropicWire",
    "Broken",
    "Drop",
    "Empty",
    "Fault",
    "GeminiWire",
    "Hold",
    "OllamaWire",
    "OpenAIWire",
    "Reply",
    "Request",
    "Step",
    "ToolCall",
    "Wire",
]
