"""Linked lines: one for each test, or one for all tests of a file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from linked_line import LinkedLine, linked

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
