"""Weak models write their tool calls as plain text. Here they are read, so that they never reach a customer."""

import json
import re
from collections.abc import Iterator, Sequence

from frontdesk.agent.tools import HAND_OVER, Call

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_WRAPPED = re.compile(
    r"<(tool_call|function_call|tool|tool_code)>(.*?)(?:</\1>|\Z)|```(?:json|tool_call|tool_code|python)?\s*(.*?)(?:```|\Z)",
    re.DOTALL,
)
_FUNCTION_TAG = re.compile(r"<function=(\w+)>(.*?)(?:</function>|\Z)", re.DOTALL)
_NO_CODE = re.compile(r"```\w*\s*(?:```|\Z)")
_MARKER = re.compile(r"\[/?TOOL_(?:CALLS?|RESULTS?)\]|<\|[a-z_]+\|>|</?tool_(?:call|response)s?>", re.IGNORECASE)
_CODE_CALL = re.compile(r"\b(\w+)\(\s*((?:\w+\s*=\s*(?:\"[^\"]*\"|'[^']*')\s*,?\s*)+)\)")
_KEYWORD = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_WORDS_CALL = re.compile(r"^\W*HAND[_ ]?OVER\s*:\s*(.*)$", re.IGNORECASE | re.MULTILINE)
_CALLISH = re.compile(r"^\s*[\[{].*\"(?:name|function|tool|action)\"\s*:.*[\]}]\s*$", re.DOTALL)
_SPEAKER = re.compile(
    r"^\s*(?:\*{0,2}(?:assistant|agent|ai|reply|answer)\*{0,2}\s*:\s*|\[[^\]]*\bwrote\]\s*)", re.IGNORECASE
)


def read(text: str, names: Sequence[str]) -> tuple[tuple[Call, ...], str]:
    """The calls of known tools that stand in the text, and what remains of it for the person."""
    rest = _THOUGHT.sub("", text)
    calls: list[Call] = []
    for reader in (_tagged, _wrapped, _bare_json, _code, _in_words):
        found, rest = reader(rest, names)
        calls += [Call(f"plain_{len(calls) + at}", name, arguments) for at, (name, arguments) in enumerate(found)]
    rest = _NO_CODE.sub("", _MARKER.sub("", rest)).strip()
    if _CALLISH.match(rest):
        rest = ""  # a call of a tool that does not exist
    return tuple(calls), _SPEAKER.sub("", rest).strip()


Found = tuple[list[tuple[str, dict[str, object]]], str]


def _tagged(text: str, names: Sequence[str]) -> Found:
    found: list[tuple[str, dict[str, object]]] = []
    for match in _FUNCTION_TAG.finditer(text):
        arguments = _json(match[2])
        if match[1] in names and isinstance(arguments, dict):
            found.append((match[1], arguments))
    return found, _FUNCTION_TAG.sub("", text)


def _wrapped(text: str, names: Sequence[str]) -> Found:
    found: list[tuple[str, dict[str, object]]] = []
    kept = text
    for match in _WRAPPED.finditer(text):
        inside = match[2] if match[1] else match[3]
        calls = list(_calls(_json(inside), names))
        if calls or match[1]:
            found += calls
            kept = kept.replace(match[0], "")
    return found, kept


def _bare_json(text: str, names: Sequence[str]) -> Found:
    found: list[tuple[str, dict[str, object]]] = []
    kept, at, decoder = "", 0, json.JSONDecoder(strict=False)
    for match in re.finditer(r"[\[{]\s*[{\"]", text):
        if match.start() < at:
            continue
        try:
            value, end = decoder.raw_decode(text, match.start())
        except ValueError:
            continue
        calls = list(_calls(value, names))
        if calls:
            kept += text[at : match.start()]
            found, at = found + calls, end
    return found, kept + text[at:]


def _code(text: str, names: Sequence[str]) -> Found:
    found = [
        (match[1], {word[1]: word[2] or word[3] for word in _KEYWORD.finditer(match[2])})
        for match in _CODE_CALL.finditer(text)
        if match[1] in names
    ]
    return found, _CODE_CALL.sub(lambda match: "" if match[1] in names else match[0], text)


def _in_words(text: str, names: Sequence[str]) -> Found:
    match = _WORDS_CALL.search(text)
    if not match:
        return [], text
    rest = (text[: match.start()] + text[match.end() :]).strip()
    return [(HAND_OVER, {"reason": match[1].strip(), "reply": rest})], rest


def _json(text: str) -> object:
    try:
        value: object = json.loads(text.strip(), strict=False)
    except ValueError:
        return None
    return value


def _calls(value: object, names: Sequence[str]) -> Iterator[tuple[str, dict[str, object]]]:
    if isinstance(value, list):
        for one in value:
            yield from _calls(one, names)
        return
    if not isinstance(value, dict):
        return
    inner = value.get("function")
    if isinstance(inner, dict):
        yield from _calls(inner, names)
        return
    name = value.get("name") or value.get("tool") or value.get("tool_name") or value.get("action") or inner
    arguments = value.get("arguments", value.get("parameters", value.get("args", value.get("input"))))
    if isinstance(arguments, str):
        arguments = _json(arguments)
    if name in names:
        bare = {key: one for key, one in value.items() if key not in ("name", "tool", "tool_name", "action", "type")}
        yield str(name), arguments if isinstance(arguments, dict) else bare
