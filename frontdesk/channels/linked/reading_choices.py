"""Buttons, lists, forms, templates and goods: what was chosen, and what is offered to choose from."""

from collections.abc import Callable
from typing import Any

import orjson

from frontdesk.channels.linked.reading_said import Said, objects
from frontdesk.kit.loose import Json, clean, lenient_ident, record, whole, words

_MILLE = 1_000  # prices come in thousandths


# What was chosen


def _button_reply(part: Any) -> Said:
    told = record(part)
    return _reply(told.get("selectedButtonID"), told.get("selectedDisplayText"))


def _list_reply(part: Any) -> Said:
    told = record(part)
    row = record(told.get("singleSelectReply")).get("selectedRowID")
    return _reply(row, told.get("title"), description=told.get("description"))


def _template_reply(part: Any) -> Said:
    told = record(part)
    return _reply(told.get("selectedID"), told.get("selectedDisplayText"), kind="button")


def _reply(given_id: Any, title: Any, *, description: Any = None, kind: str = "interactive") -> Said:
    text = words(title) or None
    content: Json = {"reply_id": lenient_ident(given_id), "title": text}
    if words(description):
        content["description"] = words(description)
    return Said(kind, text, content=content)


def _form_reply(part: Any) -> Said:
    """A native flow: a quick answer carries an id, a form that was filled in carries its answers."""
    told = record(record(part).get("nativeFlowResponseMessage"))
    body = words(record(record(part).get("body")).get("text")) or None
    response = _parameters(told.get("paramsJSON"))
    if "id" in response:
        return _reply(response["id"], body or response.get("title"))
    content: Json = {
        "flow": words(told.get("name")),
        "flow_token": words(response.get("flow_token")),
        "response": response,
    }
    return Said("interactive", body, content=content | ({"body": body} if body else {}))


def _parameters(text: Any) -> Json:
    try:
        found = clean(orjson.loads(text)) if isinstance(text, str) else {}
    except ValueError:
        return {"text": words(text)}
    return found if isinstance(found, dict) else {"value": found}


# What is offered


def _buttons(part: Any) -> Said:
    told = record(part)
    offered = [
        _button(button.get("buttonID"), record(button.get("buttonText")).get("displayText"))
        for button in objects(part, "buttons")
    ]
    text = told.get("contentText")
    return _offer("buttons", [text], {"buttons": offered}, header=told.get("text"), footer=told.get("footerText"))


def _button(given_id: Any, title: Any) -> Json:
    return {"id": lenient_ident(given_id), "title": words(title) or ""}


def _list(part: Any) -> Said:
    told = record(part)
    sections = [
        {"title": words(section.get("title")) or "", "rows": [_row(row) for row in objects(section, "rows")]}
        for section in objects(part, "sections")
    ]
    content = {"button": words(told.get("buttonText")), "sections": sections}
    return _offer("list", [told.get("description")], content, header=told.get("title"), footer=told.get("footerText"))


def _row(row: Json) -> Json:
    made = {"id": lenient_ident(row.get("rowID")), "title": words(row.get("title")) or ""}
    description = words(row.get("description"))
    return made | {"description": description} if description else made


def _template(part: Any) -> Said:
    told = record(part)
    interactive = told.get("interactiveMessageTemplate")
    if isinstance(interactive, dict):
        return _interactive(interactive)
    filled = record(told.get("hydratedTemplate")) or record(told.get("hydratedFourRowTemplate"))
    content: Json = {"buttons": [_template_button(button) for button in objects(filled, "hydratedButtons")]}
    name = words(told.get("templateID")) or words(filled.get("templateID"))
    if name:
        content["template_id"] = name
    title, text, footer = (filled.get(f"hydrated{name}Text") for name in ("Title", "Content", "Footer"))
    return _offer("template", [text], content, header=title, footer=footer)


def _template_button(button: Json) -> Json:
    kinds = ("quickReplyButton", "urlButton", "callButton")
    told = record(next((button[kind] for kind in kinds if isinstance(button.get(kind), dict)), None))
    return _button(told.get("ID"), told.get("displayText"))


def _structured(part: Any) -> Said:
    """The old form of a template, with the filled-in one inside."""
    inside = record(part).get("hydratedHsm")
    return _template(inside) if isinstance(inside, dict) else Said("template", content={"raw": clean(part)})


def _interactive(part: Any) -> Said:
    told = record(part)
    header, body, footer = (record(told.get(name)) for name in ("header", "body", "footer"))
    flow = told.get("nativeFlowMessage")
    offered = [_flow_button(button) for button in objects(flow, "buttons")]
    cards = [_card(card) for card in objects(told.get("carouselMessage"), "cards")]
    lines = [body.get("text"), *cards]
    return _offer("buttons", lines, {"buttons": offered}, header=header.get("title"), footer=footer.get("text"))


def _flow_button(button: Json) -> Json:
    told = _parameters(button.get("buttonParamsJSON"))
    return _button(told.get("id"), told.get("display_text") or told.get("title") or button.get("name"))


def _card(card: Json) -> str:
    title = words(record(card.get("header")).get("title"))
    text = words(record(card.get("body")).get("text"))
    return "• " + ": ".join(filter(None, [title, text]))


def _offer(kind: str, lines: list[Any], content: Json, *, header: Any, footer: Any) -> Said:
    """A text with a heading above and small print below, all of which are read as one text."""
    shown = [words(line) for line in (header, *lines, footer)]
    return Said(kind, "\n".join(filter(None, shown)) or None, content=content)


# Goods


def _order(part: Any) -> Said:
    told = record(part)
    count = whole(told.get("itemCount"))
    total = _price(told.get("totalAmount1000"), told.get("totalCurrencyCode"))
    content: Json = {
        "catalog_id": None,
        "items": [],  # linked devices are told how many, not which
        "order_id": lenient_ident(told.get("orderID")),
        "title": words(told.get("orderTitle")) or None,
        "item_count": count,
        "total": total,
    }
    title = f"Order of {count} item{'s' if count != 1 else ''}" if count else "Order"
    text = f"{title}, {total} in all." if total else f"{title}."
    return Said("order", "\n".join(filter(None, [text, words(told.get("message"))])), content=content)


def _product(part: Any) -> Said:
    told = record(record(part).get("product"))
    price = _price(told.get("salePriceAmount1000") or told.get("priceAmount1000"), told.get("currencyCode"))
    title = words(told.get("title")) or "Product"
    content: Json = {
        "product": {
            "product_retailer_id": lenient_ident(told.get("retailerID")) or lenient_ident(told.get("productID")),
            "title": title,
            "price": price,
        }
    }
    lines = [f"{title}, {price}" if price else title, told.get("description"), told.get("URL")]
    said = [words(line) for line in (*lines, record(part).get("body"), record(part).get("footer"))]
    return Said("text", "\n".join(filter(None, said)), content=content)


def _price(thousandths: Any, currency: Any) -> str | None:
    amount = whole(thousandths)
    return f"{amount / _MILLE:.2f} {words(currency) or ''}".strip() if amount else None


READERS: dict[str, Callable[[Any], Said]] = {
    "buttonsResponseMessage": _button_reply,
    "listResponseMessage": _list_reply,
    "templateButtonReplyMessage": _template_reply,
    "interactiveResponseMessage": _form_reply,
    "buttonsMessage": _buttons,
    "listMessage": _list,
    "templateMessage": _template,
    "highlyStructuredMessage": _structured,
    "interactiveMessage": _interactive,
    "orderMessage": _order,
    "productMessage": _product,
}
