"""The channel `linked` passes the suite of every channel, with the library and a stand-in for WhatsApp behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from linked_subject import Linked, linked_numbers, linked_subject

from frontdesk.testing.conformance import CHECKS, Check, Subject

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def numbers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Linked]:
    async with linked_numbers(tmp_path_factory.mktemp("numbers")) as linked:
        yield linked


@pytest_asyncio.fixture(loop_scope="module")
async def subject(numbers: Linked, tmp_path: Path) -> AsyncIterator[Subject]:
    async with linked_subject(numbers, tmp_path) as subject:
        yield subject


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_a_linked_line_keeps_the_contract(check: Check, subject: Subject) -> None:
    await check(subject)
