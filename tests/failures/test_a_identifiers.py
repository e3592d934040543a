"""List A through the site's addresses. The tables of tests/coolpapers/test_identifiers.py have many more spellings."""

from urllib.parse import quote

import pytest
from django.test import Client

from coolpapers.models import Paper
from ingest.store import save_records
from tests.coolpapers.test_lists import get, keys
from tests.library import arxiv_record

pytestmark = pytest.mark.django_db


def location(client: Client, url: str, status: int) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.headers["Location"]


@pytest.mark.parametrize(
    ("asked", "key"), [("1406.02661", "1406.2661"), ("2401.6769", "2401.06769"), ("1406.02661v3", "1406.2661")]
)
def test_a1_padding_leads_to_the_one_page(client: Client, db: None, asked: str, key: str) -> None:
    save_records(records=[arxiv_record(key)])
    assert location(client, f"/arxiv/{asked}", 301) == f"/arxiv/{key}"
    assert keys(get(client, f"/arxiv/{key}")) == [key]
    assert f'href="https://arxiv.org/abs/{key}"' in get(client, f"/arxiv/{key}")  # and so is arXiv called


@pytest.mark.parametrize("end", ["", "v2", "/", ".pdf", "v1.pdf"])
@pytest.mark.parametrize("start", ["math.GT/0309136", "math/0309136", "math%2F0309136", "MATH.gt/0309136"])
def test_a2_old_identifier_has_one_page(client: Client, db: None, start: str, end: str) -> None:
    save_records(records=[arxiv_record("math/0309136", ordinal=200309_000136)])
    response = client.get(f"/arxiv/{start}{end}", follow=True)
    assert response.status_code == 200
    assert keys(response.content.decode()) == ["math/0309136"]
    assert len(response.redirect_chain) <= 2


@pytest.mark.parametrize(
    "address",
    ["arXiv:2401.00001v2", "https://www.arxiv.org/abs/2401.00001", "https://export.arxiv.org/abs/2401.00001",
     "https://arxiv.org/html/2401.00001v1#S2", "https://arxiv.org/abs/2401.00001?context=cs",
     "http://arxiv.org/pdf/2401.00001", "https://alphaxiv.org/abs/2401.00001",
     "https://huggingface.co/papers/2401.00001", "10.48550/arXiv.2401.00001",
     "https://doi.org/10.48550/arXiv.2401.00001"],
)  # fmt: skip
def test_a3_every_address_of_a_paper_leads_to_it(client: Client, db: None, address: str) -> None:
    assert location(client, f"/go?url={quote(address)}", 302) == "/arxiv/2401.00001"


@pytest.mark.parametrize(
    "text",
    ["10.1145/3292500.3330701", "2024.12345", "9999.99999", "1234.56789", "+49 2401 0000 1", "tel. 2301.00001-55",
     "ISBN 978-0-262-03561-3", "978-0-2620-35613", "192.168.1706.03762"],
)  # fmt: skip
def test_a4_what_is_no_identifier_is_searched_for(client: Client, db: None, text: str) -> None:
    assert location(client, f"/go?q={quote(text)}", 302).startswith("/search?")


@pytest.mark.parametrize("text", ["2601.123456", "2600.00001", "2613.00001", "0703.0001", "hep-th/0704001"])
def test_a5_a_number_that_arxiv_cannot_have_given_is_searched_for(client: Client, db: None, text: str) -> None:
    assert location(client, f"/go?q={quote(text)}", 302).startswith("/search?")


def test_a5_six_digits_after_arxivs_name_are_an_identifier(client: Client, db: None) -> None:
    assert location(client, "/go?q=arXiv:2601.123456", 302) == "/arxiv/2601.123456"
    assert location(client, "/go?url=https://arxiv.org/abs/2601.123456v1", 302) == "/arxiv/2601.123456"


def test_a7_one_wrong_among_fifty_is_named_and_the_rest_shown(client: Client, library: None) -> None:
    many = [f"2606.{n:05d}" for n in range(9001, 9031)]
    wrong_one_last = location(client, f"/arxiv/{','.join(many)},2613.00001,2606.10001?show=50", 301)
    html = get(client, wrong_one_last)
    assert keys(html) == [*many, "2606.10001"]
    assert "Not a paper&#x27;s key: 2613.00001." in html


def test_a7_a_paper_asked_for_twice_is_listed_once(client: Client, library: None) -> None:
    assert location(client, "/arxiv/2606.10001,2606.10002,2606.10001", 301) == "/arxiv/2606.10001,2606.10002"


def test_a7_sources_are_not_mixed_on_one_page(client: Client, library: None) -> None:
    html = get(client, "/arxiv/2606.10001,P18-1001@ACL")
    assert keys(html) == ["2606.10001"]
    assert "Not a paper&#x27;s key: P18-1001@ACL." in html


def test_a8_versions_of_a_paper_are_one_item(client: Client, library: None) -> None:
    Paper.objects.filter(key="2606.10001").update(version=2)
    for version in ("v1", "v2", "v99"):  # versions are not held apart: the page says which one it shows
        assert location(client, f"/arxiv/2606.10001{version}", 301) == "/arxiv/2606.10001"
    assert "version 2" in get(client, "/arxiv/2606.10001")
    assert location(client, "/arxiv/2606.10001v1,2606.10002,2606.10001v2", 301) == "/arxiv/2606.10001,2606.10002"


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "%E2%80%AE", "%ED%A0%80",
                                     "9" * 5000, "%2e%2e", "\\..\\x"])  # fmt: skip
@pytest.mark.parametrize("start", ["/arxiv/", "/arxiv/2606.10001", "/arxiv/hep-th/", "/venue/", "/venue/x@"])
def test_a9_hostile_keys_are_not_found(client: Client, library: None, start: str, hostile: str) -> None:
    response = client.get(start + hostile)
    assert response.status_code in {400, 404}
    assert b"root:" not in response.content
