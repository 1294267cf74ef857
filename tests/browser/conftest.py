"""For tests in a real browser: one house and one Chromium for each, and nothing on any console."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from browser_house import Office, office


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    """The house with its sample business."""
    async with office(tmp_path) as opened:
        yield opened
