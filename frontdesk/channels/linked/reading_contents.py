"""What a message holds: its kind, text, file and the rest, in the shapes that every channel uses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from frontdesk.channels.linked import reading_cards, reading_choices, reading_media, reading_people
from frontdesk.channels.linked.reading_people import Own
from frontdesk.channels.linked.reading_said import Said, objects
from frontdesk.domain.messages import MEDIA
from frontdesk.kit.clock import to_datetime, to_iso
from frontdesk.kit.loose import Json, clean, ident, number, record, whole, words

VIEW_ONCE = "View once: open it on your phone."
ON_THE_PHONE = "Open WhatsApp on your phone to see it."
MANY_TIMES = 5  # hops after which WhatsApp calls a message forwarded many times
_LARGEST_RAW = 16 * 1024
_SAME_AGAIN = "_CHILD"  # the same picture or film once more, in another quality or with its motion

# Messages around a message. Whatever they are, they hold another one under `message`.
_VIEW_ONCE_WRAPPERS = frozenset({"viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension"})
_EDIT_WRAPPER = "editedMessage"
_COMMENT = "commentMessage"
_WRAPPERS = _VIEW_ONCE_WRAPPERS | {
    "associatedChildMessage", "audioStickerMessage", "botForwardedMessage", "botInvokeMessage", "botTaskMessage",
    "deviceSentMessage", "documentWithCaptionMessage", "ephemeralMessage", "eventCoverImage", "groupMentionedMessage",
    "limitSharingMessage", "lottieStickerMessage", "newsletterScheduledMessage", "pollCreationMessageV4",
    "pollCreationOptionImageMessage", "questionMessage", "questionReplyMessage", "spoilerMessage", _COMMENT,
    _EDIT_WRAPPER,
}  # fmt: skip

# Parts that say nothing to people: keys, bookkeeping between devices, and everything about status posts.
_SILENT = frozenset({
    "acp2SettingMessage", "albumMessage", "bcallMessage", "call", "chat", "encReactionMessage", "groupRootKeyShare",
    "fastRatchetKeySenderKeyDistributionMessage", "groupStatusMentionMessage", "groupStatusMessage",
    "groupStatusMessageV2", "keepInChatMessage", "messageContextInfo", "messageHistoryBundle", "messageHistoryNotice",
    "rootSecretDistributeMessage", "senderKeyDistributionMessage", "statusAddYours", "statusLinkPreviewMetadata",
    "statusMentionMessage", "statusNotificationMessage", "statusQuestionAnswerMessage", "statusQuotedMessage",
    "statusStickerInteractionMessage", "stickerSyncRmrMessage",
})  # fmt: skip

# What linked devices cannot show, and what it is called.
_ON_THE_PHONE = {
    "cancelPaymentRequestMessage": "A payment request was withdrawn.",
    "declinePaymentRequestMessage": "A payment request was declined.",
    "invoiceMessage": "An invoice.",
    "paymentInviteMessage": "An invitation to payments.",
    "paymentReminderMessage": "A reminder of a payment.",
    "placeholderMessage": "A message that WhatsApp shows on the phone only.",
    "requestPaymentMessage": "A payment request.",
    "sendPaymentMessage": "A payment.",
    "splitPaymentMessage": "A shared bill.",
    "splitPaymentUpdateMessage": "A shared bill has changed.",
    "stickerPackMessage": "A pack of stickers.",
}

# Small events in a chat, told in the middle of it; they wake nobody.
_NOTES = {
    "pollUpdateMessage": "A vote was cast in a poll. Open WhatsApp on your phone to see the votes.",
    "pollAddOptionMessage": "An option was added to a poll. Open WhatsApp on your phone to see it.",
    "encEventResponseMessage": "An invitation to an event was answered. Open WhatsApp on your phone to see how.",
    "encCommentMessage": "A comment was written. Open WhatsApp on your phone to see it.",
    "requestPhoneNumberMessage": "The phone number of this line was asked for.",
    "scheduledCallEditMessage": "A planned call was called off.",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A message without its wrappers, and what they said."""

    message: Json
    view_once: bool = False
    edited: bool = False
    about: str | None = None  # the message that a comment is about
    parts: tuple[str, ...] = field(default=())


def unwrap(message: Any) -> Opened:
    """Take off every wrapper, however many there are."""
    found, view_once, edited, about = record(message), False, False, None
    while True:
        wrapper = next((name for name in found if name in _WRAPPERS and _inside(found[name]) is not None), None)
        if wrapper is None:
            break
        if wrapper == _COMMENT:
            about = reading_people.key(found[wrapper].get("targetMessageKey"))[0]
        view_once, edited = view_once or wrapper in _VIEW_ONCE_WRAPPERS, edited or wrapper == _EDIT_WRAPPER
        found = record(_inside(found[wrapper]))
    parts = tuple(name for name in found if name not in _SILENT)
    return Opened(found, view_once, edited, about, parts)


