"""Which channels a house has."""

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

from frontdesk.channels import builtin
from frontdesk.kit.vault import Vault
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import FrozenClock


class Brought(FakeChannel):
    """A channel of another package."""

    name = "brought"

    def __init__(self, clock: Any) -> None:
        super().__init__()


def test_a_channel_of_another_package_stands_beside_those_of_the_house(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry = EntryPoint("brought", f"{__name__}:Brought", builtin.ENTRY_POINTS)
    monkeypatch.setattr(builtin, "entry_points", lambda group: EntryPoints([entry]).select(group=group))
    made = builtin.installed(FrozenClock(), folder=tmp_path, vault=Vault("a key for this test"))
    assert [channel.name for channel in made] == ["simulator", "cloud", "linked", "bridge", "brought"]
