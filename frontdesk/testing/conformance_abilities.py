"""What a channel has to keep that has one of the optional abilities. Whoever lacks one passes its check."""

from frontdesk.channels.base import (
    FetchesMedia,
    FindsPeople,
    HasVitals,
    MarksRead,
    NotADocument,
    Pairs,
    ReceivesWebhooks,
    Types,
    Unlinks,
    Watched,
)
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Delivery, MediaRef, Seen, Sent
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.testing.subject import Check, Subject, one_of_three


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


async def looking_for_a_person_keeps_the_contract(subject: Subject) -> None:
    """Who is there is found by an address that can be written to; who is not, by none; and an absent line says so."""
    channel = subject.channel
    if not isinstance(channel, FindsPeople):
        return
    found = await channel.find_person(subject.line, subject.to)
    assert found
    assert isinstance(await subject.send(subject.example("text", to=found)), Sent)
    assert await channel.find_person(subject.line, Address(AddressKind.PHONE, "4930")) == ()
    try:
        await channel.find_person(subject.absent, subject.to)
    except PluginError as told:
        one_of_three(told)
    else:
        raise AssertionError("It found somebody by a line that was never up.")


async def showing_that_somebody_writes_keeps_the_contract(subject: Subject) -> None:
    """Outside transactions, with the errors of `send`; also to nobody."""
    channel = subject.channel
    if not isinstance(channel, Types):
        return
    for to, writing in (((subject.to,), True), ((subject.to,), False), ((), True)):
        try:
            await channel.show_typing(subject.line, to, writing=writing)
        except PluginError as told:
            one_of_three(told)


async def a_code_for_a_line_that_stands_is_refused(subject: Subject) -> None:
    """Or it is told to try again: never does a code appear for a line that is linked."""
    channel = subject.channel
    if not isinstance(channel, Pairs):
        return
    await subject.connect(subject.line)
    refusal: PluginError | None = None
    try:
        await channel.pair_by_code(subject.line, "447700900999")
    except PluginError as told:
        refusal = one_of_three(told)
    assert isinstance(refusal, Retryable | Rejected), "It asked for a code, though it is linked."


async def looking_after_a_good_line_leaves_it_up(subject: Subject) -> None:
    """It is asked every few minutes; also of lines that were never brought up."""
    channel = subject.channel
    if not isinstance(channel, Watched):
        return
    for line in (subject.line, subject.absent):
        await channel.check(line)
    assert isinstance(await subject.send(subject.example("text")), Sent)


async def its_vitals_are_plain_numbers_of_its_lines(subject: Subject) -> None:
    """They stand in the metrics."""
    channel = subject.channel
    if not isinstance(channel, HasVitals):
        return
    for account_id, vitals in channel.vitals().items():
        assert account_id == subject.line.account_id
        assert vitals.restarts >= 0
        assert vitals.waiting >= 0
        assert vitals.memory is None or vitals.memory > 0


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


async def logging_out_always_works_and_ends_the_line(subject: Subject) -> None:
    """Whether the other side can be reached or not, twice, and for lines that were never up."""
    channel = subject.channel
    if not isinstance(channel, Unlinks):
        return
    for line in (subject.line, subject.line, subject.absent):
        assert await channel.log_out(line, lambda _account_id, _what: None) in (True, False)
    try:
        sent: object = await channel.send(subject.line, subject.example("text"))
    except PluginError as told:
        sent = one_of_three(told)
    assert not isinstance(sent, Sent) or sent.external_id is None


ABILITIES: tuple[Check, ...] = (
    marking_as_read_keeps_the_contract,
    looking_for_a_person_keeps_the_contract,
    showing_that_somebody_writes_keeps_the_contract,
    a_code_for_a_line_that_stands_is_refused,
    looking_after_a_good_line_leaves_it_up,
    its_vitals_are_plain_numbers_of_its_lines,
    fetching_what_is_not_there_keeps_the_contract,
    a_webhook_is_read_only_when_it_is_authentic_and_never_breaks_the_reader,
    logging_out_always_works_and_ends_the_line,
)
