"""`frontdesk serve`, or the roles beside each other: what the terminal says at a start when something is not right."""

import re
from pathlib import Path

import pytest
from acceptance_desk import NUMBER_ID, SECRET, TOKEN, VERIFY_TOKEN

from frontdesk.testing.clock import until
from frontdesk.testing.local_server import Answers, serving
from frontdesk.testing.processes import Program, run, running
from frontdesk.testing.roles import front_of

pytestmark = pytest.mark.both_shapes

REFUSED = {"error": {"message": "Session has expired", "type": "OAuthException", "code": 190, "fbtrace_id": "A"}}
KNOWN = {"id": NUMBER_ID, "display_phone_number": "351210000100"}


def line_of(graph_url: str) -> dict[str, str]:
    """The environment of one Cloud API line."""
    return {
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_ACCESS_TOKEN": TOKEN,
        "WHATSAPP_APP_SECRET": SECRET,
        "VERIFY_TOKEN": VERIFY_TOKEN,
        "GRAPH_API_URL": graph_url,
    }


async def started(program: Program) -> str:
    """Everything that was said until the greeting ended."""
    await until(lambda: "Stop with Ctrl+C." in program.said())
    return program.said()


async def states(program: Program) -> list[str]:
    """How the lines stand."""
    async with program.client() as client:
        return [one["state"] for one in (await client.get("/api/v1/accounts")).json()["items"]]


@pytest.mark.embedded("Processes that share the work do not start with another key.")
async def test_after_a_lost_key_the_program_starts_and_the_environment_seals_its_line_again(tmp_path: Path) -> None:
    async with serving(Answers(200, KNOWN)) as graph_url:
        environment = line_of(graph_url)
        first = Program(tmp_path / "data", environment)
        async with running(first):
            await first.stop()
        (tmp_path / "data" / "secret.key").unlink()

        without = Program(tmp_path / "data")
        async with running(without):
            await until(lambda: "cannot be read: the secret key" in without.said())
            assert await states(without) == ["action_required"]
            await without.stop()

        again = Program(tmp_path / "data", environment)
        async with running(again):

            async def is_up() -> bool:
                return await states(again) == ["connected"]

            await until(is_up)


async def test_an_access_token_that_meta_refuses_is_one_warning_with_the_name_of_the_line(tmp_path: Path) -> None:
    async with serving(Answers(401, REFUSED)) as graph_url:
        program = Program(tmp_path / "data", line_of(graph_url))
        async with running(program):
            await until(lambda: "The line “WhatsApp”" in program.said())
            await program.stop()  # so that whatever is said after the first is heard
    told = [line for line in program.said().splitlines() if "The line “" in line]
    assert [
        bool(re.match(r"\d\d:\d\d:\d\d warning The line “WhatsApp”: Stopped until you act\.", one)) for one in told
    ] == [True]
    assert TOKEN not in program.said()


async def test_after_one_key_the_greeting_names_the_model_that_answers(tmp_path: Path) -> None:
    program = Program(tmp_path / "data", {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:9"})
    async with running(program):
        assert "  Model:  openai:gpt-4o-mini\n" in await started(program)


async def test_a_server_whose_model_nobody_named_is_a_note_in_the_greeting(tmp_path: Path) -> None:
    server = {"OPENAI_COMPATIBLE_BASE_URL": "http://127.0.0.1:9", "OPENAI_COMPATIBLE_API_KEY": "hidden-key"}
    program = Program(tmp_path / "data", server)
    async with running(program):
        said = await started(program)
    assert "  Model:  offline\n" in said
    assert "FRONTDESK_MODEL=openai-compatible:NAME" in said
    assert "hidden-key" not in said


@pytest.mark.parametrize("host", ["300.1.1.1", "203.0.113.9", "a..b"])
async def test_a_wrong_address_asks_for_another_address_and_not_for_another_port(tmp_path: Path, host: str) -> None:
    command, servers = front_of(tmp_path)
    given = [command, "--host", host, "--port", "0", "--data-dir", "data"]
    code, _, err = await run(given, environment=servers, folder=tmp_path)
    assert (code, "--host" in err, "--port" in err) == (2, True, False), err


async def test_a_phone_number_where_its_id_belongs_names_the_variable(tmp_path: Path) -> None:
    command, servers = front_of(tmp_path)
    environment = {"WHATSAPP_PHONE_NUMBER_ID": "+351 210 000 300", "WHATSAPP_ACCESS_TOKEN": "x", "PORT": "0", **servers}
    code, _, err = await run([command, "--data-dir", "data"], environment=environment, folder=tmp_path)
    assert code == 2
    assert err == (
        "WHATSAPP_PHONE_NUMBER_ID must be digits only, not “+351 210 000 300”: "
        "the id under WhatsApp > API Setup, not the phone number.\n"
    )
