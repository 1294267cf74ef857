"""A pytest plugin: the tests know no setting of whoever runs them, such as a key that is set in the shell."""

import os

import pytest

from frontdesk.testing.processes import is_ours


def pytest_configure(config: pytest.Config) -> None:
    """Forget them, before anything is collected."""
    for name in [name for name in os.environ if is_ours(name)]:
        del os.environ[name]
