"""Frames of PDFs: one table decides what every page's policy allows and what the page's script knows."""

import re
from pathlib import Path

import pytest
from django.test import Client

from coolpapers.framing import FRAMED_HOSTS, NOT_FRAMED
from tests.coolpapers.test_lists import get

SOURCES = Path(__file__).parents[2] / "ingest" / "sources"
# Where lists and texts are read, and no paper of it has its PDF there.
NO_PDFS = {"example.org", "www.kaggle.com", "export.arxiv.org", "api.openreview.net", "api2.openreview.net"}


def test_every_place_that_papers_are_pulled_from_is_decided_on() -> None:
    texts = "".join(path.read_text() for path in SOURCES.glob("*.py"))
    places = set(re.findall(r"https://([a-z0-9.-]+[a-z])", texts)) - NO_PDFS
    assert places - set(FRAMED_HOSTS) - NOT_FRAMED.keys() == set()
    assert set(FRAMED_HOSTS) & NOT_FRAMED.keys() == set()


@pytest.mark.django_db
def test_the_policy_and_the_page_name_the_same_hosts(client: Client, library: None) -> None:
    for path in ("/arxiv/cs.CL", "/arxiv/2606.10001", "/venue/ACL.2018"):
        policy = client.get(path).headers["Content-Security-Policy"]
        (sources,) = re.findall(r"frame-src ([^;]+)", policy)
        assert sources.split() == [f"https://{host}" for host in FRAMED_HOSTS]
        (told,) = re.findall(r'data-hosts="([^"]+)"', get(client, path))
        assert told.split() == list(FRAMED_HOSTS)
