"""In which shapes tests run, and that the scaled one is what it says."""

import asyncio
from pathlib import Path

import pytest
from acceptance_folder import without_shape

from frontdesk.testing.desk import fake_line
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.models import FakeModel
from frontdesk.testing.processes import Program
from frontdesk.testing.shape import scaled

pytest_plugins = "pytester"

SUITE = """
    import pytest
    pytestmark = pytest.mark.both_shapes
    def test_each(): pass
    @pytest.mark.embedded("It looks into the file.")
    def test_one(): pass
"""


def test_a_test_runs_in_both_shapes_unless_it_says_why_not(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    found = pytester.runpytest_subprocess("-p", "frontdesk.testing.shape", "--collect-only", "-q").outlines
    names = [line.partition("::")[2] for line in found if "::" in line]
    assert names == ["test_each[embedded]", "test_each[scaled]", "test_one"]


def test_what_is_for_one_shape_skips_the_other_with_its_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    ran = pytester.runpytest_subprocess("-p", "frontdesk.testing.shape", "--shape", "scaled", "-rs", "-k", "test_one")
    ran.stdout.fnmatch_lines(["*It looks into the file.*"])
    ran.assert_outcomes(skipped=1, deselected=2)


def test_every_acceptance_test_runs_in_both_shapes_or_makes_its_own() -> None:
    of_roles = ("test_scaled_", "test_rolling_")  # which start roles of their own, and are about these
    assert [name for name in without_shape() if not name.startswith(of_roles)] == []


@pytest.mark.both_shapes
async def test_the_jobs_of_a_scaled_house_are_brought_by_celery_and_those_of_another_are_not(
    tmp_path: Path, shape: str
) -> None:
    here = scaled()
    before = 0 if here is None else here.consumer.done
    async with fake_line(tmp_path, config=OPEN_HOUSE, model=FakeModel(answers=["Yes."])) as line:
        await line.arrive(line.message("Open?"))
        await line.idle()
        assert await line.out() == [("Yes.", "sent")]
    if here is not None:
        assert here.consumer.done >= before + 2  # the turn, and its answer
    assert (here is None) is (shape == "embedded")


@pytest.mark.both_shapes
async def test_two_houses_at_once_get_each_its_own_work(tmp_path: Path) -> None:
    async def answered(name: str) -> list[tuple[str | None, str]]:
        (tmp_path / name).mkdir()
        model = FakeModel(answers=[name])
        async with fake_line(tmp_path / name, config=OPEN_HOUSE, model=model) as line:
            for _ in range(3):
                await line.arrive(line.message("Who?"))
                await line.idle()
            return await line.out()

    first, second = await asyncio.gather(answered("one"), answered("two"))
    assert first == [("one", "sent")] * 3
    assert second == [("two", "sent")] * 3


@pytest.mark.both_shapes
async def test_a_program_is_one_process_or_one_for_each_role(tmp_path: Path, shape: str) -> None:
    roles = ["web", "worker", "beat"] if shape == "scaled" else ["serve"]
    program = Program(tmp_path / "data")
    assert list(program.parts) == roles
    assert list(Program(tmp_path / "data", arguments=("--demo",)).parts) == ["serve"]
    assert list(Program(tmp_path / "data", {"DATABASE_URL": "sqlite:///x"}).parts) == ["serve"]
    assert ("DATABASE_URL" in program.environment) is (shape == "scaled")


@pytest.mark.both_shapes
async def test_a_process_that_was_killed_is_known_and_starts_again_beside_the_others(tmp_path: Path) -> None:
    program = Program(tmp_path / "data")
    await program.start()
    try:
        role = "worker" if "worker" in program.parts else "serve"
        others = {name: part.child for name, part in program.parts.items() if name != role}
        await program.kill(role)
        assert await program.loses() == (role, -9)
        await program.start()
        assert {name: program.parts[name].child for name in others} == others
    finally:
        await program.kill()
