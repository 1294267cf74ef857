"""The rules: which things, named close together, make a message urgent or high, and the reason that people are told."""

from collections.abc import Iterator
from dataclasses import dataclass

from frontdesk.domain.importance_reading import Reading


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds where each of `needs` is named within `reach` words, and none of `unless` anywhere.

    `sure`: nobody else has to be asked. `in_theory`: it holds as well in a question of how things are in general.
    """

    reason: str
    needs: tuple[str, ...]
    reach: int = 6
    unless: tuple[str, ...] = ()
    sure: bool = True
    in_theory: bool = False

    def holds(self, reading: Reading) -> bool:
        """Whether the message says so."""
        if not self.in_theory and reading.has("theory"):
            return False
        return reading.near(self.needs, self.reach) and not reading.has(*self.unless)


class Rules:
    """Rules in an order: the first that holds counts, and one that is sure before one that is not."""

    def __init__(self, *rules: Rule) -> None:
        self._by_need: dict[str, list[tuple[int, Rule]]] = {}
        for order, rule in enumerate(sorted(rules, key=lambda rule: not rule.sure)):
            self._by_need.setdefault(rule.needs[0], []).append((order, rule))

    def __iter__(self) -> Iterator[Rule]:
        return (rule for rules in self._by_need.values() for _, rule in rules)

    def first(self, reading: Reading) -> Rule | None:
        """The rule that counts. Only those are looked at of which something is named at all."""
        candidates = [found for concept in reading.found for found in self._by_need.get(concept, ())]
        candidates.sort(key=_order)
        return next((rule for _, rule in candidates if rule.holds(reading)), None)


def _order(found: tuple[int, Rule]) -> int:
    return found[0]


HURT = "Tells of somebody hurt or in danger"
FIRE = "Tells of fire, gas, smoke or water running out"
SHUT = "Somebody is locked out or shut in"
DOOR = "Stands at the door"
THEFT = "Tells of theft or fraud going on"
MISTAKE = "Something that is under way has to be stopped"
SAYS_SO = "Says that it is urgent"
SOON = "Something starts or leaves soon"

_OVER = ("resolved",)
URGENT = Rules(
    Rule(HURT, ("collapse",), unless=_OVER, in_theory=True),
    Rule(HURT, ("choke",), unless=_OVER, in_theory=True),
    Rule(HURT, ("cannot", "breathe"), reach=4, in_theory=True),
    Rule(HURT, ("not", "breathe"), reach=3, in_theory=True),
    Rule(HURT, ("body", "swell"), reach=5, unless=_OVER, in_theory=True),
    Rule(HURT, ("chest", "pain"), reach=4, unless=_OVER, in_theory=True),
    Rule(HURT, ("chest", "swell"), reach=4, unless=_OVER, in_theory=True),
    Rule(HURT, ("bleed",), unless=_OVER),
    Rule(HURT, ("swallowed", "object"), reach=5, in_theory=True),
    Rule(HURT, ("poison",), unless=_OVER),
    Rule(HURT, ("allergy", "now"), reach=30),
    Rule(HURT, ("allergy", "ill"), reach=30),
    Rule(HURT, ("allergy",), sure=False),
    Rule(HURT, ("crash",), unless=_OVER),
    Rule(HURT, ("birth",)),
    Rule(HURT, ("person", "fall"), reach=4, unless=(*_OVER, "broken", "arrived"), sure=False),
    Rule(HURT, ("person", "fall", "hurt_by"), reach=12, unless=_OVER),
    Rule(HURT, ("person", "fall", "not"), reach=10, unless=_OVER),
    Rule(HURT, ("violence",), unless=_OVER),
    Rule(HURT, ("strange", "tries", "enter"), reach=8),
    Rule(HURT, ("tries", "enter", "door"), reach=8),
    Rule(HURT, ("alarm", "sounds"), reach=6, unless=_OVER, sure=False),
    Rule(HURT, ("person", "not", "not_awake"), reach=8, unless=_OVER),
    Rule(HURT, ("fall", "not", "moves"), reach=12),
    Rule(HURT, ("structure", "fall"), reach=6, unless=_OVER, sure=False),
    Rule(HURT, ("fall", "structure", "person"), reach=12, unless=_OVER),
    Rule(HURT, ("medicine", "twice"), reach=7, unless=("bill",)),
    Rule(HURT, ("medicine", "by_mistake"), reach=6, unless=("order", "wrong_item"), sure=False),
    Rule(HURT, ("nose", "not", "stop_word"), reach=5),
    Rule(HURT, ("not", "opens", "body"), reach=4),
    Rule(HURT, ("cant_find", "person"), reach=6),
    Rule(HURT, ("cant_find", "crowd"), reach=8),
    Rule(HURT, ("cries_out",), sure=False),
    Rule(HURT, ("stranded",), unless=_OVER, sure=False),
    Rule(HURT, ("hospital", "now"), reach=12),
    Rule(HURT, ("hospital", "act"), reach=8, sure=False),
    Rule(HURT, ("frail", "alone"), reach=8, sure=False),
    Rule(HURT, ("person", "escaped"), reach=8, sure=False),
    Rule(HURT, ("escaped",), sure=False),
    Rule(FIRE, ("fire",), unless=_OVER, in_theory=True),
    Rule(FIRE, ("smell", "gas"), reach=4, unless=_OVER, in_theory=True),
    Rule(FIRE, ("smell", "burning"), reach=4, unless=_OVER, in_theory=True),
    Rule(FIRE, ("smell", "smoke"), reach=4, unless=_OVER, in_theory=True),
    Rule(FIRE, ("gas", "hiss"), reach=6, unless=_OVER),
    Rule(FIRE, ("gas", "leak"), reach=3, unless=_OVER, in_theory=True),
    Rule(FIRE, ("smoke", "flow"), reach=5, unless=_OVER),
    Rule(FIRE, ("smoke", "place_hit"), reach=6, unless=_OVER),
    Rule(FIRE, ("smoke",), unless=_OVER, sure=False),
    Rule(FIRE, ("sparks",), unless=_OVER),
    Rule(FIRE, ("flood",), unless=(*_OVER, "since")),
    Rule(FIRE, ("water", "flow"), reach=5, unless=(*_OVER, "since")),
    Rule(FIRE, ("leak", "place_hit"), reach=5, unless=_OVER),
    Rule(FIRE, ("rain", "place_hit"), reach=6, unless=_OVER),
    Rule(FIRE, ("water", "place_hit"), reach=4, unless=_OVER, sure=False),
    Rule(SHUT, ("locked_out",), unless=_OVER),
    Rule(SHUT, ("lift", "stuck"), reach=8, unless=(*_OVER, "since")),
    Rule(SHUT, ("key", "nobody"), reach=8, sure=False),
    Rule(SHUT, ("key", "inside"), reach=5, unless=_OVER),
    Rule(SHUT, ("key", "at_door"), reach=14, unless=(*_OVER, "tells")),
    Rule(SHUT, ("key", "door", "not"), reach=8, unless=(*_OVER, "tomorrow")),
    Rule(DOOR, ("at_door", "nobody"), reach=14),
    Rule(DOOR, ("at_door", "closed"), reach=14),
    Rule(DOOR, ("at_door", "opens", "not"), reach=12),
    Rule(DOOR, ("at_door", "visit"), reach=14, unless=("tomorrow",)),
    Rule(DOOR, ("door", "visit", "nobody"), reach=16),
    Rule(DOOR, ("at_door", "leave"), reach=14),
    Rule(DOOR, ("waiting", "nobody", "visit"), reach=14, sure=False),
    Rule(DOOR, ("at_door", "not"), reach=14, unless=("tells", "tomorrow"), sure=False),
    Rule(DOOR, ("at_door", "overdue_order"), reach=14, sure=False),
    Rule(THEFT, ("uses", "in_flight", "now"), reach=10),
    Rule(THEFT, ("strange", "uses", "in_flight"), reach=10),
    Rule(THEFT, ("tries", "enter", "in_flight"), reach=8),
    Rule(THEFT, ("theft", "now"), reach=14),
    Rule(THEFT, ("theft", "in_flight"), reach=6),
    Rule(THEFT, ("theft", "act"), reach=14),
    Rule(THEFT, ("theft",), unless=("chatty",), sure=False),
    Rule(THEFT, ("uses", "now"), reach=12),
    Rule(MISTAKE, ("stop_it", "in_flight", "by_mistake"), reach=14),
    Rule(MISTAKE, ("stop_it", "in_flight", "now"), reach=10),
    Rule(MISTAKE, ("in_flight", "by_mistake", "now"), reach=12),
    Rule(SAYS_SO, ("says_urgent",)),
    Rule(SAYS_SO, ("act", "now"), reach=4),
    Rule(SOON, ("shortly", "leave"), reach=6),
    Rule(SOON, ("shortly", "deadline"), reach=8, unless=("arriving",)),
    Rule(SOON, ("shortly", "not"), reach=10, unless=("tells", "arriving")),
    Rule(SOON, ("shortly", "act"), reach=8, unless=("arriving",), sure=False),
    Rule(SOON, ("shortly", "cancel"), reach=14),
)

COMPLAINS = "Complains"
WAITED = "Has waited for an answer"
MONEY = "Is about money owed or a payment that failed"
BROKEN = "Something is broken or does not work"
PAIN = "Tells of pain or illness"
PERSON = "Asks for a person"
MISSING = "Asks for what should be there already"
CANCELS = "Cancels or moves what is due today or tomorrow"
DUE = "Something is due today or tomorrow"
SORROW = "Somebody is in distress"

HIGH = Rules(
    Rule(PAIN, ("pain",), unless=_OVER),
    Rule(PAIN, ("ill",), unless=_OVER),
    Rule(PAIN, ("hurt_by",), unless=_OVER),
    Rule(PAIN, ("hospital",), unless=_OVER),
    Rule(PAIN, ("symptom", "treatment"), reach=9, unless=("positive", *_OVER), sure=False),
    Rule(PAIN, ("ill",), unless=_OVER, in_theory=True, sure=False),
    Rule(PAIN, ("pain",), unless=_OVER, in_theory=True, sure=False),
    Rule(COMPLAINS, ("complaint",)),
    Rule(COMPLAINS, ("law",)),
    Rule(COMPLAINS, ("leaving",)),
    Rule(COMPLAINS, ("scam",)),
    Rule(COMPLAINS, ("praise", "bad_service"), reach=16),
    Rule(COMPLAINS, ("wrong_item",)),
    Rule(COMPLAINS, ("noise", "repeated"), reach=10),
    Rule(COMPLAINS, ("noise", "night"), reach=8, sure=False),
    Rule(COMPLAINS, ("broken", "arrived"), reach=6),
    Rule(COMPLAINS, ("repeated", "problem"), reach=8),
    Rule(PERSON, ("person_wanted",)),
    Rule(WAITED, ("repeated", "refused"), reach=12),
    Rule(WAITED, ("nobody", "answer"), reach=6),
    Rule(WAITED, ("long", "waiting"), reach=6),
    Rule(WAITED, ("still", "waiting"), reach=4),
    Rule(WAITED, ("still", "nothing"), reach=4),
    Rule(WAITED, ("still", "not", "answer"), reach=6),
    Rule(WAITED, ("repeated", "answer"), reach=8),
    Rule(WAITED, ("repeated", "not"), reach=10),
    Rule(WAITED, ("long", "nothing"), reach=8),
    Rule(MONEY, ("charge", "twice"), reach=7),
    Rule(MONEY, ("money_back",), unless=("theory",)),
    Rule(MONEY, ("bill", "unpaid"), reach=9),
    Rule(MONEY, ("bill", "twice"), reach=6),
    Rule(MONEY, ("deposit", "not"), reach=12),
    Rule(MONEY, ("deposit", "still"), reach=12),
    Rule(MONEY, ("charge", "still"), reach=12),
    Rule(MONEY, ("charge", "problem"), reach=8),
    Rule(MONEY, ("bill", "problem"), reach=8),
    Rule(MONEY, ("bill", "deadline", "today"), reach=14),
    Rule(MONEY, ("bill", "today"), reach=9),
    Rule(MONEY, ("bill", "tomorrow"), reach=9),
    Rule(MONEY, ("owe",)),
    Rule(MONEY, ("bill", "not"), reach=6, unless=("tells",), sure=False),
    Rule(MONEY, ("not", "pays"), reach=3, sure=False),
    Rule(MONEY, ("bill", "refused"), reach=8),
    Rule(MONEY, ("pays", "refused"), reach=6),
    Rule(MONEY, ("refused",), sure=False),
    Rule(MONEY, ("charge", "visit"), reach=6, sure=False),
    Rule(MONEY, ("took_money", "number"), reach=4, sure=False),
    Rule(MONEY, ("refused", "in_flight"), reach=8),
    Rule(MONEY, ("cut", "bill"), reach=14),
    Rule(MONEY, ("cut", "utility"), reach=8),
    Rule(MONEY, ("cut",), sure=False),
    Rule(BROKEN, ("leak",), unless=_OVER),
    Rule(BROKEN, ("flood",), unless=_OVER),
    Rule(BROKEN, ("water", "flow"), reach=5, unless=_OVER),
    Rule(BROKEN, ("not", "utility"), reach=2, unless=_OVER),
    Rule(BROKEN, ("thing", "broken"), reach=8, unless=_OVER),
    Rule(BROKEN, ("utility", "broken"), reach=6, unless=_OVER),
    Rule(BROKEN, ("not", "runs"), reach=2, unless=_OVER),
    Rule(BROKEN, ("broken",), unless=_OVER, sure=False),
    Rule(BROKEN, ("frail", "utility"), reach=16, unless=_OVER, sure=False),
    Rule(MISSING, ("order", "overdue_order"), reach=10),
    Rule(MISSING, ("overdue_order", "guests"), reach=18),
    Rule(MISSING, ("overdue_order", "today"), reach=18),
    Rule(MISSING, ("overdue_order", "tomorrow"), reach=18),
    Rule(MISSING, ("order", "arrived", "not"), reach=6, sure=False),
    Rule(MISSING, ("where_are", "order"), reach=4, sure=False),
    Rule(MISSING, ("overdue_order",), sure=False),
    Rule(CANCELS, ("cancel", "today"), reach=12),
    Rule(CANCELS, ("cancel", "tomorrow"), reach=12, sure=False),
    Rule(DUE, ("deadline", "today"), reach=10, unless=("tells",)),
    Rule(DUE, ("deadline", "tomorrow"), reach=10, unless=("tells",)),
    Rule(DUE, ("today", "act"), reach=8, sure=False),
    Rule(DUE, ("today", "fetch"), reach=8),
    Rule(DUE, ("guests", "tomorrow", "broken"), reach=20),
    Rule(DUE, ("guests", "tomorrow", "not"), reach=20, sure=False),
    Rule(DUE, ("guests", "today"), reach=12, sure=False),
    Rule(DUE, ("tomorrow", "not"), reach=12, unless=("tells",), sure=False),
    Rule(DUE, ("school", "rings"), reach=6),
    Rule(DUE, ("school", "fetch"), reach=8),
    Rule(DUE, ("authority", "deadline"), reach=8, sure=False),
    Rule(DUE, ("offer",)),
    Rule(SORROW, ("death",), unless=("chatty", "thing", "phone")),
    Rule(BROKEN, ("death", "thing"), reach=4),
    Rule(SORROW, ("upset",), unless=("chatty",)),
    Rule(SORROW, ("theft",), unless=("chatty",), sure=False),
)

# What makes it more likely that something is the matter, where no rule holds. Two of them are enough for a guess.
TROUBLE = (
    *("problem", "broken", "death", "upset", "cannot", "nobody", "frail", "now", "today", "overdue_order", "waiting"),
    *("wrong_item", "hospital", "violence", "pain", "ill", "unpaid", "escaped", "alone", "cut", "theft", "guests"),
    *("deadline", "repeated", "hurt_by", "fall", "body"),
)
