"""A model that cannot be asked is said at start, on the page and in the API, and stops nothing else."""

from pathlib import Path
from typing import Any

import pytest
from inbox_visit import visit

from frontdesk.store import alerts
from frontdesk.testing.house import TestHouse, house

PERSONA = "[[persona]]\nname = 'Desk'\ntrusted = true\n"
UNKNOWN = PERSONA + "model = 'foo:bar'\n"
SAYS = "Persona “Desk”: There is no provider “foo”."


async def problem(h: TestHouse) -> Any:
    """What the API says is wrong with the personas."""
    return (await h.http.get("/api/v1/personas")).json()["problem"]


async def open_alerts(h: TestHouse) -> list[str]:
    """The open alerts' sentences."""
    async with h.built.store.read() as read:
        return [one.sentence for one in await alerts.recent(read, only_open=True)]


async def test_a_persona_of_an_unknown_provider_is_shown_as_a_problem(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(tmp_path, config=UNKNOWN) as h, visit(h) as client:
        assert (await problem(h)).startswith(SAYS)
        page = (await client.get("/personas")).text
        assert SAYS in page
        assert "The last edit is not in use" not in page
        assert [one.startswith(SAYS) for one in await open_alerts(h)] == [True]
        assert SAYS in caplog.text
        (tmp_path / "frontdesk.toml").write_text(PERSONA)
        await h.desk.personas.reload()
        assert (await problem(h), await open_alerts(h)) == (None, [])


@pytest.mark.parametrize("section", ["importance", "digests"])
async def test_a_model_of_the_secretary_that_cannot_be_asked_is_shown_as_a_problem(
    section: str, tmp_path: Path
) -> None:
    async with house(tmp_path, config=f"[{section}]\nmodel = 'foo:bar'\n") as h:
        assert (await problem(h)).startswith(f"[{section}]: There is no provider “foo”. Known are: ")


async def test_a_persona_whose_model_has_no_key_is_shown_as_a_problem(tmp_path: Path) -> None:
    config = PERSONA + "model = 'offline:'\nfallbacks = ['gemini:gemini-2.5-flash']\n"
    async with house(tmp_path, config=config) as h:
        assert "GOOGLE_API_KEY" in await problem(h)


async def test_a_persona_with_an_address_of_its_own_is_no_problem(tmp_path: Path) -> None:
    config = PERSONA + "model = 'openai-compatible:x'\nbase_url = 'http://127.0.0.1:9/v1'\n"
    async with house(tmp_path, config=config) as h:
        assert await problem(h) is None


async def test_a_model_without_its_key_is_said_at_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with house(tmp_path, config=PERSONA, frontdesk_model="gemini:gemini-2.5-flash"):
        assert "FRONTDESK_MODEL" in caplog.text
        assert "Set GOOGLE_API_KEY" in caplog.text


async def test_a_model_with_its_key_is_not_spoken_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with house(tmp_path, config=PERSONA, frontdesk_model="gemini:gemini-2.5-flash", google_api_key="k") as h:
        assert "FRONTDESK_MODEL" not in caplog.text
        assert await problem(h) is None
