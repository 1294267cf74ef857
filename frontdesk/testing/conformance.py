"""What every channel has to keep, whoever wrote it. A channel is accepted when all of `CHECKS` pass.

Make a `Subject` for the channel, with a far end that is real as far as the channel can tell, and run

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    async def test_channel(check, subject):
        await check(subject)
"""

import asyncio

from frontdesk.channels.base import Foresees
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Outbound, Sent
from frontdesk.kit import guard
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.testing.conformance_abilities import ABILITIES
from frontdesk.testing.subject import Check, Subject

__all__ = ["CHECKS", "Check", "Subject"]


async def its_name_and_capabilities_are_plain(subject: Subject) -> None:
    """They stand in settings, in addresses and in the docs."""
    assert subject.channel.name.isidentifier()
    assert subject.channel.name == subject.channel.name.lower()
    assert "text" in subject.able.kinds
    assert subject.able.title
    assert subject.able.text_limit > 0
    assert subject.able.templates == ("template" in subject.able.kinds) or not subject.able.templates


async def a_good_line_comes_up(subject: Subject) -> None:
    """The last state is `connected`."""
    assert (await subject.connect(subject.line))[-1].state is State.CONNECTED


async def a_line_can_be_brought_up_again_and_taken_down_twice(subject: Subject) -> None:
    """Both are asked for whenever somebody is unsure."""
    for _ in range(2):
        await subject.connect(subject.line)
    for _ in range(2):
        await subject.channel.disconnect(subject.line)
    await subject.connect(subject.line)
    assert isinstance(await subject.send(subject.example("text")), Sent)


async def connect_never_raises_and_says_why_a_line_is_refused(subject: Subject) -> None:
    """The state carries a reason that tells the owner what to do."""
    last = (await subject.connect(subject.refused))[-1]
    assert last.state in (State.ACTION_REQUIRED, State.LOGGED_OUT)
    assert last.reason


async def connect_never_raises_when_nobody_answers(subject: Subject) -> None:
    """A far end that is away for a moment is no reason to stop for good without a word."""
    last = (await subject.connect(subject.absent))[-1]
    assert last.state is State.CONNECTED or last.reason


async def a_message_that_is_taken_has_an_id_of_its_own(subject: Subject) -> None:
    """Receipts find it by that id."""
    sent = [await subject.send(subject.example("text", text=f"number {number}")) for number in range(3)]
    ids = [one.external_id for one in sent if isinstance(one, Sent)]
    assert len(ids) == len(set(ids)) == 3
    assert all(ids)


async def every_kind_that_it_names_can_be_sent(subject: Subject) -> None:
    """The inbox offers what the capabilities name."""
    for kind in sorted(subject.able.kinds):
        result = await subject.send(subject.example(kind))
        assert isinstance(result, Sent), f"{kind}: {result}"
        assert result.external_id


async def a_kind_that_it_does_not_name_is_rejected(subject: Subject) -> None:
    """And does not reach the far end."""
    before = len(subject.heard())
    result = await subject.send(Outbound(our_id="msg_x", to=(subject.to,), kind="smoke-signal", text="x"))
    assert isinstance(result, Rejected)
    assert len(subject.heard()) == before


async def the_longest_text_goes_out_and_a_longer_one_is_rejected(subject: Subject) -> None:
    """The limit is the one that the capabilities tell."""
    longest = "x" * subject.able.text_limit
    assert isinstance(await subject.send(subject.example("text", text=longest)), Sent)
    assert isinstance(await subject.send(subject.example("text", text=longest + "x")), Rejected)


async def what_it_foresees_to_be_refused_send_refuses(subject: Subject) -> None:
    """And what it can send it lets pass."""
    channel = subject.channel
    if not isinstance(channel, Foresees):
        return
    for kind in sorted(subject.able.kinds):
        channel.foresee(subject.example(kind))
    foreseen = 0
    for outbound in (
        subject.example("text", text="x" * (subject.able.text_limit + 1)),
        subject.example("text", to=()),
        Outbound(our_id="msg_x", to=(subject.to,), kind="smoke-signal", text="x"),
    ):
        try:
            channel.foresee(outbound)
        except Rejected:
            foreseen += 1
            assert isinstance(await subject.send(outbound), Rejected)
    assert foreseen, "It foresees nothing of what every channel refuses."


