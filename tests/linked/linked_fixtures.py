"""Linked lines: one for each test, or one for all tests of a file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from linked_line import LinkedLine, linked
from linked_shop import Shop, linked_shop

from frontdesk.testing.lab import Lab


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A running lab."""
    async with Lab(tmp_path / "lab") as opened:
        yield opened


@pytest.fixture
async def line(lab: Lab, tmp_path: Path) -> AsyncIterator[LinkedLine]:
    """A line that is not linked yet."""
    async with linked(lab, tmp_path / "lines") as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A linked shop and its customers, shared by the tests of a file: linking takes longer than any of them."""
    async with linked_shop(tmp_path_factory.mktemp("shop")) as ready:
        yield ready
