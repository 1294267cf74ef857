"""For tests in a real browser: one house and one Chromium for each, and nothing on any console."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from browser_house import Office, executable, office


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    """The house with its sample business. Errors and policy violations on a console fail the test."""
    if executable() is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    async with office(tmp_path) as opened:
        yield opened
        assert opened.complaints == []