async def every_text_that_can_be_written_can_be_sent(subject: Subject) -> None:
    """Whatever it holds, the answer is one of the contract."""
    for text in (
        "é 👍🏽 ŵ",
        "line\nline",
        "a\0b",
        "\ud800",
        '"quoted" \\ {json}',
        "*bold* _it_ `code`",
        "\u202eodd\u202c",
    ):
        assert isinstance(await subject.send(subject.example("text", text=text)), Sent | Rejected)


async def a_reply_quotes(subject: Subject) -> None:
    """By the channel's own id."""
    assert isinstance(await subject.send(subject.example("text", reply_to=subject.quoted)), Sent)


async def a_message_to_nobody_is_rejected(subject: Subject) -> None:
    """There is no second try that would help."""
    assert isinstance(await subject.send(subject.example("text", to=())), Rejected)


async def our_id_goes_along_where_the_channel_settles(subject: Subject) -> None:
    """Else a send that a crash cut off could not be told from one that never was."""
    if not subject.able.settles:
        return
    outbound = subject.example("text")
    assert isinstance(await subject.send(outbound), Sent)
    assert subject.heard()[-1] == outbound.our_id


async def nothing_is_sent_inside_a_transaction(subject: Subject) -> None:
    """The guard raises before anything reaches the far end."""
    before = len(subject.heard())
    token = guard.enter_transaction()
    try:
        await subject.channel.send(subject.line, subject.example("text"))
    except guard.TransactionOpen:
        pass
    else:
        raise AssertionError("A message went out inside a transaction.")
    finally:
        guard.leave_transaction(token)
    assert len(subject.heard()) == before


async def send_raises_one_of_three_whatever_goes_wrong(subject: Subject) -> None:
    """And what may have gone out is in doubt rather than retryable: the same message never goes out twice."""
    for name, break_next in subject.break_next.items():
        break_next()
        outbound = subject.example("text", text=f"while {name}")
        result = await subject.send(outbound)
        if outbound.our_id in subject.heard():
            assert not isinstance(result, Retryable), f"{name}: it went out, and would be sent again ({result})"
        else:
            assert not isinstance(result, Sent) or result.external_id is None, f"{name}: it did not go out"
        if isinstance(result, Sent) and result.external_id is None:
            assert result.doubt, f"{name}: a doubt says why"


async def a_line_that_is_refused_raises_one_of_three(subject: Subject) -> None:
    """Also where the line never came up."""
    for line in (subject.refused, subject.absent):
        result = await subject.send(subject.example("text"), line)
        assert not isinstance(result, Sent) or result.external_id is None


async def it_works_again_after_all_that(subject: Subject) -> None:
    """No fault leaves it broken."""
    for break_next in subject.break_next.values():
        break_next()
        await subject.send(subject.example("text"))
    assert isinstance(await subject.send(subject.example("text")), Sent)


async def a_send_that_is_cancelled_leaves_it_usable(subject: Subject) -> None:
    """The house ends, or somebody stops waiting."""
    task = asyncio.create_task(subject.send(subject.example("text")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert isinstance(await subject.send(subject.example("text")), Sent)


async def many_at_once_all_get_an_answer(subject: Subject) -> None:
    """They may be asked to wait; none is lost."""
    results = await asyncio.gather(*(subject.send(subject.example("text")) for _ in range(20)))
    assert all(isinstance(result, Sent | Retryable) for result in results)
    assert any(isinstance(result, Sent) for result in results)


async def closing_twice_does_no_harm(subject: Subject) -> None:
    """The last check: the channel is not used any more."""
    await subject.channel.close()
    await subject.channel.close()


CHECKS: tuple[Check, ...] = (
    its_name_and_capabilities_are_plain,
    a_good_line_comes_up,
    a_line_can_be_brought_up_again_and_taken_down_twice,
    connect_never_raises_and_says_why_a_line_is_refused,
    connect_never_raises_when_nobody_answers,
    a_message_that_is_taken_has_an_id_of_its_own,
    every_kind_that_it_names_can_be_sent,
    a_kind_that_it_does_not_name_is_rejected,
    the_longest_text_goes_out_and_a_longer_one_is_rejected,
    what_it_foresees_to_be_refused_send_refuses,
    every_text_that_can_be_written_can_be_sent,
    a_reply_quotes,
    a_message_to_nobody_is_rejected,
    our_id_goes_along_where_the_channel_settles,
    nothing_is_sent_inside_a_transaction,
    send_raises_one_of_three_whatever_goes_wrong,
    a_line_that_is_refused_raises_one_of_three,
    it_works_again_after_all_that,
    a_send_that_is_cancelled_leaves_it_usable,
    many_at_once_all_get_an_answer,
    *ABILITIES,
    closing_twice_does_no_harm,
)
