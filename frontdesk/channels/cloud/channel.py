"""The channel `cloud`: lines of Meta's WhatsApp Business Cloud API."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from frontdesk.channels.base import Capabilities, Emit
from frontdesk.channels.cloud import bodies, envelope, faults, redaction, webhooks
from frontdesk.channels.cloud.check import check
from frontdesk.channels.cloud.files import Downloads, Uploads, taken_as
from frontdesk.channels.cloud.graph import Answer, Graph, Unanswered, refusal
from frontdesk.channels.cloud.options import Options as CloudOptions
from frontdesk.channels.cloud.pace import Grant, Pace, Tries
from frontdesk.channels.cloud.shapes import ident
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Delivery, Fetched, Line, LineState, MediaRef, Outbound, Seen, Sent
from frontdesk.kit import guard
from frontdesk.kit.clock import Clock, SystemClock
from frontdesk.kit.errors import PluginError, Rejected, Retryable

_DOUBT = "The message may have gone out: it is settled by its receipt, or by you."


class CloudChannel:
    """All lines of the Cloud API. They share one HTTP client; rates are kept per number and per person."""

    name: ClassVar[str] = "cloud"
    Options: ClassVar[type[BaseModel]] = CloudOptions
    capabilities: ClassVar[Capabilities] = Capabilities(
        kinds=bodies.KINDS,
        title="WhatsApp Business Cloud API",
        window=True,
        templates=True,
        settles=True,
        text_limit=bodies.TEXT,
    )

    def __init__(self, clock: Clock | None = None) -> None:
        self._graph = Graph()
        self._uploads = Uploads(self._graph)
        self._downloads = Downloads(self._graph)
        self._pace = Pace(clock or SystemClock())
        self._tries = Tries()
        self._lines: Sequence[Line] = ()
        self._hidden: redaction.Secrets = ()
        self._signers = webhooks.Signers(())

    async def connect(self, line: Line, emit: Emit) -> None:
        """Ask Meta whether the token is good for the number. Only a clear no stops the line."""
        guard.outside_transaction()
        emit(line.account_id, LineState(State.CONNECTING))
        emit(line.account_id, await check(self._graph, line.options))

    async def disconnect(self, line: Line) -> None:
        """Nothing is held for a line: its events come by webhook."""

    async def close(self) -> None:
        """Let go of all connections."""
        await self._graph.close()

    def verify(self, body: bytes, headers: Mapping[str, str], lines: Sequence[Line]) -> frozenset[str]:
        """The account ids for which the raw bytes are authentic. The secrets of the lines are kept out of `parse`."""
        if lines is not self._lines:
            self._lines, self._hidden, self._signers = lines, redaction.secrets_of(lines), webhooks.Signers(lines)
        return self._signers.verify(body, headers)

    def parse(self, body: bytes) -> tuple[Delivery, ...]:
        """Everything in the body, whatever is broken in it as Damaged.

        Raises:
            NotADocument: the bytes are no JSON document.
        """
        return envelope.parse(body, self._hidden)

    def challenge(self, query: Mapping[str, str], lines: Sequence[Line]) -> str | None:
        """The text to answer Meta's verification request with, as plain text; None to refuse it with 403.

        Raises:
            MissingChallenge: answer it with 400.
        """
        return webhooks.challenge(query, lines)

    def line_ref(self, options: Any) -> str:
        """The phone number id, by which deliveries are routed."""
        known: CloudOptions = options
        return known.phone_number_id

    def foresee(self, outbound: Outbound) -> None:
        """Refuse what breaks one of Meta's limits of kind, length and size. Raises Rejected."""
        bodies.body(outbound)
        if outbound.kind in bodies.MEDIA and outbound.media is not None:
            taken_as(outbound.kind, outbound.media)

    def share_pace(self, senders: int) -> None:
        """Keep to a share of what each number may send in a second."""
        self._pace.senders = senders

    async def send(self, line: Line, outbound: Outbound) -> Sent:
        """Send one message, within Meta's limits of size and rate.

        Raises:
            Retryable: surely not sent, try again later.
            Rejected: refused for good.
            LoggedOut: the line may no longer be used.
        """
        guard.outside_transaction()
        options: CloudOptions = line.options
        self.foresee(outbound)
        grant = self._pace.take(
            number=options.phone_number_id,
            to=bodies.chosen(outbound.to).value,
            per_second=options.messages_per_second,
        )
        try:
            sent = await self._post(options, outbound)
        except PluginError as error:
            settled = self._settle(options, outbound, grant, error)
            if settled is error:
                raise
            raise settled from error
        self._pace.accepted(grant)
        self._forget(options, outbound)
        return sent

    async def _post(self, options: CloudOptions, outbound: Outbound) -> Sent:
        media_id = await self._uploads.upload(options, outbound) if outbound.kind in bodies.MEDIA else None
        try:
            answer = await self._graph.post(
                options, f"{options.phone_number_id}/messages", bodies.body(outbound, media_id)
            )
            return _sent(answer)
        except Unanswered as silence:
            return Sent(external_id=None, doubt=f"{silence.sentence} {_DOUBT}")

    def _settle(self, options: CloudOptions, outbound: Outbound, grant: Grant, error: PluginError) -> PluginError:
        """What a refusal means for those who come next, and for this message."""
        if not isinstance(error, Retryable):
            self._forget(options, outbound)
            return error
        growth = tries = None
        if error.code is not None and error.code.isdecimal():
            meaning = faults.fault(int(error.code))
            growth, tries = meaning.growth, meaning.tries
        else:
            self._pace.give_back(grant)  # it never got to Meta
        if tries is not None and self._tries.count(outbound.our_id) > tries:
            self._forget(options, outbound)
            return Rejected(f"{error.sentence} It was tried {tries + 1} times.", code=error.code)
        after = self._pace.refused(grant, error.scope, after=error.after, growth=growth)
        return Retryable(error.sentence, after=after, scope=error.scope, code=error.code)

    def _forget(self, options: CloudOptions, outbound: Outbound) -> None:
        self._tries.forget(outbound.our_id)
        self._uploads.forget(options, outbound)

    async def mark_read(self, line: Line, seen: Seen, *, typing: bool = False) -> None:
        """Mark a message, and what came before it, as read; `typing` shows for up to 25 seconds that one writes.

        Raises:
            Retryable, Rejected, LoggedOut: as for `send`; an unknown outcome is Retryable, as twice does no harm.
        """
        guard.outside_transaction()
        options: CloudOptions = line.options
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": seen.external_id}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        try:
            answer = await self._graph.post(options, f"{options.phone_number_id}/messages", body)
            if not answer.fine:
                raise refusal(answer)
        except Unanswered as silence:
            raise Retryable(silence.sentence) from silence

    async def fetch(self, line: Line, media: MediaRef, into: Path, *, limit: int) -> Fetched:
        """Download into the file `into`, at most `limit` bytes; the raised errors are those of `send`."""
        guard.outside_transaction()
        return await self._downloads.fetch(line.options, media, into, limit)


def _sent(answer: Answer) -> Sent:
    if not answer.fine:
        raise refusal(answer)
    messages = (answer.document or {}).get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    external_id = ident(first.get("id")) if isinstance(first, dict) else None
    if external_id is None:
        raise Unanswered("WhatsApp answered without an id for the message.")
    return Sent(external_id)
