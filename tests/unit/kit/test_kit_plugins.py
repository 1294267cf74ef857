"""What packages bring along is found by its group."""

from frontdesk.kit.plugins import entry_points


def test_entry_points_of_one_group_are_found_among_those_of_all_packages() -> None:
    found = {entry.name: entry for entry in entry_points(group="console_scripts")}
    assert found["frontdesk"].value == "frontdesk.cli:main"
    assert {entry.group for entry in found.values()} == {"console_scripts"}
    assert list(entry_points(group="frontdesk.of-nobody")) == []
