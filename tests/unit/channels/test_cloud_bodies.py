"""What is sent to Meta for each kind, and what is refused before it is sent."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr, ValidationError

from frontdesk.channels.cloud import CloudChannel, Options
from frontdesk.channels.cloud.bodies import KINDS, body
from frontdesk.channels.cloud.files import may_be_asked, taken_as
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Line, MediaFile, Outbound
from frontdesk.kit.errors import Rejected

PHONE = Address(AddressKind.PHONE, "447700900123")
USER = Address(AddressKind.USER, "GB.5520918837410026")
GROUP = Address(AddressKind.GROUP, "Y2FwaV9ncm91cDox")
LID = Address(AddressKind.LID, "1234")
MB = 1024 * 1024


def file(mime: str = "image/png", size: int = 10, **more: Any) -> MediaFile:
    return MediaFile(Path("unread"), mime, size, **more)


def made(kind: str, *, to: tuple[Address, ...] = (PHONE,), **parts: Any) -> Any:
    return body(Outbound("msg_1", to, kind, **parts), media_id="901")


def refused(kind: str, **parts: Any) -> str:
    with pytest.raises(Rejected) as caught:
        made(kind, **parts)
    return caught.value.sentence


def test_text_goes_to_the_number_with_a_plus_and_carries_our_id() -> None:
    assert made("text", text="Hello") == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+447700900123",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "msg_1",
    }


def test_text_with_a_link_shows_its_preview() -> None:
    assert made("text", text="See https://example.test")["text"]["preview_url"] is True


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ((PHONE, USER), {"recipient_type": "individual", "to": "+447700900123"}),
        ((USER, PHONE), {"recipient_type": "individual", "to": "+447700900123"}),
        ((LID, USER), {"recipient_type": "individual", "recipient": "GB.5520918837410026"}),
        ((GROUP,), {"recipient_type": "group", "to": "Y2FwaV9ncm91cDox"}),
    ],
)
def test_recipient_is_a_group_or_a_phone_or_else_a_user_id(to: Any, expected: dict[str, str]) -> None:
    sent = made("text", to=to, text="x")
    assert {key: sent[key] for key in ("recipient_type", "to", "recipient") if key in sent} == expected


@pytest.mark.parametrize("to", [(), (LID,)])
def test_somebody_without_a_usable_address_is_refused(to: Any) -> None:
    assert "no phone number" in refused("text", to=to, text="x")


def test_reply_quotes_its_message() -> None:
    assert made("text", text="x", reply_to="wamid.9")["context"] == {"message_id": "wamid.9"}


def test_reaction_names_its_target_and_quotes_nothing() -> None:
    sent = made("reaction", reply_to="wamid.8", content={"emoji": "👍", "target": "wamid.9"})
    assert sent["reaction"] == {"message_id": "wamid.9", "emoji": "👍"}
    assert "context" not in sent


def test_reaction_without_emoji_takes_it_back() -> None:
    assert made("reaction", content={"emoji": None, "target": "w"})["reaction"]["emoji"] == ""


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_file_carries_its_caption(kind: str) -> None:
    assert made(kind, text="look", media=file())[kind]["caption"] == "look"


def test_document_carries_a_harmless_name() -> None:
    sent = made("document", media=file("application/pdf", name='../a"b\nc.pdf'))
    assert sent["document"] == {"id": "901", "filename": "..abc.pdf"}
    assert made("document", media=file("application/pdf"))["document"]["filename"] == "document"


def test_voice_note_is_marked() -> None:
    assert made("audio", media=file("audio/ogg", voice=True))["audio"] == {"id": "901", "voice": True}
    assert made("audio", media=file("audio/mpeg"))["audio"] == {"id": "901"}


def test_template_names_its_language() -> None:
    components = [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]
    sent = made("template", content={"name": "visit", "language": "pt_PT", "components": components})
    assert sent["template"] == {"name": "visit", "language": {"code": "pt_PT"}, "components": components}
    assert made("template", content={"name": "v", "language": {"code": "en"}})["template"] == {
        "name": "v",
        "language": {"code": "en"},
    }


def test_location_is_sent_with_name_and_address() -> None:
    content = {"latitude": 38.7, "longitude": -9.1, "name": "Desk", "address": "Quay 4"}
    assert made("location", content=content)["location"] == content


def buttons(count: int, **parts: Any) -> dict[str, Any]:
    return {"buttons": [{"id": f"b{n}", "title": f"Title {n}"} for n in range(count)], **parts}


def test_buttons_have_header_and_footer() -> None:
    sent = made("buttons", text="Which?", content=buttons(2, header="Hi", footer="Bye"))
    assert sent["type"] == "interactive"
    assert sent["interactive"] == {
        "type": "button",
        "body": {"text": "Which?"},
        "header": {"type": "text", "text": "Hi"},
        "footer": {"text": "Bye"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "b0", "title": "Title 0"}},
                {"type": "reply", "reply": {"id": "b1", "title": "Title 1"}},
            ]
        },
    }


def rows(count: int, start: int = 0) -> list[dict[str, str]]:
    return [{"id": f"r{n}", "title": f"Row {n}"} for n in range(start, start + count)]


def test_list_has_sections_and_rows() -> None:
    sections = [{"title": "One", "rows": [{"id": "r0", "title": "Row", "description": "what"}]}]
    sent = made("list", text="Which?", content={"button": "Open", "sections": sections})
    assert sent["interactive"]["action"] == {"button": "Open", "sections": sections}


@pytest.mark.parametrize(
    ("kind", "parts", "said"),
    [
        ("text", {"text": "x" * 4097}, "4097"),
        ("text", {"text": ""}, "empty"),
        ("text", {"text": " \n"}, "empty"),
        ("text", {}, "empty"),
        ("hologram", {"text": "x"}, "hologram"),
        ("image", {}, "no file"),
        ("image", {"media": file(), "text": "x" * 1025}, "1025"),
        ("audio", {"media": file("audio/mpeg"), "text": "x"}, "no text"),
        ("sticker", {"media": file("image/webp"), "text": "x"}, "no text"),
        ("reaction", {"content": {"emoji": "👍"}}, "to which message"),
        ("reaction", {"content": {"emoji": "x" * 33, "target": "w"}}, "one emoji"),
        ("template", {"content": {"language": "en"}}, "name"),
        ("template", {"content": {"name": "v"}}, "language"),
        ("template", {"content": {"name": "v", "language": "en", "components": "x"}}, "components"),
        ("location", {"content": {"latitude": 91, "longitude": 0}}, "latitude"),
        ("location", {"content": {"latitude": "1", "longitude": 0}}, "latitude"),
        ("buttons", {"text": "x", "content": buttons(0)}, "0 buttons"),
        ("buttons", {"text": "x", "content": buttons(4)}, "4 buttons"),
        ("buttons", {"text": "x", "content": {"buttons": ["x"]}}, "0 buttons"),
        ("buttons", {"text": "x", "content": {"buttons": [{"id": "a", "title": "x" * 21}]}}, "21"),
        ("buttons", {"text": "x", "content": {"buttons": [{"id": "a" * 257, "title": "x"}]}}, "257"),
        ("buttons", {"text": "x", "content": {"buttons": [{"id": c, "title": "x"} for c in "ab"]}}, "same title"),
        ("buttons", {"text": "x", "content": {"buttons": [{"id": "a", "title": c} for c in "ab"]}}, "same id"),
        ("buttons", {"text": "x" * 1025, "content": buttons(1)}, "1025"),
        ("buttons", {"text": "x", "content": buttons(1, header="x" * 61)}, "header"),
        ("buttons", {"text": "x", "content": buttons(1, footer="x" * 61)}, "footer"),
        ("list", {"text": "x", "content": {"button": "Open", "sections": []}}, "0 sections"),
        ("list", {"text": "x", "content": {"button": "Open", "sections": [{"rows": rows(11)}]}}, "11 rows"),
        ("list", {"text": "x", "content": {"button": "Open", "sections": [{"title": "a", "rows": []}]}}, "0 rows"),
        ("list", {"text": "x", "content": {"button": "O" * 21, "sections": [{"rows": rows(1)}]}}, "label"),
        (
            "list",
            {"text": "x", "content": {"button": "O", "sections": [{"rows": rows(1)}, {"rows": rows(1, 1)}]}},
            "title for each",
        ),
        ("list", {"text": "x", "content": {"button": "O", "sections": [{"rows": rows(1) * 2}]}}, "same id"),
        (
            "list",
            {"text": "x", "content": {"button": "O", "sections": [{"rows": [{"id": "a", "title": "x" * 25}]}]}},
            "25",
        ),
        (
            "list",
            {
                "text": "x",
                "content": {
                    "button": "O",
                    "sections": [{"rows": [{"id": "a", "title": "x", "description": "x" * 73}]}],
                },
            },
            "73",
        ),
    ],
)
def test_what_meta_would_refuse_is_refused_here_in_words(kind: str, parts: dict[str, Any], said: str) -> None:
    assert said in refused(kind, **parts)


def test_limits_may_be_used_to_the_full() -> None:
    made("text", text="x" * 4096)
    made("image", media=file(), text="x" * 1024)
    made("buttons", text="x" * 1024, content=buttons(3, header="x" * 60, footer="x" * 60))
    sections = [{"title": f"S{n}", "rows": rows(1, n)} for n in range(10)]
    made("list", text="x" * 4096, content={"button": "O" * 20, "sections": sections})


@pytest.mark.parametrize("kind", sorted(KINDS - {"text", "template", "image", "video", "audio", "document", "sticker"}))
def test_groups_take_only_texts_files_and_templates(kind: str) -> None:
    assert "group" in refused(kind, to=(GROUP,), text="x", content=buttons(1, emoji="x", target="w"))


def test_odd_characters_in_a_text_do_not_break_the_body() -> None:
    assert orjson.dumps(made("text", text="a\ud800\0b"))


def test_our_id_that_is_too_long_to_come_back_stays_here() -> None:
    sent = body(Outbound("m" * 513, (PHONE,), "text", "x"))
    assert "biz_opaque_callback_data" not in sent


# Files


@pytest.mark.parametrize(
    ("kind", "mime", "as_sent"),
    [
        ("image", "image/jpeg", "image/jpeg"),
        ("image", "IMAGE/PNG", "image/png"),
        ("audio", "audio/ogg; codecs=opus", "audio/ogg; codecs=opus"),
        ("audio", "audio/ogg", "audio/ogg; codecs=opus"),
        ("video", "video/mp4", "video/mp4"),
        ("document", "application/pdf", "application/pdf"),
        ("document", "text/csv; charset=utf-8", "text/plain"),
        ("sticker", "image/webp", "image/webp"),
    ],
)
def test_file_of_a_known_type_is_taken(kind: str, mime: str, as_sent: str) -> None:
    assert taken_as(kind, file(mime)) == as_sent


@pytest.mark.parametrize(
    ("kind", "mime", "said"),
    [
        ("image", "image/gif", "JPEG and PNG"),
        ("image", "", "unknown"),
        ("audio", "audio/wav", "AAC"),
        ("video", "video/webm", "MP4"),
        ("document", "application/zip", "PDF"),
        ("sticker", "image/png", "WebP"),
    ],
)
def test_file_of_another_type_is_refused_with_what_is_taken(kind: str, mime: str, said: str) -> None:
    with pytest.raises(Rejected, match=said):
        taken_as(kind, file(mime))


@pytest.mark.parametrize(
    ("kind", "mime", "most"),
    [
        ("image", "image/jpeg", 5 * MB),
        ("audio", "audio/mpeg", 16 * MB),
        ("video", "video/mp4", 16 * MB),
        ("document", "application/pdf", 100 * MB),
        ("sticker", "image/webp", 500 * 1024),
    ],
)
def test_file_may_have_the_size_that_meta_takes_and_no_more(kind: str, mime: str, most: int) -> None:
    taken_as(kind, file(mime, most))
    with pytest.raises(Rejected, match="at most"):
        taken_as(kind, file(mime, most + 1))
    with pytest.raises(Rejected, match="empty"):
        taken_as(kind, file(mime, 0))


# Options


def options(**given: Any) -> Options:
    return Options(**{"phone_number_id": "330000000000451", "access_token": "EAAtoken", **given})


def test_options_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValidationError, match="colour"):
        options(colour="red")


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "tökén"])
def test_token_that_fits_no_header_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(ValidationError) as caught:
        options(access_token=token)
    assert "Copy it again" in str(caught.value)
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize("url", ["graph.facebook.com", "ftp://x", "https://", "https://x?y=1"])
def test_graph_address_must_be_one(url: str) -> None:
    with pytest.raises(ValidationError, match="must look like"):
        options(graph_url=url)


def test_options_keep_secrets_out_of_sight_and_read_empty_ones_as_none() -> None:
    made_options = options(app_secret="", verify_token="word", graph_url="https://graph.example.test/v26.0/")
    assert made_options.app_secret is None
    assert made_options.verify_token == SecretStr("word")
    assert made_options.graph_url == "https://graph.example.test/v26.0"
    assert "word" not in repr(made_options)
    assert "EAAtoken" not in repr(made_options)


# Webhooks of several lines


def test_each_line_is_checked_by_its_own_secret() -> None:
    channel = CloudChannel()
    first = Line("acc_1", options(app_secret="one"))
    twin = Line("acc_2", options(app_secret="one"))
    other = Line("acc_3", options(app_secret="two"))
    bare = Line("acc_4", options())
    open_ = Line("acc_5", options(accepts_unsigned=True))
    strict = Line("acc_6", options(app_secret="three", accepts_unsigned=True))
    signature = "sha256=36641dde3b6dbc47b67ff6f0d14c8e20ae0d65e3d4a5da0f1b2b1ab7d0e0a9cc"
    lines = [first, twin, other, bare, open_, strict]
    assert channel.verify(b"{}", {"x-hub-signature-256": signature}, lines) == {"acc_5"}
    assert channel.verify(b"{}", {}, lines) == {"acc_5"}
    assert channel.verify(b"{}", {"x-hub-signature-256": _signed(b"{}", "one")}, lines) == {"acc_1", "acc_2", "acc_5"}


class _Counted(tuple[Line, ...]):
    looks = 0

    def __iter__(self) -> Iterator[Line]:
        self.looks += 1
        return super().__iter__()


def test_lines_that_stay_the_same_are_not_gone_through_again_for_each_webhook() -> None:
    channel = CloudChannel()
    lines = _Counted((Line("acc_1", options(app_secret="one")), Line("acc_2", options(app_secret="one"))))
    signed = {"x-hub-signature-256": _signed(b"{}", "one")}
    assert channel.verify(b"{}", signed, lines) == {"acc_1", "acc_2"}
    looks = lines.looks
    assert channel.verify(b"{}", signed, lines) == {"acc_1", "acc_2"}
    assert lines.looks == looks > 0


def _signed(raw: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def test_verification_takes_the_word_of_any_line() -> None:
    channel = CloudChannel()
    lines = [Line("acc_1", options()), Line("acc_2", options(verify_token="wörd"))]
    query = {"hub.mode": "subscribe", "hub.challenge": "77", "hub.verify_token": "wörd"}
    assert channel.challenge(query, lines) == "77"
    assert channel.challenge(query, lines[:1]) is None
    assert channel.challenge({**query, "hub.verify_token": ""}, lines) is None
    assert channel.challenge({**query, "hub.verify_token": "\ud800"}, lines) is None


def test_line_is_known_by_its_phone_number_id() -> None:
    assert CloudChannel().line_ref(options()) == "330000000000451"


@pytest.mark.parametrize(
    ("url", "graph", "allowed"),
    [
        ("https://lookaside.fbsbx.com/a", "https://graph.facebook.com/v26.0", True),
        ("http://lookaside.fbsbx.com/a", "https://graph.facebook.com/v26.0", False),
        ("http://127.0.0.1:9/a", "https://graph.facebook.com/v26.0", False),
        ("http://127.0.0.1:9/a", "http://127.0.0.1:8/v26.0", True),
        ("http://localhost:9/a", "http://127.0.0.1:8/v26.0", True),
        ("http://10.0.0.1/a", "http://127.0.0.1:8/v26.0", False),
        ("http://standin:9/a", "http://standin:8", True),
        ("file:///etc/passwd", "http://127.0.0.1:8", False),
        ("https:///nohost", "https://graph.facebook.com", False),
        ("http://[broken", "http://127.0.0.1:8", False),
        ("", "http://127.0.0.1:8", False),
    ],
)
def test_files_are_fetched_only_from_safe_addresses(url: str, graph: str, allowed: bool) -> None:
    assert may_be_asked(url, options(graph_url=graph)) is allowed
