"""A price list is brought in by its file, a missing answer is written, and the agent uses both."""

from browser_house import Office, say
from playwright.async_api import FilePayload, Page, expect

from frontdesk.testing.documents import Line, column, pdf

FITS = "() => document.documentElement.scrollWidth === innerWidth"
TITLE: Line = (60, 780, 20, "Vouchers and night guards", True)
ROWS = (("Thing", "Price"), ("Night guard", "145 €"), ("Sports mouthguard", "95 €"), ("Gift voucher", "50 €"))


def _file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


async def _asked(desk: Office, question: str) -> Page:
    """The page of the knowledge base after somebody has asked what it does not hold."""
    phone = await desk.phone()
    await say(phone, question)
    await expect(phone.locator("#thread .theirs")).to_have_count(1)
    await desk.house.idle()
    page = await desk.open("/knowledge", context=await desk.operator())
    await expect(page.locator("#gaps .gap")).to_have_count(1)
    return page


async def test_files_are_brought_in_each_for_itself_and_found(desk: Office) -> None:
    page = await desk.open("/knowledge", context=await desk.operator())
    files = [_file("prices.pdf", pdf([TITLE, *column(*ROWS)])), _file("scan.pdf", pdf([]))]
    await page.get_by_label("Import files").set_input_files(files)
    await page.get_by_role("button", name="Import", exact=True).press("Enter")
    await expect(page.locator("#told .good")).to_contain_text("prices.pdf: 4 passages.")
    await expect(page.locator("#told .bad")).to_contain_text("pictures of text only")
    await page.get_by_label("A question", exact=True).fill("How much is a night guard?")
    await page.keyboard.press("Enter")
    best = page.locator("#found li").first
    await expect(best).to_contain_text("Price: 145 €")
    await expect(best).to_contain_text("prices.pdf, page 1")
    await page.get_by_role("link", name="prices.pdf").click()
    await expect(page.locator(".checks li")).to_have_count(4)
    await page.go_back()
    page.on("dialog", lambda dialog: dialog.accept())
    page.remove_listener("dialog", desk._refuse)
    await page.get_by_role("button", name="Remove prices.pdf").click()
    await expect(page.get_by_role("link", name="prices.pdf")).to_have_count(0)


async def test_a_question_without_an_answer_is_answered_in_one_step_and_never_asked_again(desk: Office) -> None:
    page = await _asked(desk, "Do you sell gift vouchers?")
    gap = page.locator("#gaps .gap")
    await gap.locator("summary").press("Enter")
    await gap.get_by_label("Answer", exact=True).fill("Yes, from 20 euros at the front desk.")
    await gap.get_by_role("button", name="Save the answer").press("Enter")
    await expect(page.locator("#gaps .gap")).to_have_count(0)
    entry = page.locator("#own .entry")
    await expect(entry).to_contain_text("Do you sell gift vouchers?")
    await entry.locator("summary").press("Enter")
    await entry.get_by_label("Answer", exact=True).fill("Yes, from 30 euros at the front desk.")
    await entry.get_by_role("button", name="Save", exact=True).press("Enter")
    await expect(entry).to_contain_text("30 euros")
    found = await desk.house.desk.knowledge.search("do you have a gift voucher")
    assert found[0].text == "Yes, from 30 euros at the front desk."


async def test_the_knowledge_base_fits_a_phone(desk: Office) -> None:
    page = await _asked(desk, "Do you sell gift vouchers, the large ones that are worth more than one single visit?")
    name = "a-very-long-name-of-a-file-as-people-have-them-2026-final.pdf"
    await desk.house.desk.knowledge.take(name, pdf([TITLE, *column(*ROWS)]))
    for path in ("/knowledge?q=Do+you+have+vouchers", f"/knowledge?source={name}"):
        await page.goto(f"{desk.base}{path}")
        await page.set_viewport_size({"width": 360, "height": 700})
        await page.wait_for_function(FITS)
