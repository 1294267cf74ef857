"""The debug message: what it holds, and how long it gets."""

from frontdesk.domain.debugging import LONGEST, as_text, debug_message
from frontdesk.domain.messages import Author
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Said

PERSONA = Persona("Front desk", model="openai:gpt-4o-mini", temperature=0.5, max_tokens=300, debug=True)


def message(prompt: str, *texts: str, link: str | None = "https://desk.example/chats/1") -> str:
    said = [Said(Author.CONTACT, text, 0) for text in texts or ("Hello",)]
    return debug_message(PERSONA, said, prompt, chat="Ana", line="Shop", model=None, link=link, call=2)


def test_it_holds_the_entry_the_persona_and_the_prompt_and_says_what_it_is() -> None:
    assert message("[Prompt]\nBe kind.", "Hello", "Are you\nopen?").splitlines() == [
        "*[debug]* Ana · Shop · persona Front desk · call 2",
        "https://desk.example/chats/1",
        "",
        "*Entry*",
        "> Hello",
        "> Are you",
        "> open?",
        "",
        "*Persona*",
        "Model openai:gpt-4o-mini (temperature 0.5, at most 300); tools: knowledge, hand_over; mode off",
        "",
        "*Prompt*",
        "[Prompt]",
        "Be kind.",
    ]


def test_without_a_public_address_there_is_no_link() -> None:
    assert message("x", link=None).splitlines()[1] == ""


def test_a_long_prompt_is_cut_and_a_long_entry_leaves_room_for_it() -> None:
    told = message("p" * 50_000, "e" * 50_000)
    assert len(told) == LONGEST
    assert told.endswith("p…")


def test_a_prompt_is_written_message_by_message() -> None:
    said = [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"), ("tool", "09:00"), ("odd", "?")]
    assert as_text(said) == "[Prompt]\nBe kind.\n\n[Person]\nHi\n\n[Desk]\nHello\n\n[Tool]\n09:00\n\n[odd]\n?"
