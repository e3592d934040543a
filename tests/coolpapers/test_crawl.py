"""A walk over the site with the shipped papers: every link leads somewhere, every page and feed is sound.

All that the home page links to is read, and beyond it and a search, three steps deep, some addresses of each shape from
each shape of page.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from coolpapers.exports import FORMATS
from coolpapers.preparing import SAMPLE
from search.index import rebuild

pytestmark = pytest.mark.django_db  # else no database is set up for the walk, when this file runs alone
SITE = "http://testserver"
DEPTH, OF_A_SHAPE = 3, 2
SEARCH = "/arxiv/search?highlight=1&query=language,graph"
ATOM = "{http://www.w3.org/2005/Atom}"
VOID = set("area base br col embed hr img input link meta source track wbr".split())
# What ends a paragraph, whether its end tag has come or not (HTML, section 4.4.1).
ENDS_P = set("article aside details div dl fieldset footer form h1 h2 h3 h4 h5 h6 header hr main menu nav ol p pre "
             "section table ul".split())  # fmt: skip


class Page(HTMLParser):
    """What a page links to and what is wrong with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.links: list[str] = []
        self.ids: Counter[str] = Counter()
        self.references: set[str] = set()
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self.open]
        self.faults += [f"id {name} stands {n} times" for name, n in self.ids.items() if n > 1]
        self.faults += [f"nothing has the id {name}" for name in self.references - set(self.ids)]
        self.faults += [f"a bare & in {m}" for m in re.findall(r"&(?!#?\w{1,30};).{0,20}", text)]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if len(values) < len(attributes):
            self.faults.append(f"an attribute twice in {self.get_starttag_text()}")
        if tag in ENDS_P and "p" in self.open:
            self.faults.append(f"<{tag}> in a paragraph")
        if tag == "a" and "a" in self.open:
            self.faults.append(f"a link in a link: {values.get('href')}")
        if tag not in VOID:
            self.open.append(tag)
        if (name := values.get("id")) is not None:
            self.ids[name] += 1
            if not name or re.search(r"\s", name):
                self.faults.append(f"{name!r} is no id")
        self.references.update(f"{values.get('for') or ''} {values.get('aria-labelledby') or ''}".split())
        followed = ("href", "src") if values.get("method") == "post" else ("href", "src", "action")
        if "hreflang" not in values:  # the same page again
            self.links += [values[name] or "" for name in followed if name in values]
        if values.get("target") == "_blank" and "noopener" not in (values.get("rel") or ""):
            target = values.get("href") or ""
            if urlsplit(target).netloc:
                self.faults.append(f"{target} can reach back to this window")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else at {self.getpos()}")


@dataclass
class Walk:
    """What was read, by address, and which page linked to each."""

    pages: dict[str, Page] = field(default_factory=dict)
    feeds: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    static: set[str] = field(default_factory=set)
    anchors: dict[tuple[str, str], str] = field(default_factory=dict)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)


def shape(url: str) -> str:
    """Addresses of one shape are answered by the same code with the same parameters."""
    parts = urlsplit(url)
    path = re.sub(r"/[a-z-]+/[0-9]{7}|/[0-9]{4}\.[0-9]{4,5}", "/ID", parts.path)
    path = re.sub(r"^/venue/[^/]*@[^/]*", "/venue/KEY", path)
    path = re.sub(
        r"^/venue/(?!search|latest|KEY)[^/.]+(\.[0-9]+)?", lambda m: "/venue/V" + (".Y" if m[1] else ""), path
    )
    path = re.sub(r"^/author/[^/]+", "/author/NAME", path)
    path = re.sub(r"^/arxiv/(?!search|ID)[^/]+", "/arxiv/CATEGORY", path)
    names = {f"{name}={value}" if name == "format" else name for name, value in parse_qsl(parts.query)}
    return f"{path}?{'&'.join(sorted(names))}"


