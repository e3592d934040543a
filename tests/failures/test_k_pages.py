"""K3: pages of proceedings that are endless, nested, broken or lead elsewhere cost no more than they are long."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from coolpapers.models import Edition, Paper, Venue
from ingest import editions, jobs
from ingest.models import RunState
from ingest.sources import aaai, cvf, ijcai, isca, miccai, ndss, neurips, pages, usenix
from ingest.sources.base import BadPage
from tests.ingest.clocks import NOON, standing_clock
from tests.upstream.places import FakePlaces, page, sites
from tests.upstream.places.papers import held_papers

AT = "https://papers.example.org/"
HEAD = '<meta name="citation_title" content="T"><meta name="citation_author" content="A, B">'
READERS: dict[str, Callable[[bytes], object]] = {
    "a paper": lambda body: pages.read_paper(body, AT),
    "cvf": lambda body: cvf.read_list(body, AT),
    "neurips": lambda body: neurips.read_list(body, AT, 2024),
    "ijcai list": lambda body: ijcai.read_list(body, AT, 2024),
    "ijcai": lambda body: ijcai.read_page(body, AT),
    "usenix list": lambda body: usenix.read_sessions(body, AT),
    "usenix": lambda body: usenix.read_page(body, AT),
    "ndss": lambda body: ndss.read_page(body, AT),
    "isca": lambda body: isca.read_list(body, AT, "interspeech_2024"),
    "miccai": lambda body: miccai.read_page(body, AT),
    "aaai": lambda body: aaai.read_records(body, "38", {}),
}


def whole(body: str) -> bytes:
    return f"<html><head>{HEAD}</head><body>{body}</body></html>".encode("utf-8", "surrogatepass")


HOSTILE = {
    "empty": b"",
    "no page": b"hello",
    "NUL": b"\0" * 1_000,
    "not UTF-8": b"<html><body>\xff\xfe\xe9</body>",
    "surrogates": whole('<h4>Abstract</h4><p>x\ud800&#xD800;&#0;&#x110000;</p><a href="/a\ud800">x</a>'),
    "10,000 deep": whole("<div>" * 10_000 + "x"),
    "10,000 abstracts deep": whole('<div class="abstract">' * 10_000 + "x"),
    "papers in papers": whole('<div class="node-paper">' * 200 + '<a href="/presentation/x">t</a>' * 3_000),
    "sections in sections": whole('<div class="section">' * 200 + '<a href="/proceedings/2024/1">t</a>' * 3_000),
    "100,000 links": whole('<a href="/x">t</a>' * 100_000),
    "a link of 1 MB": whole(f'<a href="/{"x" * 1_000_000}">t</a>'),
    "a text of 5 MB": whole("<p>" + "Abstract " * 500_000 + "</p>"),
    "headings": whole("<h4>Abstract</h4>" * 20_000),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_k3_a_hostile_page_is_read_or_refused_and_soon(body: bytes) -> None:
    for name, read in READERS.items():
        began = time.process_time()
        with suppress(BadPage):
            read(body)
        assert time.process_time() - began < 6, name


@pytest.mark.django_db
def test_k3_a_list_leads_to_no_other_host(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    standing_clock(settings, tmp_path)
    held = dict(sites.cvf("CVPR2024", held_papers(3)))
    entry = '<dt class="ptitle"><a href="https://elsewhere.example.net/content/x.html">Elsewhere</a></dt>'
    held["/CVPR2024?day=all"] = held["/CVPR2024?day=all"].replace("<dl>", f"<dl>{entry}")
    with FakePlaces(
        {"openaccess.thecvf.com": sites.site(held), "elsewhere.example.net": lambda visit: page("x")}
    ) as at:
        settings.VENUE_UPSTREAM = at.url
        venue = Venue.objects.create(code="CVPR")
        fields = {"conference": "CVPR2024"}
        edition = Edition.objects.create(venue=venue, year=2024, source="cvf", fields=fields, added=NOON)
        run = editions.ask_pull(edition, by="ada")
        jobs.perform(run.pk)
        run.refresh_from_db()
        assert (run.state, Paper.objects.count(), at.paths("elsewhere.example.net")) == (RunState.DONE, 3, [])
        assert any("is not on openaccess.thecvf.com" in note for note in run.notes)
