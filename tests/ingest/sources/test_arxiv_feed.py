"""What was announced, and on which day, is read off feeds; a feed that is cut off says so."""

from datetime import date

import pytest

from ingest.sources.arxiv_feed import LIMIT, FeedEntry, feed_url, parse_feed
from ingest.sources.base import Bad, BadPage


def entry(name: str = "2606.10001v1", kind: str = "new", published: str = "2026-06-16T00:00:00-04:00") -> str:
    return (
        f'<entry><id>oai:arXiv.org:{name}</id><category term="cs.LG"/><published>{published}</published>'
        f'<arxiv:announce_type xmlns:arxiv="http://arxiv.org/schemas/atom">{kind}</arxiv:announce_type></entry>'
    )


def atom(*entries: str, updated: str = "2026-06-16T04:00:19+00:00", title: str = "cs updates on arXiv.org") -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>http://rss.arxiv.org/atom/cs</id><title>{title}</title>'
        f"<updated>{updated}</updated><subtitle>A sentence.</subtitle>{''.join(entries)}</feed>"
    ).encode()


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("2026-06-16T00:00:00-04:00", date(2026, 6, 16)),
        ("2026-01-16T00:00:00-05:00", date(2026, 1, 16)),
        ("2026-06-16T04:00:00Z", date(2026, 6, 16)),  # the same instants, told in other zones
        ("2026-01-16T05:00:00+00:00", date(2026, 1, 16)),
        ("2026-06-16T12:00:00+08:00", date(2026, 6, 16)),
        ("Tue, 16 Jun 2026 00:00:00 -0400", date(2026, 6, 16)),
        ("2026-03-08T00:00:00-05:00", date(2026, 3, 8)),  # the days on which the clock changes
        ("2026-11-01T00:00:00-04:00", date(2026, 11, 1)),
    ],
)
def test_the_day_is_the_one_that_began_in_new_york(published: str, day: date) -> None:
    feed = parse_feed(atom(entry(published=published)))
    assert (feed.day, feed.bad) == (day, ())


def test_entries_are_in_the_feeds_order_with_kind_and_version() -> None:
    kinds = ("new", "cross", "replace", "replace-cross")
    feed = parse_feed(atom(*(entry(f"2606.1000{n}v{n}", kind) for n, kind in enumerate(kinds, 1))))
    assert feed.name == "cs"
    assert [(e.key, e.version, e.kind) for e in feed.entries] == [
        (f"2606.1000{n}", n, kind) for n, kind in enumerate(kinds, 1)
    ]


def test_one_paper_may_be_there_in_two_kinds_but_not_twice_in_one() -> None:
    feed = parse_feed(atom(entry(), entry(kind="replace"), entry()))
    assert [e.kind for e in feed.entries] == ["new", "replace"]
    assert feed.bad == (Bad("2606.10001v1", "it is in the feed twice"),)


def test_a_feed_that_is_full_is_truncated_whatever_is_in_it() -> None:
    good = [entry(f"2606.{n:05d}v1") for n in range(1, LIMIT)]
    assert not parse_feed(atom(*good)).truncated
    assert parse_feed(atom(*good, entry("2606.20000v1"))).truncated
    full = parse_feed(atom(*good, entry("2606.20000v1", kind="absonly")))
    assert (full.truncated, len(full.entries), len(full.bad)) == (True, LIMIT - 1, 1)


def test_a_feed_without_entries_is_no_error() -> None:
    feed = parse_feed(atom(updated="2026-06-14T04:00:19+00:00"))
    assert (feed.day, feed.entries, feed.bad, feed.truncated) == (date(2026, 6, 14), (), (), False)
    assert parse_feed(atom(updated="some day")).day is None


@pytest.mark.parametrize("name", ["2606.10001", "", "2613.10001v1", "abc", "2606.10001v0"])
def test_entry_without_identifier_and_version_is_told(name: str) -> None:
    feed = parse_feed(atom(entry(), entry(name)))
    assert feed.entries == (FeedEntry("2606.10001", 1, "new", ("cs.LG",)),)
    assert [bad.key for bad in feed.bad] == [name]


def test_a_feed_that_could_not_be_made_is_an_error_in_arxivs_words() -> None:
    with pytest.raises(BadPage, match="A sentence"):
        parse_feed(atom(title="Feed error for query: http://rss.arxiv.org/atom/xx"))


@pytest.mark.parametrize("body", [b"<html/>", b"<rss/>", b"<channel/>", b"{}"])
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(BadPage):
        parse_feed(body)


def test_addresses_name_the_form_and_the_archives() -> None:
    assert feed_url("http://127.0.0.1:1/", "cs") == "http://127.0.0.1:1/atom/cs"
    assert feed_url("http://127.0.0.1:1", ("cs.AI", "math.OC"), "rss") == "http://127.0.0.1:1/rss/cs.AI+math.OC"