def walk_site(client: Client) -> Walk:
    walk = Walk()
    waiting, seen = [("/", "nowhere", 0), (SEARCH, "the search form", 1)], {"/", SEARCH}
    while waiting:
        url, origin, depth = waiting.pop(0)
        response = client.get(url)
        if response.status_code == 302:  # searches that name a paper, and the halves of the home page
            response = client.get(response.headers["Location"])
        if response.status_code != 200:
            walk.failures.append(f"{response.status_code} {url} (linked from {origin})")
            continue
        if "atom" in response.headers["Content-Type"]:
            walk.feeds[url] = response.content
            continue
        if "attachment" in response.headers.get("Content-Disposition", ""):
            walk.files[url] = response.content
            continue
        if "text/html" not in response.headers["Content-Type"]:
            continue  # a file to be kept
        page = walk.pages[url] = Page(response.content.decode())
        for link in page.links:
            target, anchor = urldefrag(urljoin(SITE + url, link))
            if not target.startswith(SITE + "/"):
                walk.outside.add(target)
                continue
            target = target.removeprefix(SITE)
            if anchor:
                walk.anchors[target, anchor] = url
            if target.startswith("/static/"):
                walk.static.add(target)
                continue
            if target in seen or depth == DEPTH:
                continue
            step = shape(url), shape(target)
            walk.steps[step] += 1
            if depth == 0 or walk.steps[step] <= OF_A_SHAPE:
                seen.add(target)
                waiting.append((target, url, depth + 1))
    return walk


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The walk, over the shipped papers and an index of them, which are gone afterwards."""
    url = f"embedded://{tmp_path_factory.mktemp('crawl') / 'index'}"
    with django_db_blocker.unblock(), override_settings(SEARCH_URL=url), transaction.atomic():
        call_command("load_records", str(SAMPLE), verbosity=0)
        rebuild()
        found = walk_site(Client())
        transaction.set_rollback(True)
    return found


def test_every_link_leads_to_a_page(walk: Walk) -> None:
    assert walk.failures == []


def test_every_kind_of_page_is_among_those_read(walk: Walk) -> None:
    assert {
        *("/arxiv/CATEGORY?", "/arxiv/CATEGORY?date", "/arxiv/CATEGORY/feed?", "/arxiv/CATEGORY/feed?date"),
        *("/arxiv/CATEGORY?show&sort", "/arxiv/CATEGORY?skip", "/arxiv/CATEGORY?show", "/arxiv/ID?"),
        *("/venue/V.Y?", "/venue/V.Y?group", "/venue/V.Y?skip", "/venue/V/feed?", "/venue/KEY?"),
        *("/search?query", "/arxiv/search?highlight&query", "/search?", "/arxiv/search?", "/venue/search?"),
        *("/venue/search/feed?highlight&query", "/arxiv/search?highlight&query&skip"),
        *(
            "/author/NAME?",
            "/arxiv/ID/related?",
            "/venue/KEY/related?",
            "/arxiv/ID/related?skip",
            "/arxiv/ID/related/feed?",
        ),
    } <= {target for _, target in walk.steps}
    assert len(walk.pages) > 200
    assert len(walk.feeds) > 150
    for name in FORMATS:
        assert len([url for url in walk.files if f"format={name}" in url]) > 5


def test_every_page_is_well_formed_and_each_id_is_there_once(walk: Walk) -> None:
    assert {url: page.faults[:3] for url, page in walk.pages.items() if page.faults} == {}


def test_every_link_into_a_page_finds_its_place(walk: Walk) -> None:
    places = {key: origin for key, origin in walk.anchors.items() if key[0] in walk.pages}
    assert len(places) > 500
    wrong = [f"{url}#{name} on {origin}" for (url, name), origin in places.items() if name not in walk.pages[url].ids]
    assert wrong == []


def test_every_file_a_page_asks_for_is_there(walk: Walk) -> None:
    assert len(walk.static) >= 3
    assert [path for path in walk.static if finders.find(path.removeprefix("/static/")) is None] == []


def test_every_link_outside_is_a_web_address(walk: Walk) -> None:
    assert len(walk.outside) > 100
    bookmark = "javascript:location.href='http://testserver/go?url='+encodeURIComponent(location.href)"  # of /extension
    others = [url for url in walk.outside if not re.match(r"https?://[a-z0-9.-]+(/|$)", url)]
    assert others == [bookmark]


def test_every_file_to_take_along_holds_something(walk: Walk) -> None:
    assert [url for url, content in walk.files.items() if len(content) < 10] == []


def test_every_feed_is_valid(walk: Walk) -> None:
    faults = defaultdict(list)
    for url, content in walk.feeds.items():
        root = ElementTree.fromstring(content)
        entries = root.findall(f"{ATOM}entry")
        for node in (root, *entries):  # RFC 4287, sections 4.1.1 and 4.1.2
            for name in ("id", "title", "updated"):
                if len(node.findall(ATOM + name)) != 1 or not node.findtext(ATOM + name):
                    faults[url].append(f"{node.tag} has not one {name}")
        ids = [entry.findtext(f"{ATOM}id", "") for entry in entries]
        if len(ids) != len(set(ids)) or not all(i.startswith(SITE + "/") for i in ids):
            faults[url].append("an id stands twice or is no address of the site")
        if {link.get("rel") for link in root.findall(f"{ATOM}link")} < {"self", "alternate"}:
            faults[url].append("it does not link to itself and to its page")
    assert faults == {}


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<div><p>a</div>", "closes something else"),
        ("<p>a<div>b</div></p>", "in a paragraph"),
        ("<b>a", "never closed"),
        ('<b id="a"></b><b id="a"></b>', "2 times"),
        ('<label for="x">a</label>', "nothing has the id x"),
        ("<b>a & b</b>", "bare &"),
        ('<a href="/x"><a href="/y"></a></a>', "a link in a link"),
        ('<a href="http://x/" target="_blank">a</a>', "reach back"),
        ('<b class="a" class="b"></b>', "twice"),
    ],
)
def test_the_walk_sees_what_is_wrong(html: str, fault: str) -> None:
    (found,) = [text for text in Page(html).faults if fault in text][:1]
    assert found
