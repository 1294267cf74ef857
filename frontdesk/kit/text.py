"""Text from outside, made safe to keep."""


def keepable(text: str) -> str:
    """The text without what a database cannot carry: NUL becomes U+2400, a lone surrogate becomes U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "␀").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def is_token(text: str) -> bool:
    """Whether it can be an access token: one word of printable ASCII, as it may stand in a header."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, on one line, with an ellipsis where something was cut."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
