"""What the agent's model is told about appointments, and the sentences that follow from a broken claim."""

from frontdesk.domain.appointments import State
from frontdesk.domain.booking import BookingDesk
from frontdesk.domain.calendar_words import at_words

WITH_CALENDAR = """\
Appointments are made in the calendar, with your tools, for the person in this chat only:
- Name a free time only after find_slots gave it in this turn, with its day, date and time. Offer two to four.
- When the person has chosen, call book_appointment at once; when they want another time, move_appointment; when
  they cannot come, cancel_appointment. Ask back only when it is not clear which time or service is meant.
- Say that something is booked, moved or cancelled only after the tool has said so, with the day, date and time.
- What the tools do not give, is not free. Never guess a time, and promise no waiting list."""

NO_CALENDAR_TOOLS = """\
You cannot look into the calendar here: name no free times, book nothing, and hand over whoever wants an appointment."""

DRAFTS_ONLY = "A person approves what you write here and books: name free times, and never say that one is booked."

NUDGE_CLAIMS = (
    "Your reply states times or appointments that the calendar does not hold ({claims}). Nobody has seen it. Look with "
    "find_slots or book first, if you have these tools; then write again with exactly what they say, else leave it out."
)
INVENTED_CLAIMS = "The agent's reply stated times or appointments that the calendar does not hold."

TOOL_TEXTS = {
    "find_slots": "Find free times for a service between two days. Only these can be booked.",
    "book_appointment": "Book a free time for the person in this chat. The same again is booked once.",
    "move_appointment": "Give an appointment of this person another free time.",
    "cancel_appointment": "Cancel an appointment of this person.",
    "my_appointments": "List the appointments of this person.",
    "service": "The name of the service.",
    "from_day": "The first day, as 2026-11-24. Without it: today.",
    "to_day": "The last day, as 2026-11-28. Without it: the same day, or two weeks.",
    "part": "Which part of the day, if the person said so.",
    "with_whom": "With whom, if the person said so.",
    "slot": "The id of a free time from find_slots, such as 3k8q2; or its date and time, as 2026-11-24 10:30.",
    "about": "What the person wants to be known beforehand, in a few words.",
    "appointment": "The id of the appointment, such as apt_0199. It may be left out when there is one only.",
}


def calendar(desk: BookingDesk | None, *, offered: bool, takes_tools: bool, now: int) -> str:
    """What stands in the prompt about appointments; empty where there is no calendar."""
    if desk is None or not offered:
        return ""
    ahead = [each for each in desk.held if each.end > now and each.state is State.BOOKED]
    lines = [
        f"- {each.service} on {at_words(each.start, each.zone)} ({each.zone}) with {each.resource} [{each.id}]"
        for each in ahead
    ]
    services = [
        f"- {each.name} ({each.minutes} minutes{', ' + each.price if each.price else ''})" for each in desk.services
    ]
    parts = [
        WITH_CALENDAR if takes_tools else NO_CALENDAR_TOOLS,
        "" if desk.acts else DRAFTS_ONLY,
        "Services:\n" + "\n".join(services) if services else "",
        "Appointments of this person (booked, perhaps a moment ago, and not told to them yet):\n" + "\n".join(lines)
        if lines
        else "This person has no appointment.",
    ]
    return "\n".join(part for part in parts if part)
