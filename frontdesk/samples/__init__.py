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


# The sample calendar: name, minutes, price, minutes kept free after; and who is booked: weekday, minute, what, whom.
SERVICES = (
    ("First consultation", 40, "€45", 5),
    ("Check-up", 30, "€40", 0),
    ("Cleaning", 45, "€60", 10),
    ("Filling", 60, "from €80", 10),
)
DIRECTIONS = "Please come five minutes early and bring an identity document."
BOOKED = (
    (0, 540, "Check-up", "Marta Lopes"),
    (0, 570, "Cleaning", "Tom Becker"),
    (0, 660, "Filling", "João Pires"),
    (0, 900, "First consultation", "Lena Fischer"),
    (1, 540, "Cleaning", "Carla Nunes"),
    (1, 630, "Check-up", "Ahmed Karim"),
    (1, 840, "Filling", "Sofia Almeida"),
    (1, 990, "Check-up", "Pedro Matos"),
    (2, 600, "First consultation", "Nadia Rossi"),
    (2, 555, "Check-up", "Hugo Leal"),
    (2, 870, "Cleaning", "Beatriz Cruz"),
    (3, 540, "Filling", "Oliver Grant"),
    (3, 660, "Cleaning", "Ana Ribeiro"),
    (3, 930, "Check-up", "Miguel Sousa"),
    (4, 570, "First consultation", "Clara Weiss"),
    (4, 690, "Check-up", "Rita Moura"),
    (4, 855, "Filling", "Diogo Faria"),
)