def _inside(wrapper: Any) -> Json | None:
    held = wrapper.get("message") if isinstance(wrapper, dict) else None
    return held if isinstance(held, dict) else None


def read(opened: Opened, own: Own) -> Said | None:
    """What the message says; None where it says nothing to people."""
    name = next((part for part in opened.parts if part in _READERS), None)
    if name is None:
        return _unknown(opened)
    part = opened.message[name]
    said = _READERS[name](part)
    context = record(part).get("contextInfo")
    if said is None or str(record(context).get("pairedMediaType")).endswith(_SAME_AGAIN):
        return None
    said = _with_context(said, context, own)
    if opened.about and not said.reply_to:
        said = replace(said, reply_to=opened.about)
    once = opened.view_once or record(part).get("viewOnce") is True
    return seen_once(said) if once and said.kind in MEDIA else said


def seen_once(said: Said) -> Said:
    """The same without its file: what may be seen once is seen on the phone."""
    content = {name: value for name, value in said.content.items() if name not in ("thumbnail", "raw")}
    return replace(said, text=VIEW_ONCE, media=None, content=content | {"view_once": True})


def _unknown(opened: Opened) -> Said | None:
    if not opened.parts:
        return None
    name = opened.parts[0]
    return _unsupported(name, opened.message[name], _ON_THE_PHONE.get(name))


def _unsupported(name: str, part: Any, text: str | None) -> Said:
    said = Said("unsupported", f"{text} {ON_THE_PHONE}" if text else None, content={"unsupported_type": name[:80]})
    return replace(said, content={**said.content, "raw": kept}) if (kept := _small(part)) else said


def _small(part: Any) -> Any:
    kept = clean(part)
    return kept if len(orjson.dumps(kept)) <= _LARGEST_RAW else None


# Context: what a message answers, whom it names, how often it was passed on


def _with_context(said: Said, context: Any, own: Own) -> Said:
    if not isinstance(context, dict):
        return said
    extra: Json = dict(_told_beside(context, own))
    return replace(said, content={**said.content, **extra}, reply_to=said.reply_to or ident(context.get("stanzaID")))


def _told_beside(context: Json, own: Own) -> Iterator[tuple[str, Any]]:
    given = context.get("mentionedJID")
    mentions = reading_people.texts(given) if isinstance(given, list) else []
    if mentions:
        yield "mentions", [str(one) for one in dict.fromkeys(mentions)]
        if any(map(own.has, mentions)):
            yield "mentions_us", True
    if (whole(context.get("forwardingScore")) or 0) >= MANY_TIMES:
        yield "forwarded", "many"
    elif context.get("isForwarded") is True:
        yield "forwarded", True
    if expires := whole(context.get("expiration")):
        yield "expires_after", expires
    if advertisement := _referral(record(context.get("externalAdReply"))):
        yield "referral", advertisement


def _referral(told: Json) -> Json:
    """The advertisement or link that brought the person here, in the words of the Cloud API."""
    names = {
        "sourceURL": "source_url", "sourceType": "source_type", "sourceID": "source_id",
        "title": "headline", "body": "body", "ctwaClid": "ctwa_clid",
    }  # fmt: skip
    return {ours: text for theirs, ours in names.items() if (text := words(told.get(theirs)))}


# The kinds


def _text(part: Any) -> Said | None:
    text = words(part) if isinstance(part, str) else words(record(part).get("text"))
    return Said("text", text) if text else None


def _media(name: str) -> Callable[[Any], Said]:
    kind, keys = reading_media.KINDS[name]

    def read_media(part: Any) -> Said:
        given = record(part)
        found, content = reading_media.reference(given, keys), reading_media.beside(name, given)
        if found is None and (kept := _small(part)):
            content = {"raw": kept} | content
        return Said(kind, words(given.get("caption")) or None, found, content)

    return read_media


def _location(part: Any) -> Said:
    told = record(part)
    content: Json = {
        "latitude": number(told.get("degreesLatitude")),
        "longitude": number(told.get("degreesLongitude")),
        "name": words(told.get("name")) or None,
        "address": words(told.get("address")) or None,
        "url": words(told.get("URL")) or None,
    }
    if content["latitude"] is None or content["longitude"] is None:
        content["raw"] = _small(part)
    if told.get("isLive") is True:
        content["live"] = True
    preview = reading_media.thumbnail(told.get("JPEGThumbnail"))
    content |= {"thumbnail": preview} if preview else {}
    return Said("location", words(told.get("comment")) or words(told.get("caption")) or None, content=content)


def _live_location(part: Any) -> Said:
    said = _location(part)
    return replace(said, content={**said.content, "live": True})


