"""Digests of a real house: on time, once, of all that was stored and of nothing else."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from own_line import own_line
from sending_line import BEA, OFF

from frontdesk.desk.digests import Order
from frontdesk.desk.errors import Conflict, Forbidden, Invalid
from frontdesk.domain.digests import Choice
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND, to_datetime
from frontdesk.store import digests
from frontdesk.store.rows_digests import IssueRow
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.ears import Ear
from frontdesk.testing.local_server import serving
from frontdesk.testing.models import FakeModel

ZONE = "Europe/Lisbon"
EIGHT = Order(name="Morning", schedule="every day at 8:00")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp() * SECOND)


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OFF, clock=FrozenClock(at("2026-03-27T20:00"))) as line:
        yield line


async def ordered(line: FakeLine, order: Order = EIGHT) -> str:
    found: str = await line.desk.digests.add(order, operator_id=None, owner=True)
    return found


def telling(url: str) -> str:
    """A house file with a notifier that tells the server at `url`."""
    return f'{OFF}\n[[notify]]\nurl = "{url.replace("http", "json")}/x"\n'


async def states(line: FakeLine, issue_id: str) -> list[str]:
    """How telling each place stands."""
    async with line.store.read() as read:
        return [word.state for word in await digests.words(read, issue_id)]


async def issues(line: FakeLine, digest_id: str) -> list[IssueRow]:
    """The oldest first."""
    async with line.store.read() as read:
        return (await digests.issues(read, digest_id, limit=1_000))[::-1]


async def at_eight(line: FakeLine, digest_id: str, day: str, *, count: int) -> list[IssueRow]:
    """Let it become eight on that day of March, and a little later; gives the issues when there are that many."""
    line.clock.advance(at(f"2026-03-{day}T07:59") - line.clock.now())
    await line.idle()
    for _ in range(6):
        await line.pass_time(30 * SECOND)

    async def made() -> bool:
        found = await issues(line, digest_id)
        return len(found) == count and all(one.state == "made" for one in found)

    await until(made)
    return await issues(line, digest_id)


def content(issue: IssueRow) -> Any:
    assert issue.content is not None
    return json.loads(issue.content)


async def made_now(line: FakeLine, digest_id: str) -> IssueRow:
    issue_id = await line.desk.digests.now(digest_id)
    await line.idle()
    async with line.store.read() as read:
        issue = await digests.issue(read, issue_id)
    assert issue is not None
    assert issue.state == "made"
    return issue


@pytest.mark.both_shapes
async def test_a_digest_comes_at_its_time_and_leads_with_who_waits(line: FakeLine) -> None:
    digest_id = await ordered(line)
    await line.arrive(
        line.message("Is the flat still free?"), line.message("My invoice is wrong.", who=BEA, name="Bea")
    )
    (issue,) = await at_eight(line, digest_id, "28", count=1)
    assert issue.text is not None
    first, waiting = issue.text.split("\n\n")[:2]
    assert first.startswith("*Digest, 26/03 20:00 to 28/03 08:00*")
    who = ("• Bea (since 27/03 20:00): My invoice is wrong.", "• Ana (since 27/03 20:00): Is the flat still free?")
    assert waiting == "\n".join(("*Waiting on you*", *who)), "what matters more comes first"
    assert content(issue)["counts"]["inbound"] == 2


@pytest.mark.both_shapes
async def test_each_day_has_one_digest_over_both_changes_of_the_clock_and_they_leave_no_gap(line: FakeLine) -> None:
    digest_id = await ordered(line)
    for count, day in enumerate(("28", "29", "30", "31"), 1):
        found = await at_eight(line, digest_id, day, count=count)
    assert [f"{to_datetime(one.until, ZONE):%d %H:%M}" for one in found] == [
        "28 08:00",
        "29 08:00",
        "30 08:00",
        "31 08:00",
    ]
    assert all(before.until == after.since for before, after in pairwise(found))
    assert [after.until - after.since for after in found[1:]] == [23 * HOUR, DAY, DAY]


@pytest.mark.both_shapes
async def test_after_a_downtime_one_late_digest_tells_of_all_of_it_and_says_so(tmp_path: Path) -> None:
    clock = FrozenClock(at("2026-03-27T20:00"))
    async with fake_line(tmp_path, config=OFF, clock=clock) as line:
        digest_id = await ordered(line)
        await line.arrive(line.message("Before the night"))
        await line.idle()
    clock.advance(3 * DAY)
    async with fake_line(tmp_path, config=OFF, clock=clock) as line:
        await line.pass_time(2 * MINUTE)
        await line.pass_time(MINUTE)
        (issue,) = await issues(line, digest_id)
        assert issue.text is not None
        assert "This digest is late: it was due on 28/03 08:00." in issue.text
        assert content(issue)["counts"]["inbound"] == 1
        await at_eight(line, digest_id, "31", count=2)


async def test_what_is_stored_after_the_moment_is_told_next_time(line: FakeLine) -> None:
    digest_id = await ordered(line)
    await at_eight(line, digest_id, "28", count=1)
    await line.arrive(line.message("Right after eight", at=at("2026-03-28T07:00")))
    first, second = await at_eight(line, digest_id, "29", count=2)
    assert (content(first)["counts"]["inbound"], content(second)["counts"]["inbound"]) == (0, 1)


@pytest.mark.both_shapes
async def test_the_counts_of_all_time_are_those_of_the_ledger(line: FakeLine) -> None:
    digest_id = await ordered(line, Order())
    await line.arrive(
        line.message("one"), line.message("two", who=BEA), line.message(None, kind="reaction", content={"emoji": "x"})
    )
    await line.idle()
    await line.desk.outbox.write((await line.chat(ANA)).id, by="api", text="Hello Ana")
    await line.idle()
    line.clock.advance(SECOND)
    counts, ledger = content(await made_now(line, digest_id))["counts"], await line.balance()
    assert (counts["inbound"], counts["answered"], counts["pending"]) == (
        ledger.decided,
        ledger.answered,
        ledger.pending,
    )
    assert counts["refused"] == ledger.refused
    assert counts["agent"] + counts["operator"] + counts["system"] == ledger.out
    assert counts["inbound"] == counts["answered"] + sum(counts["refused"].values()) + counts["pending"]


async def test_only_chosen_chats_are_told_of(line: FakeLine) -> None:
    await line.arrive(line.message("from Ana"), line.message("from Bea", who=BEA, name="Bea"))
    await line.idle()
    line.clock.advance(SECOND)
    bea = await line.chat(BEA)
    by_chat = await made_now(line, await ordered(line, Order(choice=Choice(chats=(bea.id,)))))
    assert by_chat.text is not None
    assert "from Bea" in by_chat.text
    assert "Ana" not in by_chat.text
    await line.desk.chats.change(bea.id, by="api", labels=["family"])
    by_label = await made_now(line, await ordered(line, Order(choice=Choice(labels=("family",)))))
    assert [one["name"] for one in content(by_label)["chats"]] == ["Bea"]
    nobody = await made_now(line, await ordered(line, Order(choice=Choice(accounts=("acc_none",)))))
    assert content(nobody)["counts"]["inbound"] == 0


async def test_without_a_model_the_words_are_those_of_the_messages_and_it_says_so(line: FakeLine) -> None:
    await line.arrive(line.message("Hi"), line.message("Could you send me the contract of the flat?"))
    await line.idle()
    line.clock.advance(SECOND)
    issue = await made_now(line, await ordered(line, Order(language="es")))
    assert issue.text is not None
    assert "• “Could you send me the contract of the flat?”" in issue.text
    assert "Hecho sin modelo: las palabras son las de los mensajes." in issue.text


@pytest.mark.parametrize(("language", "team"), [("en", "Team"), ("es", "Equipo"), ("pt", "Equipa")])
async def test_who_of_us_wrote_is_said_in_the_language_of_the_digest(line: FakeLine, language: str, team: str) -> None:
    await line.arrive(line.message("ok", name="Ana"))
    await line.desk.outbox.write((await line.chat()).id, by="api", text="We are open from nine")
    await line.pass_time(MINUTE)
    issue = await made_now(line, await ordered(line, Order(language=language)))
    assert content(issue)["chats"][0]["points"] == [f"{team}: “We are open from nine”"]


async def test_a_model_is_asked_once_for_many_chats(tmp_path: Path) -> None:
    def answer(messages: Any) -> str:
        asked = str(messages[-1].content)
        numbers = [line.split()[1] for line in asked.split("\n") if line.startswith("===")]
        points = {
            number: {"points": ["Wants the contract."], "decisions": ["Viewing on Friday."]} for number in numbers
        }
        return f"Here it is: {json.dumps(points)}"

    model = FakeModel(answers=answer)
    async with fake_line(tmp_path, config=OFF, model=model) as line:
        for person in range(10):
            await line.arrive(line.message("The contract, please", who=f"44770090{person:04}", name=f"P{person}"))
        await line.idle()
        line.clock.advance(SECOND)
        issue = await made_now(line, await ordered(line, Order()))
        assert model.calls == 1
        assert issue.text is not None
        assert "Made without a model" not in issue.text
        assert "*Decided*\n• P0: Viewing on Friday." in issue.text
        assert {tuple(chat["points"]) for chat in content(issue)["chats"]} == {("Wants the contract.",)}


@pytest.mark.parametrize("said", [ValueError("away"), "I cannot do that.", '{"1": 5}'])
async def test_where_the_model_fails_the_messages_speak_for_themselves(tmp_path: Path, said: Any) -> None:
    async with fake_line(tmp_path, config=OFF, model=FakeModel(answers=[said])) as line:
        await line.arrive(line.message("Where is my parcel?"))
        await line.idle()
        line.clock.advance(SECOND)
        issue = await made_now(line, await ordered(line, Order()))
        assert issue.text is not None
        assert "• “Where is my parcel?”" in issue.text
        assert "The model failed at some chats" in issue.text


async def test_a_model_that_cannot_be_asked_leaves_the_digest_to_the_messages(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=f"{OFF}\n[digests]\nmodel = 'foo:bar'\n") as line:
        await line.arrive(line.message("Where is my parcel?"))
        await line.idle()
        line.clock.advance(SECOND)
        issue = await made_now(line, await ordered(line, Order()))
        assert issue.text is not None
        assert "The model failed at some chats" in issue.text


async def test_a_long_chat_is_mapped_in_parts_and_reduced_to_one(tmp_path: Path) -> None:
    def answer(messages: Any) -> str:
        if "notes on WhatsApp chats" in str(messages[0].content):
            return '{"1": {"points": ["All of it."]}}'
        return '{"1": {"points": ["A part."]}}'

    model = FakeModel(answers=answer)
    async with fake_line(tmp_path, config=OFF, model=model) as line:
        await line.arrive(*(line.message(f"{number} {'word ' * 80}") for number in range(60)))
        await line.idle()
        line.clock.advance(SECOND)
        issue = await made_now(line, await ordered(line, Order()))
        assert content(issue)["chats"][0]["points"] == ["All of it."]
        assert model.calls == 4


@pytest.mark.both_shapes
async def test_a_notifier_is_told_once_and_a_target_that_is_away_later(tmp_path: Path) -> None:
    ear = Ear(status=503)
    async with serving(ear) as url:
        config = telling(url)
        async with fake_line(tmp_path, config=config) as line:
            await line.arrive(line.message("Please call me"))
            await line.idle()
            line.clock.advance(SECOND)
            await made_now(line, await ordered(line, Order(ways=("inbox", "notify"))))
            ear.status = 200
            for _ in range(5):
                await line.pass_time(MINUTE)
            assert len(ear.heard) == 1
            assert "Waiting on you" in ear.heard[0]
            assert "*" not in ear.heard[0]


@pytest.mark.both_shapes
async def test_a_word_that_was_cut_off_is_not_said_again_but_shown(tmp_path: Path) -> None:
    ear = Ear()
    async with serving(ear) as url:
        config = telling(url)
        async with fake_line(tmp_path, config=config, start=False) as line:
            digest_id = await ordered(line, Order(ways=("notify",)))
            issue_id = await line.desk.digests.now(digest_id)
            async with line.store.begin() as tx:
                issue = await digests.issue(tx, issue_id)
                assert issue is not None
                await digests.made(tx, issue, content="{}", text="*Digest*\nNothing.", now=line.clock.now())
                await line.desk.digest_telling.begin(tx, await digests.by_id(tx, digest_id), issue_id, "x")
                (word,) = await digests.words(tx, issue_id)
                await digests.put_word(tx, issue_id, word.target, state="sending", now=line.clock.now())
        async with fake_line(tmp_path, config=config) as line:
            await line.idle()
            assert await states(line, issue_id) == ["unknown"]
            assert ear.heard == []
            assert any("cut off" in alert.sentence for alert in await line.alerts())


async def test_one_of_the_day_is_for_the_inbox_whatever_other_digest_has_no_schedule(line: FakeLine) -> None:
    elsewhere = await ordered(line, Order(ways=("self",), language="pt"))
    issue_id = await line.desk.digests.of_the_day(operator_id=None)
    await line.idle()
    async with line.store.read() as read:
        issue = await digests.issue(read, issue_id)
        assert issue is not None
        assert (issue.digest_id != elsewhere, await digests.words(read, issue_id)) == (True, [])
    assert await line.desk.digests.of_the_day(operator_id=None) != issue_id
    assert len(await issues(line, issue.digest_id)) == 2


@pytest.mark.both_shapes
async def test_what_could_not_be_told_is_told_again_when_somebody_asks_and_at_no_other_time(tmp_path: Path) -> None:
    ear = Ear(status=400)
    async with serving(ear) as url:
        config = telling(url)
        async with fake_line(tmp_path, config=config) as line:
            issue = await made_now(line, await ordered(line, Order(ways=("notify",))))
            assert await states(line, issue.id) == ["failed"]
            ear.status = 200
            await line.pass_time(HOUR)
            assert ear.heard == []
            assert await line.desk.digest_telling.again(issue.id) == 1
            await line.idle()
            assert (await states(line, issue.id), len(ear.heard)) == (["told"], 1)
            with pytest.raises(Conflict, match="was told wherever it is to go"):
                await line.desk.digest_telling.again(issue.id)


async def test_a_digest_for_the_own_number_is_told_again_when_a_line_leads_there(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await line.desk.accounts.disconnect(line.account_id)
        issue = await made_now(line, await ordered(line, Order(ways=("self",))))
        assert (await states(line, issue.id), await line.out()) == (["failed"], [])
        assert await line.desk.digest_telling.again(issue.id) == 1
        assert (await states(line, issue.id), await line.out()) == (["failed"], [])  # there is still no way
        await line.desk.accounts.connect(line.account_id)
        await line.house.connected()
        assert await line.desk.digest_telling.again(issue.id) == 1
        await line.pass_time(SECOND)
        assert (await states(line, issue.id), await line.out()) == (["told"], [(issue.text, "sent")])


async def test_a_notifier_that_was_taken_out_of_the_file_is_told_nothing_again(tmp_path: Path) -> None:
    ear = Ear(status=400)
    async with serving(ear) as url:
        config = telling(url)
        async with fake_line(tmp_path, config=config) as line:
            issue = await made_now(line, await ordered(line, Order(ways=("notify",))))
        async with fake_line(tmp_path, config=OFF) as line:
            with pytest.raises(Conflict, match="is no notifier of"):
                await line.desk.digest_telling.again(issue.id)


async def test_only_an_admin_sends_a_digest_to_the_owner(line: FakeLine) -> None:
    with pytest.raises(Forbidden):
        await line.desk.digests.add(Order(ways=("notify",)), operator_id=None, owner=False)


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (Order(schedule="now and then"), "every day at 8:00"),
        (Order(zone="Lisbon"), "IANA"),
        (Order(language="xx"), "en, es, pt"),
        (Order(ways=("fax",)), "fax"),
    ],
)
async def test_a_digest_that_cannot_be_is_refused_with_what_to_write_instead(
    line: FakeLine, order: Order, says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        await line.desk.digests.add(order, operator_id=None, owner=True)


async def test_a_digest_that_is_switched_off_or_removed_comes_no_more(line: FakeLine) -> None:
    one, other = await ordered(line), await ordered(line)
    await line.desk.digests.change(one, Order(schedule="every day at 8:00", enabled=False), owner=True)
    await line.desk.digests.remove(other)
    there = await ordered(line)
    await at_eight(line, there, "28", count=1)
    assert await issues(line, one) == []
