"""The reference is what the code says."""

from functools import cache
from pathlib import Path

import pytest
from docs_pages import PROJECT

from frontdesk.domain.work import KINDS
from frontdesk.settings.environment import Settings, names
from frontdesk.testing import reference
from frontdesk.testing.house import house

FOLDER = PROJECT / "docs" / "reference"
made = cache(reference.pages)


@pytest.mark.parametrize("name", ["README.md", *reference.PAGES])
def test_the_page_is_what_the_code_says(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8") if (FOLDER / name).exists() else ""
    assert written == made()[name], f"docs/reference/{name} is stale: run make reference"


def test_the_reference_has_no_page_that_nobody_writes() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(made())


def test_every_kind_of_job_says_what_it_replaces() -> None:
    assert [kind for kind, job in KINDS.items() if not job.replaces or not job.__doc__] == []


def test_every_setting_says_what_it_is() -> None:
    fields = Settings.model_fields
    assert [name for name, field in fields.items() if not field.description or not names(field)] == []


async def test_numbers_ask_for_a_known_kind_of_key_but_not_from_this_machine(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        document = (await h.http.get("/openapi.json")).json()
    keys = [{kind: ["read"]} for kind in document["components"]["securitySchemes"]]
    for path in ("/metrics", "/stats"):
        assert document["paths"][path]["get"]["security"] == [*keys, {}]
    assert made()["routes.md"].count("| read, unless from this machine |") == 2
