"""Messages of linked devices: each kind in the shapes that every channel uses. The input is made of real protobufs."""

from typing import Any

import orjson
import pytest
from linked_protobufs import Message, MessageKey, e2e, events, media, one

VCARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Roe;Jane;;;\r\nFN:Jane Roe\r\nORG:Acme\\, Ltd;Sales\r\n"
    "item1.TEL;waid=447700900456:+44 7700 900456\r\nTEL;type=HOME:+44 20\r\n  7946 0000\r\n"
    "EMAIL;type=INTERNET:jane@acme.example\r\nEND:VCARD"
)
KEY = MessageKey(remoteJID="98765432101234@lid", fromMe=False, ID="3EB0TARGET")


def native(name: str, parameters: dict[str, Any], text: str) -> Any:
    made = Message()
    made.interactiveResponseMessage.nativeFlowResponseMessage.name = name
    made.interactiveResponseMessage.nativeFlowResponseMessage.paramsJSON = orjson.dumps(parameters).decode()
    made.interactiveResponseMessage.body.text = text
    return made


def poll(field: str) -> Any:
    made = Message()
    part = getattr(made, field)
    part = part.message.pollCreationMessage if field.endswith("V4") else part
    part.name, part.selectableOptionsCount = "Which day?", 1
    for option in ("Monday", "Tuesday"):
        part.options.add(optionName=option)
    return made


def template() -> Any:
    made = Message()
    part = made.templateMessage.hydratedTemplate
    part.hydratedTitleText, part.hydratedContentText, part.hydratedFooterText = "Hello", "Your parcel", "Reply STOP"
    part.hydratedButtons.add().quickReplyButton.displayText = "Thanks"
    return made


def listed() -> Any:
    made = Message()
    made.listMessage.title, made.listMessage.description, made.listMessage.buttonText = "Menu", "Choose", "Open"
    made.listMessage.sections.add(title="Hot").rows.add(rowID="r1", title="Tea", description="Green")
    return made


def interactive() -> Any:
    made = Message()
    made.interactiveMessage.header.title, made.interactiveMessage.body.text = "Offer", "Take one"
    parameters = '{"display_text":"Yes","id":"y"}'
    made.interactiveMessage.nativeFlowMessage.buttons.add(name="quick_reply", buttonParamsJSON=parameters)
    return made


def cards() -> Any:
    made = Message()
    made.contactsArrayMessage.contacts.add(displayName="Jane Roe", vcard=VCARD)
    made.contactsArrayMessage.contacts.add(displayName="No card")
    return made


def product() -> Any:
    made = Message()
    made.productMessage.product.title, made.productMessage.product.retailerID = "Lamp", "SKU1"
    made.productMessage.product.priceAmount1000, made.productMessage.product.currencyCode = 19_990, "EUR"
    return made


def event() -> Any:
    made = Message()
    made.eventMessage.name, made.eventMessage.startTime = "Opening", 1_790_000_000
    made.eventMessage.location.name = "Shop"
    return made


def result() -> Any:
    made = Message()
    made.pollResultSnapshotMessage.name = "Which day?"
    made.pollResultSnapshotMessage.pollVotes.add(optionName="Monday", optionVoteCount=3)
    return made


def carousel() -> Any:
    made = Message()
    made.interactiveMessage.body.text = "Our lamps"
    card = made.interactiveMessage.carouselMessage.cards.add()
    card.header.title, card.body.text = "Lamp", "19.99"
    return made


JANE = {
    "name": {"formatted_name": "Jane Roe"},
    "phones": [
        {"phone": "+44 7700 900456", "wa_id": "447700900456"},
        {"phone": "+44 20 7946 0000", "type": "HOME"},
    ],
    "emails": [{"email": "jane@acme.example"}],
    "org": {"company": "Acme, Ltd"},
}
POLL = {"poll": {"question": "Which day?", "options": ["Monday", "Tuesday"], "selectable": 1}}
PLACE = {"latitude": 51.5, "longitude": -0.12, "name": "Shop", "address": "1 High St", "url": "https://x.example"}
NOWHERE = {"name": None, "address": None, "url": None}

