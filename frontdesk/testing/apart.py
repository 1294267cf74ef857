"""A pytest plugin for every run: the tests know no setting of whoever runs them, and little time goes into garbage."""

import gc
import os

import pytest

from frontdesk.testing.processes import is_ours


def pytest_configure(config: pytest.Config) -> None:
    """Forget them, before anything is collected."""
    for name in [name for name in os.environ if is_ours(name)]:
        del os.environ[name]


def pytest_collection_finish() -> None:
    """Look for garbage as rarely as the program does: what was loaded stays, and a sixth of the time is saved."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
