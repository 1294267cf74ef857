"""Which number may be linked with a line: the same as before, and none that another line here is linked with."""

from frontdesk.domain.wire import Line


def refusal(line: Line, phone: str | None) -> str | None:
    """Why the phone of that number may not be linked with the line, as sentences; None where it may."""
    if not phone:
        return None
    if line.phone and line.phone != phone:
        return (
            f"This line belongs to +{line.phone}: with +{phone} the chats of two numbers would be mixed. Link it with "
            f"the phone of +{line.phone}, or add another line for +{phone}."
        )
    name = dict(line.elsewhere).get(phone)
    if name is not None:
        return (
            f"+{phone} is linked with the line “{name}” here, and who writes to it would be answered twice. Log "
            f"“{name}” out first, or use another phone."
        )
    return None
