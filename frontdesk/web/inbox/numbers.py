"""Phone numbers as people type them into a form."""

from frontdesk.domain.addresses import meant_as_phone

_LOCAL = "Write the number with the country code and a plus in front, for example +351 912 345 678."


def local_number(text: str) -> str:
    """What is to be said of a number without its country code, which would be somebody's elsewhere; empty: nothing."""
    bare = text.strip()
    return _LOCAL if bare and meant_as_phone(bare) and not bare.startswith(("+", "00")) else ""