def _contact(part: Any) -> Said:
    return Said("contacts", content={"contacts": [reading_cards.of_part(part)]})


def _contacts(part: Any) -> Said:
    return Said("contacts", content={"contacts": [reading_cards.of_part(one) for one in objects(part, "contacts")]})


def _reaction(part: Any) -> Said:
    emoji = words(record(part).get("text")) or None  # an empty text takes the reaction back
    target, _, _ = reading_people.key(record(part).get("key"))
    return Said("reaction", emoji, content={"emoji": emoji, "target": target})


def _poll(part: Any) -> Said:
    question = words(record(part).get("name")) or "Poll"
    options = [words(option.get("optionName")) or "" for option in objects(part, "options")]
    text = "\n".join([f"Poll: {question}", *(f"• {option}" for option in options)])
    most = whole(record(part).get("selectableOptionsCount"))
    return Said("text", text, content={"poll": {"question": question, "options": options, "selectable": most}})


def _poll_result(part: Any) -> Said:
    question = words(record(part).get("name")) or "Poll"
    votes = {
        words(vote.get("optionName")) or "": whole(vote.get("optionVoteCount")) or 0
        for vote in objects(part, "pollVotes")
    }
    text = "\n".join([f"Result of a poll: {question}", *(f"• {option}: {count}" for option, count in votes.items())])
    return Said("text", text, content={"poll": {"question": question, "options": list(votes), "votes": votes}})


def _event(part: Any) -> Said:
    told = record(part)
    name, place = words(told.get("name")) or "without a name", record(told.get("location"))
    starts, ends = (reading_people.moment(told.get(key)) for key in ("startTime", "endTime"))
    where = words(place.get("name")) or words(place.get("address"))
    lines = [
        f"Event: {name}" if told.get("isCanceled") is not True else f"Event called off: {name}",
        words(told.get("description")),
        f"When: {_when(starts)}" + (f" to {_when(ends)}" if ends else "") if starts else None,
        f"Where: {where}" if where else None,
        words(told.get("joinLink")),
    ]
    content = {"event": {"name": name, "start": to_iso(starts), "end": to_iso(ends)}}
    return Said("text", "\n".join(filter(None, lines)), content=content)


def _when(at: int) -> str:
    day = to_datetime(at, "UTC")
    return f"{day.day} {day:%B %Y, %H:%M} UTC"


def _planned_call(part: Any) -> Said:
    at, title = reading_people.moment(record(part).get("scheduledTimestampMS")), words(record(part).get("title"))
    called = f"Planned call: {title}" if title else "Planned call"
    return Said("text", f"{called}, {_when(at)}" if at is not None else called)


def _group_invite(part: Any) -> Said:
    name, caption = words(record(part).get("groupName")) or "", words(record(part).get("caption"))
    group = reading_people.of_text(record(part).get("groupJID"))
    text = f"Invitation to the group “{name}”." if name else "Invitation to a group."
    content = {"group_invite": {"name": name, "group": str(group) if group else None}}
    return Said("text", "\n".join(filter(None, [text, caption])), content=content)


def _call_log(part: Any) -> Said:
    word = "video call" if record(part).get("isVideo") is True else "voice call"
    missed = record(part).get("callOutcome") in ("MISSED", "SILENCED_BY_DND", "SILENCED_UNKNOWN_CALLER")
    return Said("system", f"A {word} was missed." if missed else f"A {word}.", content={"system_type": "call"})


def _pin(part: Any) -> Said | None:
    target, _, _ = reading_people.key(record(part).get("key"))
    if record(part).get("type") == "UNPIN_FOR_ALL":
        return None
    return Said("system", "A message was pinned.", content={"system_type": "pinned", "about": target})


def _note(name: str) -> Callable[[Any], Said]:
    said = Said("system", _NOTES[name], content={"system_type": name})
    return lambda part: said


_READERS: dict[str, Callable[[Any], Said | None]] = {
    "conversation": _text,
    "extendedTextMessage": _text,
    **{name: _media(name) for name in reading_media.KINDS},
    "locationMessage": _location,
    "liveLocationMessage": _live_location,
    "contactMessage": _contact,
    "contactsArrayMessage": _contacts,
    "reactionMessage": _reaction,
    **dict.fromkeys(("pollCreationMessage", *(f"pollCreationMessageV{version}" for version in (2, 3, 4, 5, 6))), _poll),
    **dict.fromkeys(("pollResultSnapshotMessage", "pollResultSnapshotMessageV3"), _poll_result),
    "eventMessage": _event,
    "scheduledCallCreationMessage": _planned_call,
    "groupInviteMessage": _group_invite,
    "callLogMesssage": _call_log,
    "pinInChatMessage": _pin,
    **reading_choices.READERS,
    **{name: _note(name) for name in _NOTES},
}
