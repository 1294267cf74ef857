"""`frontdesk.toml` and `app.json` as values."""

# ruff: noqa: E501 - sentences stay whole

import json
import tomllib

import pytest

from frontdesk.domain.importance import Wanted
from frontdesk.domain.owner import Heartbeat, Owner
from frontdesk.domain.personas import TOOLS, AgentMode, Hours, House, Match, Memory, MemoryMode, Persona
from frontdesk.kit.errors import SettingsError
from frontdesk.settings import house_from, persona_body, persona_of

EXAMPLE = """\
timezone = "Europe/Lisbon"
[defaults]              # for chats that no persona names
trusted = false
agent_mode = "off"      # off | draft | auto
[buffer]
quiet_seconds = 3.0
cap_seconds = 15.0
[hold]
minutes = 240           # after an operator or the owner's phone spoke; 0 = until handed back
[[persona]]
name = "Front desk"
match = { account = "*", chats = ["*"] }   # chats: phone, "+4477...", "...@g.us", or "*"
model = "gemini:gemini-2.5-flash"
prompt = "You answer for Clinic Aurora."
voice = "warm, brief"
trusted = true
agent_mode = "auto"
temperature = 0.7
max_tokens = 500
memory = { mode = "silence", hours = 24, messages = 10 }   # silence | day | fixed | never
tools = ["knowledge", "appointments", "hand_over"]
debug = false
[heartbeat]
enabled = false
time = "09:00"
[retention]
days = 90
[[notify]]
url = "tgram://..."     # Apprise URL, or "whatsapp://self"
on = ["line", "urgent", "digest"]
"""
SECOND = """
[[persona]]
name = "Desk"
match = { account = "shop", chats = ["+447700900123", "1203630@g.us"] }
hours = ["Mon-Fri 09:00-18:00", "Sat 10:00-13:00"]
fallbacks = ["openai:gpt-4o-mini", "offline:"]
only_from_knowledge = true
quiet_seconds = 0
cap_seconds = 60
base_url = "http://127.0.0.1:11434/"
"""


def read(text: str) -> House:
    return house_from(text, "frontdesk.toml")


def problem(text: str, file: str = "frontdesk.toml") -> str:
    with pytest.raises(SettingsError) as wrong:
        house_from(text, file)
    return wrong.value.sentence


def test_the_example_of_the_contract_is_read() -> None:
    house = read(EXAMPLE)
    assert (house.timezone, house.quiet_seconds, house.cap_seconds, house.hold_minutes) == ("Europe/Lisbon", 3, 15, 240)
    assert house.retention_days == 90
    assert house.personas == (
        Persona(
            name="Front desk",
            model="gemini:gemini-2.5-flash",
            prompt="You answer for Clinic Aurora.",
            voice="warm, brief",
            trusted=True,
            agent_mode=AgentMode.AUTO,
            temperature=0.7,
            max_tokens=500,
            memory=Memory(MemoryMode.SILENCE, 24, 10),
            tools=("knowledge", "appointments", "hand_over"),
        ),
    )
    assert house.heartbeat == Heartbeat(enabled=False, time="09:00", startup=False)
    assert house.owner == Owner()


def test_an_empty_file_trusts_nobody() -> None:
    assert read("") == House()
    assert (read("").defaults.trusted, read("").defaults.agent_mode) == (False, AgentMode.OFF)


def test_what_matters_is_read_with_ids_as_they_are_kept() -> None:
    text = (
        '[importance]\nvips = ["+44 7700 900123", "GB.5520", "12@lid"]\nwords = [" Leak "]\nmodel = "ollama:llama3.2"'
    )
    vips = ("phone:447700900123", "user:GB.5520", "lid:12")
    assert read(text).importance == Wanted(True, vips, ("Leak",), "ollama:llama3.2")
    assert read("").importance == Wanted()
    assert not read("[importance]\nenabled = false").importance.enabled


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('vips = ["Ana"]', "must be a phone number with its country code"),
        ('vips = ["*"]', "must be a phone number with its country code"),
        ('words = [" "]', "importance.words"),
        ('model = "llama"', "must be provider:model"),
        ("level = 4", "importance.level"),
    ],
)
def test_what_cannot_matter_is_refused_in_words(text: str, sentence: str) -> None:
    assert sentence in problem(f"[importance]\n{text}")


def test_the_owner_is_named_by_private_numbers_a_line_and_a_language() -> None:
    house = read('[owner]\nphones = ["+351 912 345 678", "+351912345678"]\nline = "Office"\nlanguage = "pt"\n')
    assert house.owner == Owner(("351912345678",), "Office", "pt")
    assert "phone number with its country code" in problem('[owner]\nphones = ["912"]\n')


