"""Chats and messages in other systems' words, made from the shapes that our own API gives."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from mimetypes import guess_extension

from frontdesk.web.api.shapes import Chat, Media, Message, Shape

FROM_LINES = ("contact", "phone")  # whose messages have their id from the line; the others have ours first


class OtherChat(Shape):
    """A chat. `id` is the address on WhatsApp, `chat_id` our id. `ai_enabled` also where the agent writes drafts."""

    id: str
    chat_id: str
    account_id: str
    phone_number: str | None
    name: str
    is_group: bool
    is_active: bool
    ai_enabled: bool
    is_whitelisted: bool
    agent_mode: str
    unread_count: int
    last_message: str | None
    last_message_time: str | None


class OtherMessage(Shape):
    """A message. `llm_response`: what the agent answered to it, as far as it stands on the same page."""

    id: str
    whatsapp_id: str | None
    chat_id: str
    body: str
    message_type: str
    from_me: bool
    timestamp: str | None
    status: str
    has_media: bool
    media_path: str | None
    llm_processed: bool
    llm_response: str | None


def address_of(chat: Chat) -> str:
    """The chat's id on WhatsApp: of the phone where one is known, else of the person or group; else ours."""
    return f"{chat.phone}@c.us" if chat.phone else chat.address or chat.id


def message_id(message: Message) -> str:
    """The id under which a message is known first: the line's for what came from there, ours for what we write."""
    return (message.external_id if message.author in FROM_LINES else None) or message.id


def file_name(media: Media | None) -> str | None:
    """What a file is asked for by: our id, with the ending of its kind."""
    if media is None or media.state != "stored":
        return None
    return f"{media.id}{guess_extension((media.mime or '').partition(';')[0]) or ''}"


def other_chat(chat: Chat) -> OtherChat:
    """A chat in other words."""
    return OtherChat(
        id=address_of(chat),
        chat_id=chat.id,
        account_id=chat.account_id,
        phone_number=chat.phone,
        name=chat.name,
        is_group=chat.is_group,
        is_active=chat.state != "resolved",
        ai_enabled=chat.agent_mode != "off",
        is_whitelisted=chat.trusted,
        agent_mode=chat.agent_mode,
        unread_count=chat.unread,
        last_message=chat.last_message.text,
        last_message_time=chat.last_message_at,
    )


def other_messages(messages: Sequence[Message], chat: Chat) -> list[OtherMessage]:
    """The messages of one chat in other words."""
    answers = _answers(messages)
    return [_other_message(message, chat, answers) for message in messages]


def _answers(messages: Iterable[Message]) -> dict[str, str]:
    """What the agent said in each turn."""
    said: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        if message.author == "agent" and message.turn_id and message.text:
            said[message.turn_id].append(message.text)
    return {turn: "\n".join(texts) for turn, texts in said.items()}


def _other_message(message: Message, chat: Chat, answers: dict[str, str]) -> OtherMessage:
    asked = message.turn_id if message.direction == "inbound" else None
    return OtherMessage(
        id=message_id(message),
        whatsapp_id=message.external_id,
        chat_id=address_of(chat),
        body=message.text or "",
        message_type=message.kind,
        from_me=message.direction == "outbound",
        timestamp=message.provider_time,
        status=message.status,
        has_media=message.media is not None,
        media_path=file_name(message.media),
        llm_processed=asked is not None,
        llm_response=answers.get(asked) if asked else None,
    )
