"""The page on which a phone is linked: who may open it, what it shows when, and what it asks for first."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inbox_visit import visit

from frontdesk.desk.line_codes import Shown
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import SECOND
from frontdesk.testing.linking import LASTS, PHONE, LinkedLine, linked_line
from frontdesk.web.inbox.linking import GRACE, Phase, in_fours, phase_of

PART = {"HX-Request": "true"}
CODE = Shown(qr="2@code", expires_at=LASTS)
TYPED = Shown(qr="2@code", expires_at=LASTS, pairing_code="WXYZ-2345", pairing_expires_at=4 * LASTS)


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[LinkedLine]:
    async with linked_line(tmp_path) as line:
        yield line


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": "Shop", "channel": "linkable"}, "Tick the box first"),
        ({"name": " ", "channel": "linkable", "agreed": "yes"}, "Give the line a name"),
        ({"name": "Shop", "channel": "smoke", "agreed": "yes"}, "There is no channel"),
    ],
)
async def test_nothing_is_linked_before_the_warning_was_read(
    line: LinkedLine, given: dict[str, str], says: str
) -> None:
    async with visit(line.house) as client:
        answer = await client.post("/lines/linked", data=given, headers=PART)
    assert says in answer.text
    assert 'id="link-warning"' in answer.text
    assert line.channel.connected == []
    assert len(line.house.desk.accounts.all()) == 1


async def test_a_new_line_leads_to_its_code(line: LinkedLine) -> None:
    async with visit(line.house) as client:
        given = {"name": "Shop", "channel": "linkable", "agreed": "yes"}
        answer = await client.post("/lines/linked", data=given, headers=PART)
        plain = await client.post("/lines/linked", data={**given, "name": "Other"})
    new = line.house.desk.accounts.all()[1]
    assert answer.headers["HX-Redirect"] == f"/lines/{new.row.id}/link"
    assert (plain.status_code, plain.headers["Location"].endswith("/link")) == (303, True)
    assert new.row.name == "Shop"


async def test_who_may_only_look_sees_no_code(line: LinkedLine) -> None:
    await line.house.desk.accounts.connect(line.account_id)
    await line.becomes(State.QR_PENDING)
    async with visit(line.house, role="viewer") as client:
        for path in ("link", "link/now"):
            assert (await client.get(f"/lines/{line.account_id}/{path}")).status_code == 403
        cards = (await client.get("/lines")).text
        assert "Show the code" not in cards
        assert "Log out" not in cards


async def test_an_operator_may_link_a_line_but_not_add_one_or_log_it_out(line: LinkedLine) -> None:
    async with visit(line.house, role="operator") as client:
        assert (await client.get(f"/lines/{line.account_id}/link")).status_code == 200
        assert (await client.post(f"/lines/{line.account_id}/link", headers=PART)).status_code == 200
        assert (await client.post(f"/lines/{line.account_id}/logout", headers=PART)).status_code == 403
        given = {"name": "Shop", "channel": "linkable", "agreed": "yes"}
        assert (await client.post("/lines/linked", data=given, headers=PART)).status_code == 403


async def test_a_line_that_is_not_linked_with_a_phone_has_no_such_page(line: LinkedLine) -> None:
    options = {"phone_number_id": "330000000000451", "access_token": "t", "app_secret": "s"}
    account_id = await line.house.desk.accounts.add("cloud", name="Meta", options=options)
    async with visit(line.house) as client:
        answer = await client.get(f"/lines/{account_id}/link")
    assert answer.status_code == 409
    assert "is not linked with a phone" in answer.text


async def test_logging_out_in_the_inbox_takes_the_credentials_away(line: LinkedLine) -> None:
    await line.house.desk.accounts.connect(line.account_id)
    await line.becomes(State.QR_PENDING)
    await line.scanned()
    async with visit(line.house) as client:
        cards = await client.get("/lines")
        assert "Log out" in cards.text
        answer = await client.post(f"/lines/{line.account_id}/logout", headers=PART)
    assert "Logged out." in answer.text
    assert "Link a phone" in answer.text
    assert line.channel.logged_out == [line.account_id]


async def test_the_card_says_when_a_line_was_there_last(line: LinkedLine) -> None:
    await line.house.desk.accounts.connect(line.account_id)
    await line.becomes(State.QR_PENDING)
    await line.scanned()
    async with visit(line.house) as client:
        assert "<dt>Connected</dt>" in (await client.get("/lines")).text
        await line.house.desk.accounts.disconnect(line.account_id)
        gone = (await client.get("/lines")).text
        assert "<dt>Disconnected</dt>" in gone
        assert "no new code is needed" in gone


async def test_a_number_that_cannot_be_one_is_told_on_the_page(line: LinkedLine) -> None:
    async with visit(line.house) as client:
        answer = await client.post(f"/lines/{line.account_id}/pair", data={"phone": "12"}, headers=PART)
        assert "with the country code" in answer.text
        answer = await client.post(f"/lines/{line.account_id}/pair", data={"phone": f"+{PHONE}"}, headers=PART)
        assert 'data-code="WXYZ2345"' in answer.text


async def test_a_code_says_for_which_phone_it_is_and_can_be_had_for_another(line: LinkedLine) -> None:
    path = f"/lines/{line.account_id}/pair"
    async with visit(line.house) as client:
        await client.post(path, data={"phone": "+351 912 345 670"}, headers=PART)
        shown = (await client.get(f"/lines/{line.account_id}/link?by=code")).text
        assert '<b class="numbers" dir="ltr">+351912345670</b>' in shown
        assert 'id="pair-phone"' in shown
        line.channel.answers.append(LineState(State.QR_PENDING, pairing_code="ABCD-2345"))
        answer = await client.post(path, data={"phone": f"+{PHONE}"}, headers=PART)
    assert 'data-code="ABCD2345"' in answer.text
    assert f'<b class="numbers" dir="ltr">+{PHONE}</b>' in answer.text


async def test_a_number_without_its_country_code_is_no_number_to_link(line: LinkedLine) -> None:
    async with visit(line.house) as client:
        answer = await client.post(f"/lines/{line.account_id}/pair", data={"phone": "912 345 678"}, headers=PART)
    assert "with the country code and a plus" in answer.text
    assert line.channel.asked == []


async def test_a_form_that_is_sent_before_the_scripts_are_there_does_the_same(line: LinkedLine) -> None:
    path = f"/lines/{line.account_id}"
    async with visit(line.house) as client:
        refused = await client.post(f"{path}/pair", data={"phone": "912"})
        assert 'value="912"' in refused.text  # to be mended, and not to be typed once more
        answer = await client.post(f"{path}/pair", data={"phone": f"+{PHONE}"})
    assert "<html" in refused.text
    assert 'id="pair-fault"' in refused.text
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/link?by=code")
    assert line.channel.asked == [(line.account_id, PHONE)]


@pytest.mark.parametrize(
    ("state", "shown", "by", "at", "phase"),
    [
        (State.CONNECTED, CODE, "qr", 0, Phase.CONNECTED),
        (State.CONNECTED, TYPED, "code", 0, Phase.CONNECTED),
        (State.CONNECTING, Shown(), "qr", 0, Phase.STARTING),
        (State.QR_PENDING, Shown(), "qr", 0, Phase.STARTING),
        (State.QR_PENDING, CODE, "qr", LASTS - 1, Phase.SCAN),
        (State.QR_PENDING, CODE, "qr", LASTS + GRACE - 1, Phase.SCAN),  # the next one may still come
        (State.QR_PENDING, CODE, "qr", LASTS + GRACE, Phase.OUT),
        (State.QR_PENDING, CODE, "code", 0, Phase.PHONE),
        (State.QR_PENDING, TYPED, "code", 4 * LASTS - SECOND, Phase.TYPE),
        (State.QR_PENDING, TYPED, "code", 4 * LASTS, Phase.PHONE),
        (State.CONNECTING, Shown(), "code", 0, Phase.PHONE),
        *((state, Shown(), "qr", 0, Phase.STOPPED) for state in (State.DISCONNECTED, State.LOGGED_OUT)),
        (State.ACTION_REQUIRED, Shown(), "qr", 0, Phase.STOPPED),
    ],
)
def test_what_the_page_shows_follows_from_the_line(state: State, shown: Shown, by: str, at: int, phase: Phase) -> None:
    assert phase_of(state, shown, by="code" if by == "code" else "qr", at=at) is phase


@pytest.mark.parametrize("code", ["WXYZ-2345", "WXYZ2345", "WXYZ 2345"])
def test_a_code_is_shown_in_two_groups_of_four(code: str) -> None:
    assert in_fours(code) == ["WXYZ", "2345"]
