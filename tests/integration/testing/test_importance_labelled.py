"""How well importance is told on labelled messages: floors, so that no change makes it worse unseen."""

import pytest

from bench.importance import LABELLED, LEARNED, SETS, UNSEEN, accuracy, labelled, stand_in


def test_the_sets_are_large_and_no_message_stands_in_two() -> None:
    sets = {name: labelled(LABELLED / name) for name in SETS}
    assert sum(len(sets[name]) for name in LEARNED) >= 150
    assert sum(len(sets[name]) for name in UNSEEN) >= 150
    texts = [text for found in sets.values() for _, text in found]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("name", "exact", "within_one"),
    [
        ("importance.tsv", 0.96, 0.99),
        ("importance_dev.tsv", 0.86, 0.99),
        ("importance_held_out.tsv", 0.9, 0.97),
        ("importance_unseen.tsv", 0.54, 0.9),
    ],
)
async def test_the_rules_alone_reach_their_floors(name: str, exact: float, within_one: float) -> None:
    found = await accuracy(LABELLED / name)
    assert found.exact >= exact
    assert found.within_one >= within_one


@pytest.mark.parametrize(
    ("name", "alarms"),
    [*((name, 0.94) for name in (*LEARNED, "importance_held_out.tsv")), ("importance_unseen.tsv", 0.6)],
)
async def test_what_matters_is_found_and_nobody_is_woken_for_nothing(name: str, alarms: float) -> None:
    found = await accuracy(LABELLED / name)
    assert found.alarms >= alarms
    assert found.false_alarms == 0


@pytest.mark.parametrize("name", SETS)
async def test_what_the_rules_are_sure_of_is_hardly_ever_far_off(name: str) -> None:
    found = await accuracy(LABELLED / name)
    assert found.sure >= 0.5
    assert found.sure_within_one >= 0.9


@pytest.mark.parametrize(
    ("name", "exact", "within_one"),
    [
        ("importance.tsv", 0.93, 0.97),
        ("importance_dev.tsv", 0.81, 0.91),
        ("importance_held_out.tsv", 0.86, 0.91),
        ("importance_unseen.tsv", 0.68, 0.84),
    ],
)
async def test_with_the_stand_in_model_they_do_not_fall_below_theirs(
    name: str, exact: float, within_one: float
) -> None:
    found = await accuracy(LABELLED / name, stand_in)
    assert found.exact >= exact
    assert found.within_one >= within_one