def test_every_key_of_a_persona_arrives() -> None:
    persona = read(EXAMPLE + SECOND).personas[1]
    assert persona.match == Match("shop", ("+447700900123", "1203630@g.us"))
    assert persona.hours == (Hours(frozenset(range(5)), 540, 1080), Hours(frozenset({5}), 600, 780))
    assert persona.fallbacks == ("openai:gpt-4o-mini", "offline:")
    assert (persona.only_from_knowledge, persona.quiet_seconds, persona.cap_seconds) == (True, 0, 60)
    assert persona.base_url == "http://127.0.0.1:11434"


def test_app_json_says_the_same_with_the_same_keys() -> None:
    assert house_from(json.dumps(tomllib.loads(EXAMPLE + SECOND)), "app.json") == read(EXAMPLE + SECOND)


def test_a_stored_persona_comes_back_equal() -> None:
    for persona in read(EXAMPLE + SECOND).personas:
        assert persona_of(persona_body(persona)) == persona


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mon-Fri 09:00-18:00", Hours(frozenset(range(5)), 540, 1080)),
        ("sat,SUN 9:30-13:00", Hours(frozenset({5, 6}), 570, 780)),
        ("Fri-Mon 22:00-02:00", Hours(frozenset({4, 5, 6, 0}), 1320, 120)),
        ("daily 00:00-24:00", Hours(frozenset(range(7)), 0, 1440)),
        ("Mon,Wed-Thu 09:00–12:00", Hours(frozenset({0, 2, 3}), 540, 720)),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: Hours) -> None:
    persona = read(f'[[persona]]\nname = "A"\nhours = ["{text}"]').personas[0]
    assert persona.hours == (hours,)
    assert persona_of(persona_body(persona)).hours == (hours,)


