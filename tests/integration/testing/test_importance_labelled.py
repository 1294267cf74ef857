"""How well importance is told on labelled messages: floors, so that no change makes it worse unseen."""

import pytest

from bench.importance import LABELLED, accuracy, labelled, stand_in


def test_the_sets_are_large_and_no_message_stands_in_both() -> None:
    seen, unseen = (labelled(LABELLED / name) for name in ("importance.tsv", "importance_unseen.tsv"))
    assert len(seen) >= 160
    assert len(unseen) >= 60
    texts = [text for _, text in (*seen, *unseen)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("name", "exact", "within_one"), [("importance.tsv", 0.93, 0.98), ("importance_unseen.tsv", 0.35, 0.75)]
)
async def test_the_rules_alone_reach_their_floors(name: str, exact: float, within_one: float) -> None:
    found = await accuracy(LABELLED / name)
    assert found.exact >= exact
    assert found.within_one >= within_one


@pytest.mark.parametrize(
    ("name", "exact", "within_one"), [("importance.tsv", 0.93, 0.98), ("importance_unseen.tsv", 0.5, 0.7)]
)
async def test_with_the_stand_in_model_they_do_not_fall_below_theirs(
    name: str, exact: float, within_one: float
) -> None:
    found = await accuracy(LABELLED / name, stand_in)
    assert found.exact >= exact
    assert found.within_one >= within_one
