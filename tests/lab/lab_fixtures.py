"""Labs for tests: one for each test, or one with a linked shop for all tests of a file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lab_child import Office, office

from frontdesk.testing.lab import Lab


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A running lab; whatever clients asked must have been known to it."""
    async with Lab(tmp_path / "lab") as opened:
        yield opened
        assert (opened.errors, dict(opened.unknown)) == ([], {})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """A linked shop and its customers, shared by the tests of a file: linking takes longer than any of them."""
    async with Lab(tmp_path_factory.mktemp("office") / "lab") as opened, office(opened) as ready:
        yield ready
        assert (opened.errors, dict(opened.unknown)) == ([], {})
