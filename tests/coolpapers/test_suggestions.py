"""/search/suggest and /opensearch.xml: titles for what somebody is typing."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
OPEN_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def suggested(client: Client, typed: str) -> Any:
    answer = client.get("/search/suggest", {"query": typed})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/x-suggestions+json"
    said, titles, about, addresses = json.loads(answer.content)
    assert len(titles) == len(about) == len(addresses) <= 6
    return said, titles, addresses


def test_the_last_word_is_a_beginning(client: Client, indexed_library: None) -> None:
    said, titles, addresses = suggested(client, "atten")
    assert said == "atten"
    assert "Attention" in titles[0]
    assert addresses[0] == "http://testserver/arxiv/2606.10001"


@pytest.mark.parametrize("typed", ["attention a", "attention is"])
def test_a_word_that_has_only_begun_takes_nothing_away(client: Client, indexed_library: None, typed: str) -> None:
    assert suggested(client, typed)[2] == suggested(client, "attention")[2] != []


def test_an_identifier_suggests_its_paper(client: Client, indexed_library: None) -> None:
    assert suggested(client, "arXiv:2606.10001v1")[2] == ["http://testserver/arxiv/2606.10001"]
    assert suggested(client, "P18-1001")[2] == ["http://testserver/venue/P18-1001@ACL"]


@pytest.mark.parametrize(
    "typed", ["", " ", "xyzzy", '"', "a OR", "title:(", "\0", "漢" * 5000, "*", "at", "-attention"]
)
def test_whatever_is_typed_is_answered(client: Client, indexed_library: None, typed: str) -> None:
    suggested(client, typed)


def test_any_page_may_ask_and_nobody_is_known_by_it(client: Client, indexed_library: None) -> None:
    answer = client.get("/search/suggest?query=attention")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert not answer.cookies


def test_without_an_index_nothing_is_suggested(client: Client, library: None, settings: Any) -> None:
    settings.SEARCH_URL = "null://"
    assert suggested(client, "attention")[1] == []


def test_a_browser_is_told_of_the_search(client: Client, library: None) -> None:
    assert '<link rel="search" type="application/opensearchdescription+xml"' in client.get("/go").content.decode()
    answer = client.get("/opensearch.xml")
    told = ElementTree.fromstring(answer.content)
    urls = {url.attrib["type"]: url.attrib["template"] for url in told.iter(f"{OPEN_SEARCH}Url")}
    assert urls["text/html"] == "http://testserver/search?highlight=1&query={searchTerms}"
    address = urls["application/x-suggestions+json"].replace("{searchTerms}", "attention")
    assert client.get(address).status_code == 200