KINDS: list[tuple[str, Any, str, str | None, dict[str, Any]]] = [
    ("a plain text", Message(conversation="hello"), "text", "hello", {}),
    ("a text with context", Message(extendedTextMessage={"text": "hi"}), "text", "hi", {}),
    ("a picture", Message(imageMessage=media(mimetype="image/jpeg", caption="look")), "image", "look", {}),
    ("a film", Message(videoMessage=media(seconds=9)), "video", None, {"seconds": 9}),
    ("a gif", Message(videoMessage=media(gifPlayback=True)), "video", None, {"gif": True}),
    ("a round film", Message(ptvMessage=media()), "video", None, {"round": True}),
    ("audio", Message(audioMessage=media(seconds=3)), "audio", None, {"seconds": 3}),
    ("a document", Message(documentMessage=media(pageCount=2, caption="bill")), "document", "bill", {"pages": 2}),
    ("a sticker", Message(stickerMessage=media(isAnimated=True)), "sticker", None, {}),
    (
        "a place",
        Message(
            locationMessage={
                "degreesLatitude": 51.5, "degreesLongitude": -0.12, "name": "Shop",
                "address": "1 High St", "URL": "https://x.example",
            }
        ),
        "location", None, PLACE,
    ),
    (
        "a moving place",
        Message(liveLocationMessage={"degreesLatitude": 1.0, "degreesLongitude": 2.0, "caption": "on my way"}),
        "location", "on my way", {"latitude": 1.0, "longitude": 2.0, "live": True} | NOWHERE,
    ),
    (
        "a card", Message(contactMessage={"displayName": "Jane Roe", "vcard": VCARD}),
        "contacts", None, {"contacts": [JANE]},
    ),
    ("cards", cards(), "contacts", None, {"contacts": [JANE, {"name": {"formatted_name": "No card"}}]}),
    (
        "a reaction", Message(reactionMessage={"key": KEY, "text": "👍"}),
        "reaction", "👍", {"emoji": "👍", "target": "3EB0TARGET"},
    ),
    (
        "a reaction taken back", Message(reactionMessage={"key": KEY, "text": ""}),
        "reaction", None, {"emoji": None, "target": "3EB0TARGET"},
    ),
    (
        "a button that was tapped",
        Message(buttonsResponseMessage={"selectedButtonID": "b1", "selectedDisplayText": "Yes"}),
        "interactive", "Yes", {"reply_id": "b1", "title": "Yes"},
    ),
    (
        "a row that was chosen",
        Message(
            listResponseMessage={"title": "Tea", "description": "Green", "singleSelectReply": {"selectedRowID": "r1"}}
        ),
        "interactive", "Tea", {"reply_id": "r1", "title": "Tea", "description": "Green"},
    ),
    (
        "a quick answer to a template",
        Message(templateButtonReplyMessage={"selectedID": "t1", "selectedDisplayText": "Thanks"}),
        "button", "Thanks", {"reply_id": "t1", "title": "Thanks"},
    ),
    (
        "a quick answer", native("quick_reply", {"id": "q1"}, "Yes"),
        "interactive", "Yes", {"reply_id": "q1", "title": "Yes"},
    ),
    (
        "a form", native("flow", {"flow_token": "f", "day": "Mon"}, "Sent"),
        "interactive", "Sent",
        {"flow": "flow", "flow_token": "f", "response": {"flow_token": "f", "day": "Mon"}, "body": "Sent"},
    ),
    (
        "buttons",
        Message(
            buttonsMessage={
                "contentText": "Coming?", "footerText": "Acme",
                "buttons": [{"buttonID": "b1", "buttonText": {"displayText": "Yes"}}],
            }
        ),
        "buttons", "Coming?\nAcme", {"buttons": [{"id": "b1", "title": "Yes"}]},
    ),
    (
        "a list", listed(), "list", "Menu\nChoose",
        {
            "button": "Open",
            "sections": [{"title": "Hot", "rows": [{"id": "r1", "title": "Tea", "description": "Green"}]}],
        },
    ),
    (
        "a template", template(), "template", "Hello\nYour parcel\nReply STOP",
        {"buttons": [{"id": None, "title": "Thanks"}]},
    ),
    ("an offer", interactive(), "buttons", "Offer\nTake one", {"buttons": [{"id": "y", "title": "Yes"}]}),
    ("cards to choose from", carousel(), "buttons", "Our lamps\n• Lamp: 19.99", {"buttons": []}),
    (
        "a planned call",
        Message(scheduledCallCreationMessage={"scheduledTimestampMS": 1_790_000_000_000, "title": "Talk"}),
        "text", "Planned call: Talk, 21 September 2026, 14:13 UTC", {},
    ),
    (
        "an order",
        Message(
            orderMessage={
                "orderID": "o1", "itemCount": 2, "totalAmount1000": 12500, "totalCurrencyCode": "EUR", "message": "pls",
            }
        ),
        "order", "Order of 2 items, 12.50 EUR in all.\npls",
        {"catalog_id": None, "items": [], "order_id": "o1", "title": None, "item_count": 2, "total": "12.50 EUR"},
    ),
    (
        "a product", product(), "text", "Lamp, 19.99 EUR",
        {"product": {"product_retailer_id": "SKU1", "title": "Lamp", "price": "19.99 EUR"}},
    ),
    (
        "an event", event(), "text", "Event: Opening\nWhen: 21 September 2026, 14:13 UTC\nWhere: Shop",
        {"event": {"name": "Opening", "start": "2026-09-21T14:13:20.000Z", "end": None}},
    ),
    (
        "an invitation",
        Message(groupInviteMessage={"groupJID": "120363@g.us", "groupName": "Team", "caption": "Join!"}),
        "text", "Invitation to the group “Team”.\nJoin!",
        {"group_invite": {"name": "Team", "group": "group:120363@g.us"}},
    ),
    *(
        (f"a poll ({field})", poll(field), "text", "Poll: Which day?\n• Monday\n• Tuesday", POLL)
        for field in ("pollCreationMessage", *(f"pollCreationMessageV{version}" for version in range(2, 7)))
    ),
    (
        "the result of a poll", result(), "text", "Result of a poll: Which day?\n• Monday: 3",
        {"poll": {"question": "Which day?", "options": ["Monday"], "votes": {"Monday": 3}}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("held", "kind", "text", "content"), [row[1:] for row in KINDS], ids=[row[0] for row in KINDS])
def test_every_kind_is_read_in_the_shapes_of_the_house(held: Any, kind: str, text: str, content: Any) -> None:
    found = one(held)
    assert (found.kind, found.text, dict(found.content)) == (kind, text, content)


QUIET = [
    ("a vote", Message(pollUpdateMessage={"pollCreationMessageKey": KEY}), "A vote was cast in a poll."),
    ("vanishing on", Message(protocolMessage={"type": "EPHEMERAL_SETTING", "ephemeralExpiration": 604800}),
     "New messages disappear after 7 days."),
    ("vanishing off", Message(protocolMessage={"type": "EPHEMERAL_SETTING"}), "Messages no longer disappear."),
    ("a pin", Message(pinInChatMessage={"key": KEY, "type": "PIN_FOR_ALL"}), "A message was pinned."),
    ("a missed call", Message(callLogMesssage={"isVideo": True, "callOutcome": "MISSED"}), "A video call was missed."),
    ("a shared number", Message(protocolMessage={"type": "SHARE_PHONE_NUMBER"}), "The phone number was shared"),
    ("an answer to an event", Message(encEventResponseMessage={"encIV": b"x"}), "An invitation to an event was"),
    ("a call", Message(callLogMesssage={"callOutcome": "CONNECTED"}), "A voice call."),
    ("an edit under lock", Message(secretEncryptedMessage={"targetMessageKey": KEY, "secretEncType": "MESSAGE_EDIT"}),
     "A message was edited."),
]  # fmt: skip


@pytest.mark.parametrize(("held", "begins"), [row[1:] for row in QUIET], ids=[row[0] for row in QUIET])
def test_small_events_of_a_chat_are_quiet_notes(held: Any, begins: str) -> None:
    found = one(held)
    assert found.kind == "system"
    assert found.text is not None
    assert found.text.startswith(begins)


SILENT = [
    ("nothing", Message()),
    ("an empty text", Message(conversation="")),
    ("an empty text with context", Message(extendedTextMessage={"text": ""})),
    ("keys of a group", Message(senderKeyDistributionMessage={"groupID": "120363@g.us"})),
    ("bookkeeping beside", Message(messageContextInfo={"messageSecret": b"x"})),
    ("keys of devices", Message(protocolMessage={"type": "APP_STATE_SYNC_KEY_SHARE"})),
    ("news of the past", Message(protocolMessage={"type": "HISTORY_SYNC_NOTIFICATION"})),
    ("the frame of an album", Message(albumMessage={"expectedImageCount": 3})),
    ("a reaction under lock", Message(encReactionMessage={"targetMessageKey": KEY})),
    ("an event under lock", Message(secretEncryptedMessage={"secretEncType": "MESSAGE_SCHEDULE"})),
    ("a mention in a status post", Message(groupStatusMentionMessage={"message": {"conversation": "x"}})),
    ("an empty wrapper", Message(ephemeralMessage={"message": {}})),
    ("the same picture, sharper",
     Message(associatedChildMessage={"message": {"imageMessage": media(contextInfo={"pairedMediaType": 4})}})),
]  # fmt: skip


@pytest.mark.parametrize("held", [row[1] for row in SILENT], ids=[row[0] for row in SILENT])
def test_what_says_nothing_to_people_is_no_message(held: Any) -> None:
    assert events(held) == ()


def test_unknown_kind_is_kept_with_its_raw_form() -> None:
    found = one(Message(newsletterAdminInviteMessage={"newsletterName": "News"}))
    assert (found.kind, found.text) == ("unsupported", None)
    assert found.content == {"unsupported_type": "newsletterAdminInviteMessage", "raw": {"newsletterName": "News"}}


def test_payment_is_named_and_left_to_the_phone() -> None:
    found = one(Message(requestPaymentMessage={"amount1000": 5}))
    assert (found.kind, found.text) == ("unsupported", "A payment request. Open WhatsApp on your phone to see it.")


def test_raw_form_that_is_too_large_is_left_out() -> None:
    found = one(Message(newsletterAdminInviteMessage={"caption": "x" * 20_000}))
    assert found.content == {"unsupported_type": "newsletterAdminInviteMessage"}


# Wrappers


@pytest.mark.parametrize(
    "wrapper",
    [
        "ephemeralMessage", "documentWithCaptionMessage", "deviceSentMessage", "botInvokeMessage", "spoilerMessage",
        "groupMentionedMessage", "lottieStickerMessage", "questionMessage", "limitSharingMessage",
        "associatedChildMessage",
    ],
)  # fmt: skip
def test_wrappers_are_taken_off(wrapper: str) -> None:
    assert one(Message(**{wrapper: {"message": {"conversation": "inside"}}})).text == "inside"


def test_wrappers_are_taken_off_to_any_depth() -> None:
    held = Message(conversation="inside")
    for _ in range(12):
        outer = Message()
        outer.ephemeralMessage.message.CopyFrom(held)
        held = outer
    assert one(held).text == "inside"


def test_comment_answers_what_it_is_about() -> None:
    found = one(Message(commentMessage={"message": {"conversation": "nice"}, "targetMessageKey": KEY}))
    assert (found.text, found.reply_to) == ("nice", "3EB0TARGET")


def test_old_structured_message_is_read_by_the_template_inside() -> None:
    made = Message()
    made.highlyStructuredMessage.hydratedHsm.CopyFrom(template().templateMessage)
    assert one(made).text == "Hello\nYour parcel\nReply STOP"


def test_the_numbers_of_the_parts_are_what_the_table_says() -> None:
    assert e2e.ContextInfo.PairedMediaType.Name(4).endswith("_CHILD")