@pytest.mark.parametrize(
    "text", ["Mon", "09:00-18:00", "Mon-Fri 9-18", "Mon-Fri 09:00-09:00", "Foo 09:00-10:00", "Mon 09:00-24:30",
             "Mon 09:60-10:00", "Mon-Tue-Wed 09:00-10:00", "Mon 25:00-26:00"]
)  # fmt: skip
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    assert "must be days and times such as Mon-Fri 09:00-18:00" in problem(f'[[persona]]\nname="A"\nhours=["{text}"]')


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('agent_mode = "auto"', 'agent_mode = "on"',
         "In the persona “Front desk”: “agent_mode” must be off, draft or auto, not “on” (frontdesk.toml, line 17)."),
        ("Lisbon", "Lizbon", "“timezone” must be an IANA time zone such as Europe/Lisbon, not “Europe/Lizbon” (frontdesk.toml, line 1)."),
        ("debug", "debgu", "In the persona “Front desk”: “debgu” is not known; did you mean “debug”? (frontdesk.toml, line 22)"),
        ("[hold]", "[hodl]", "“hodl” is not known; did you mean “hold”? (frontdesk.toml, line 8)"),
        ('name = "Front desk"\n', "", "In persona 1: “name” is missing; add it (frontdesk.toml, line 10)."),
        ('"silence"', '"x"', "In the persona “Front desk”: “memory.mode” must be silence, day, fixed or never, not “x” (frontdesk.toml, line 20)."),
        ('["*"]', '["abc"]', "In the persona “Front desk”: entry 1 of “match.chats” must be a phone number with its country code, "
         "an id such as ...@g.us, or *, not “abc” (frontdesk.toml, line 12)."),
        ('"knowledge"', '"oracle"', f"In the persona “Front desk”: entry 1 of “tools” must be one of {', '.join(TOOLS)}, not “oracle” "
         "(frontdesk.toml, line 21)."),
        ("trusted = true", 'trusted = "yes"', "In the persona “Front desk”: “trusted” must be true or false, without quotes, not “yes” "
         "(frontdesk.toml, line 16)."),
        ("gemini:gemini", "gemini", "In the persona “Front desk”: “model” must be provider:model, for example gemini:gemini-2.5-flash, "
         "or offline:, not “gemini-2.5-flash” (frontdesk.toml, line 13)."),
        ("0.7", '"hot"', "In the persona “Front desk”: “temperature” must be a number, not “hot” (frontdesk.toml, line 18)."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key_and_line(old: str, new: str, sentence: str) -> None:
    assert old in EXAMPLE
    assert problem(EXAMPLE.replace(old, new, 1)) == sentence


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("quiet_seconds = 3.0", "quiet_seconds = -1"), ("minutes = 240", "minutes = inf"), ("days = 90", "days = 1.5"),
        ("hours = 24", "hours = 0"), ("messages = 10", "messages = 0"), ('time = "09:00"', 'time = "9 o\'clock"'),
        ('"urgent"', '"everything"'), ("max_tokens = 500", "max_tokens = 0"), ("[[persona]]", "[persona]"),
        ('match = { account = "*", chats = ["*"] }', 'match = "*"'), ("[retention]", "[retention"),
        ('timezone = "Europe/Lisbon"', "timezone = 1"), ('name = "Front desk"', 'name = " "'),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(old: str, new: str) -> None:
    assert old in EXAMPLE
    assert "(frontdesk.toml" in problem(EXAMPLE.replace(old, new, 1)) or "no valid TOML" in problem(
        EXAMPLE.replace(old, new, 1)
    )


def test_a_mistake_in_the_second_persona_is_found_there() -> None:
    text = EXAMPLE + SECOND.replace("only_from_knowledge = true", "only_from_knowledge = 1")
    line = text.splitlines().index("only_from_knowledge = 1") + 1
    assert problem(text).startswith("In the persona “Desk”: “only_from_knowledge”")
    assert problem(text).endswith(f"(frontdesk.toml, line {line}).")


def test_a_secret_in_a_notifier_is_not_repeated() -> None:
    assert "h1dd3n" not in problem('[[notify]]\nurl = "h1dd3n"\non = ["line"]')
    assert "h1dd3n" not in problem('[[notify]]\nurl = "tgram://h1dd3n"\non = ["none"]')


@pytest.mark.parametrize(
    ("text", "file", "sentence"),
    [
        ("a = 1\nb c\n", "f.toml", "f.toml is no valid TOML at line 2, column 3: write it as name = value."),
        ('a = "x\n', "f.toml", "f.toml is no valid TOML at line 1, column 7: a text is not closed; put a quote at both ends."),
        ("a = yes", "f.toml", "f.toml is no valid TOML at line 1, column 5: the value cannot be read; texts stand in quotes, "
         "yes and no are true and false."),
        ("[hold", "f.toml", "f.toml is no valid TOML at the end of the file: close the brackets of the section, as in [buffer]."),
        ("[hold]\n[hold]", "f.toml", "f.toml is no valid TOML at line 2, column 6: this key or section is there already; keep one."),
        ('{"a": }', "app.json", "app.json is no valid JSON at line 1, column 7: the value cannot be read; texts stand in quotes, "
         "yes and no are true and false."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_parsed_is_told_with_its_place_and_without_a_parsers_words(
    text: str, file: str, sentence: str
) -> None:
    assert problem(text, file) == sentence


@pytest.mark.parametrize(
    ("wrote", "meant"), [("agent_mod", "agent_mode"), ("temprature", "temperature"), ("colour", None)]
)
def test_a_key_that_is_nearly_right_is_guessed(wrote: str, meant: str | None) -> None:
    guess = (
        f"did you mean “{meant}”? (frontdesk.toml, line 3)"
        if meant
        else "correct its spelling, or remove it (frontdesk.toml, line 3)."
    )
    assert (
        problem(f'[[persona]]\nname = "Front desk"\n{wrote} = 1')
        == f"In the persona “Front desk”: “{wrote}” is not known; {guess}"
    )


def test_two_personas_need_two_names() -> None:
    assert "Two personas are called “Desk”" in problem(SECOND + SECOND)


@pytest.mark.parametrize("text", ["{", "[]", '"text"', "{}}", "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    assert problem(text, "app.json").startswith("app.json ")


def test_a_stored_persona_that_is_broken_is_told() -> None:
    for body in ('{"name": "A", "agent_mode": "on"}', "{", "{}"):
        with pytest.raises(SettingsError):
            persona_of(body)


def test_files_and_the_disk_have_their_own_words() -> None:
    house = read("[retention]\ndays = 365\nmedia_days = 30\n[disk]\nleast_free_mb = 500\n")
    assert (house.retention_days, house.media_days, house.least_free_mb) == (365, 30, 500)
    assert (read("").media_days, read("").least_free_mb) == (0, None)


@pytest.mark.parametrize("days", [1, 6, -1])
def test_messages_are_kept_for_as_long_as_they_may_be_repeated(days: int) -> None:
    said = problem(f"[retention]\ndays = {days}\n")
    assert "retention" in said
    assert "days" in said
    if days > 0:
        assert "must be 0 (keep for ever) or at least 7" in said


@pytest.mark.parametrize("days", [0, 7, 36_500])
def test_zero_a_week_or_more_can_be_kept(days: int) -> None:
    assert read(f"[retention]\ndays = {days}\n").retention_days == days
