"""What every channel has to keep, whoever wrote it. A channel is accepted when all of `CHECKS` pass.

Make a `Subject` for the channel, with a far end that is real as far as the channel can tell, and run

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    async def test_channel(check, subject):
        await check(subject)
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from frontdesk.channels.base import (
    Capabilities,
    Channel,
    FetchesMedia,
    Foresees,
    MarksRead,
    NotADocument,
    ReceivesWebhooks,
)
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import Delivery, Line, LineState, MediaFile, MediaRef, Outbound, Seen, Sent
from frontdesk.kit import guard
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable

FILES: Mapping[str, tuple[str, bytes]] = {
    "image": ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)),
    "video": ("video/mp4", b"\0\0\0\x18ftypmp42" + bytes(40)),
    "audio": ("audio/ogg", b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead" + bytes(20)),
    "document": ("application/pdf", b"%PDF-1.7\n" + bytes(40)),
    "sticker": ("image/webp", b"RIFF\x20\0\0\0WEBPVP8 " + bytes(40)),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A channel and all that is needed to try it.

    `refused` is a line that the far end does not accept, and `absent` one whose far end does not answer at all.
    `break_next` are faults of the far end by name, each put before the next send. `heard` gives the ids of ours that
    reached the far end, in order. `quoted` is the external id of a message that can be quoted and reacted to.
    """

    channel: Channel
    line: Line
    refused: Line
    absent: Line
    to: Address
    folder: Path
    heard: Callable[[], Sequence[str]]
    quoted: str
    break_next: Mapping[str, Callable[[], None]]
    fresh: Callable[[], None] = lambda: None  # lets time pass, where the channel keeps a pace
    ids: Any = field(default_factory=lambda: count(1))

    @property
    def able(self) -> Capabilities:
        """What the channel says it can do."""
        return self.channel.capabilities

    def example(self, kind: str, **parts: Any) -> Outbound:
        """A plain message of that kind."""
        given: dict[str, Any] = {"our_id": f"msg_{next(self.ids):024x}", "to": (self.to,), "kind": kind}
        if kind in FILES:
            mime, content = FILES[kind]
            path = self.folder / kind
            path.write_bytes(content)
            given["media"] = MediaFile(path, mime, len(content), f"file.{mime.rpartition('/')[2]}")
        else:
            given |= self._words(kind)
        return Outbound(**{**given, **parts})

    def _words(self, kind: str) -> dict[str, Any]:
        examples: dict[str, dict[str, Any]] = {
            "text": {"text": "Good morning"},
            "reaction": {"content": {"emoji": "👍", "target": self.quoted}},
            "template": {"content": {"name": "hello_world", "language": "en_US"}},
            "location": {"content": {"latitude": 38.7, "longitude": -9.1, "name": "Here"}},
            "buttons": {"text": "Which?", "content": {"buttons": [{"id": "1", "title": "One"}]}},
            "list": {
                "text": "Which?",
                "content": {"button": "Choose", "sections": [{"title": "All", "rows": [{"id": "1", "title": "One"}]}]},
            },
        }
        assert kind in examples, f"There is no example of the kind “{kind}” here: add one."
        return examples[kind]

    async def connect(self, line: Line) -> list[LineState]:
        """The states that the line tells while it is brought up; ends with the first that is not a step on the way."""
        told: list[LineState] = []
        settled = asyncio.Event()

        def emit(account_id: str, what: LineState | Delivery) -> None:
            assert account_id == line.account_id
            if isinstance(what, LineState):
                told.append(what)
                if what.state not in (State.CONNECTING, State.QR_PENDING):
                    settled.set()

        await self.channel.connect(line, emit)
        async with asyncio.timeout(15):
            await settled.wait()
        return told

    async def send(self, outbound: Outbound, line: Line | None = None) -> Sent | PluginError:
        """What becomes of a send. Any other error than those of a channel breaks the contract."""
        self.fresh()
        try:
            return await self.channel.send(line or self.line, outbound)
        except PluginError as told:
            return one_of_three(told)


def one_of_three(told: PluginError) -> PluginError:
    """The error itself, when it is one that a channel may raise, with a sentence for people."""
    assert isinstance(told, Retryable | Rejected | LoggedOut), f"{type(told).__name__} is none of the three"
    assert told.sentence.strip(), "It says nothing."
    return told


Check = Callable[[Subject], Awaitable[None]]


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


async def marking_as_read_keeps_the_contract(subject: Subject) -> None:
    """Outside transactions, with the errors of `send`."""
    channel = subject.channel
    if not isinstance(channel, MarksRead):
        return
    for external_id, typing in ((subject.quoted, False), (subject.quoted, True), ("never-was", False)):
        try:
            await channel.mark_read(subject.line, Seen(external_id, (subject.to,), (subject.to,)), typing=typing)
        except PluginError as told:
            one_of_three(told)


async def fetching_what_is_not_there_keeps_the_contract(subject: Subject) -> None:
    """And leaves nothing that could be taken for the file."""
    channel, into = subject.channel, subject.folder / "fetched"
    if not isinstance(channel, FetchesMedia):
        return
    try:
        await channel.fetch(subject.line, MediaRef("999999999"), into, limit=1_000)
    except PluginError as told:
        one_of_three(told)
    else:
        raise AssertionError("A file was fetched that is not there.")


async def a_webhook_is_read_only_when_it_is_authentic_and_never_breaks_the_reader(subject: Subject) -> None:
    """The signature is looked at before anything is parsed; what is no document is told apart from a strange one."""
    channel = subject.channel
    if not isinstance(channel, ReceivesWebhooks):
        return
    assert channel.line_ref(subject.line.options)
    wrong = {"x-hub-signature-256": "sha256=00", "x-fake-token": "wrong"}
    for body in (b"", b"{}", b"[]", b'{"entry": [{"changes": [null]}]}', b"\xff\xfe"):
        assert channel.verify(body, wrong, [subject.line]) == frozenset()
        assert channel.verify(body, {}, [subject.line]) == frozenset()
        try:
            deliveries = channel.parse(body)
        except NotADocument:
            assert body in (b"", b"\xff\xfe")
        else:
            assert all(isinstance(delivery, Delivery) for delivery in deliveries)


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
    marking_as_read_keeps_the_contract,
    fetching_what_is_not_there_keeps_the_contract,
    a_webhook_is_read_only_when_it_is_authentic_and_never_breaks_the_reader,
    closing_twice_does_no_harm,
)
