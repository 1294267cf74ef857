"""A sample business for the first minutes: what it knows, and what a customer might ask it."""

from pathlib import Path

HOUSE_FILE = Path(__file__).parent / "clinic" / "frontdesk.toml"
NAME = "Clinic Aurora"
ZONE = "Europe/Lisbon"
PROMPT = (
    "You answer for Clinic Aurora, a dental clinic in Lisbon. "
    "You help with opening hours, prices, treatments and visits. "
    "You give no medical advice: whoever is in pain is told the emergency line."
)
VOICE = "warm, clear, brief"

ANSWERED = (
    "What are your opening hours?",
    "How much is a cleaning?",
    "¿Dónde están?",
    "Do you take insurance?",
    "My tooth broke, what do I do?",
)
NOT_ANSWERED = "Do you sell gift vouchers?"
SUGGESTED = (ANSWERED[0], NOT_ANSWERED, *ANSWERED[1:])  # what happens to both sorts shows within two taps


def knowledge_files() -> tuple[Path, ...]:
    """The Markdown files of the sample business, in the order of their names."""
    return tuple(sorted((Path(__file__).parent / "clinic").glob("*.md")))
