"""Which persona serves a chat, and what it remembers of choosing."""

from dataclasses import replace

from frontdesk.desk.casting import Casting
from frontdesk.domain.addresses import parse
from frontdesk.domain.personas import AgentMode, Defaults, House, Match, Persona, choose, fallback_persona

ANA = (parse("447700900123"),)
ACCOUNT = ("acc_1", "Clinic")


def _named(name: str, account: str = "*", *chats: str) -> Persona:
    return Persona(name=name, match=Match(account, chats or ("*",)))


def _chosen(*personas: Persona, named: str | None = None) -> str | None:
    found = choose(personas, account=ACCOUNT, addresses=ANA, named=named)
    return found.name if found else None


def test_a_match_by_chat_beats_one_by_account_which_beats_any() -> None:
    anyone, account = _named("any"), _named("account", "Clinic")
    chat, both = _named("chat", "*", "+44 7700 900123"), _named("both", "acc_1", "447700900123@c.us")
    assert _chosen(anyone) == "any"
    assert _chosen(anyone, account) == "account"
    assert _chosen(anyone, chat, account) == "chat"
    assert _chosen(chat, account, both, anyone) == "both"


def test_of_two_that_match_alike_the_first_serves() -> None:
    assert _chosen(_named("one"), _named("two")) == "one"


def test_who_is_made_for_others_does_not_serve() -> None:
    assert _chosen(_named("other", "Shop"), _named("other chat", "*", "447700900999")) is None


def test_a_persona_named_by_hand_wins_and_one_that_is_gone_does_not() -> None:
    assert _chosen(_named("one"), _named("two", "Shop"), named="two") == "two"
    assert _chosen(_named("one"), named="gone") == "one"


def test_a_group_is_matched_by_its_id_and_a_lid_is_no_phone() -> None:
    club = _named("club", "*", "1203@g.us")
    assert choose([club], account=ACCOUNT, addresses=(parse("1203@g.us"),)) is club
    assert choose([_named("x", "*", "447700900123")], account=ACCOUNT, addresses=(parse("447700900123@lid"),)) is None


def test_nobody_serves_with_the_defaults() -> None:
    persona = fallback_persona(Defaults(trusted=True, agent_mode=AgentMode.DRAFT))
    assert (persona.trusted, persona.agent_mode) == (True, AgentMode.DRAFT)


def test_a_persona_without_a_buffer_has_the_houses() -> None:
    house = House(quiet_seconds=3, cap_seconds=9, personas=(replace(_named("one"), quiet_seconds=0),))
    persona = Casting(lambda: house).persona(ACCOUNT, ANA)
    assert (persona.quiet_seconds, persona.cap_seconds) == (0, 9)


def test_casting_follows_a_new_house_and_a_new_name_of_the_account() -> None:
    houses = [House(personas=(_named("one"), _named("night", "Night line")))]
    casting = Casting(lambda: houses[-1])
    assert casting.persona(ACCOUNT).name == "one"
    assert casting.persona(("acc_1", "Night line")).name == "night"
    houses.append(House(personas=(_named("two"),)))
    assert casting.persona(ACCOUNT).name == "two"


def test_casting_looks_at_the_chat_where_personas_do() -> None:
    house = House(personas=(_named("one"), _named("ana", "*", "447700900123")))
    casting = Casting(lambda: house)
    assert casting.persona(ACCOUNT, ()).name == "one"
    assert casting.persona(ACCOUNT, ANA).name == "ana"
