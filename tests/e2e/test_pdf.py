"""[PDF] in a real browser with its own viewer; arXiv's answer is given by the test, nothing leaves this machine."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

pytestmark = pytest.mark.e2e
PAPER = "/arxiv/1706.03762"


def one_page() -> bytes:
    """A PDF with one word on it."""
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R "
        b"/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length 36 >>\nstream\nBT /F 36 Tf 40 100 Td (Paper) Tj ET \nendstream",
    )
    text, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return text + table + b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(text)


class Reader:
    """A page, and what it asked of other hosts."""

    def __init__(self, page: Page, outside: list[Route]) -> None:
        self.page, self.outside = page, outside


@pytest.fixture
def reader(browser: Browser, site: str) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, base_url=site)
    outside: list[Route] = []

    def answer(route: Route) -> None:
        outside.append(route)
        route.fulfill(body=one_page(), content_type="application/pdf")

    context.route(re.compile("^https://"), answer)
    yield Reader(context.new_page(), outside)
    context.close()


def test_a_pdf_opens_in_place_and_folds_away_again(reader: Reader) -> None:
    page = reader.page
    page.goto(PAPER)
    pdf = page.get_by_role("link", name="[PDF]", exact=True).first
    assert reader.outside == [], "nothing is asked before the reader's click"
    # Our frame, in it Chromium's viewer, and in that the paper; an error page would be one frame.
    with page.expect_event("frameattached", lambda _: len(page.frames) == 4):
        pdf.click()
    assert [frame.url.split(":")[0] for frame in page.frames[2:]][:1] == ["chrome-extension"]
    frame = page.locator(".pdf-frame iframe")
    assert frame.get_attribute("title") == "PDF of Attention Is All You Need"
    assert frame.get_attribute("referrerpolicy") == "no-referrer"
    (request,) = [route.request for route in reader.outside]
    assert request.url == "https://arxiv.org/pdf/1706.03762"
    assert "referer" not in request.headers
    expect(page.get_by_role("link", name="Open in a new tab")).to_have_attribute("href", request.url)
    assert pdf.get_attribute("aria-expanded") == "true"
    pdf.click()
    expect(page.locator(".pdf-frame")).to_have_count(0)
    pdf.click()
    page.get_by_role("button", name="Fold away").click()
    expect(page.locator(".pdf-frame")).to_have_count(0)
    expect(pdf).to_be_focused()


@pytest.mark.parametrize("keys", [{"modifiers": ["Control"]}, {"button": "middle"}])
def test_a_middle_click_or_a_modifier_opens_a_tab(reader: Reader, keys: dict[str, object]) -> None:
    page = reader.page
    page.goto(PAPER)
    with page.context.expect_page():
        page.locator(".title-pdf").click(**keys)  # type: ignore[arg-type]
    assert page.locator(".pdf-frame").count() == 0


def test_another_host_opens_a_tab(reader: Reader) -> None:
    page = reader.page
    page.goto(PAPER)
    page.locator(".title-pdf").evaluate("a => { a.href = 'https://openreview.net/pdf?id=x'; }")
    with page.context.expect_page():
        page.locator(".title-pdf").click()
    assert page.locator(".pdf-frame").count() == 0


def test_the_policy_stops_a_frame_of_another_host(reader: Reader) -> None:
    page = reader.page
    page.goto(PAPER)
    page.locator(".title-pdf").click()
    expect(page.locator(".pdf-frame iframe")).to_be_visible()
    asked = len(reader.outside)
    with page.expect_console_message(lambda message: "frame-src" in message.text):
        page.locator(".pdf-frame iframe").evaluate("frame => { frame.src = 'https://openreview.net/pdf?id=x'; }")
    assert len(reader.outside) == asked


def test_a_phone_opens_a_tab(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True, base_url=site)
    context.route(re.compile("^https://"), lambda route: route.fulfill(body=one_page(), content_type="application/pdf"))
    page = context.new_page()
    page.goto(PAPER)
    with context.expect_page():
        page.locator(".title-pdf").tap()
    assert page.locator(".pdf-frame").count() == 0
    context.close()
