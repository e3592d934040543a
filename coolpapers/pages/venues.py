"""/venue and what is below it but papers and search: the index of venues, editions, and the newest one of a venue.

Guarantees: an edition has one address, and other names of its venue, other spellings and the venues of a joint edition
redirect to it; a venue that holds a paper has a page; who asks for a venue or an edition that is not here is told of
those that are; the number of queries depends neither on papers nor on venues.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import quote, urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coolpapers.models import Edition, Paper, Venue
from coolpapers.pages.lists import PaperList, show_list, sort_params
from coolpapers.pages.options import ListOptions, Shape, moved, read_options, text_param
from coolpapers.pages.preference import part_of
from ingest.sources.registry import SOURCES

LONGEST = 100  # characters of an edition's name; a venue's has 60 at most
READINGS = 3  # ways to read an address as an edition: A.2020.2021 is a year of A.2020, or A's year 2020
LIKELY = 5  # venues that may have been meant
_YEAR = re.compile(r"\.([0-9]{4})(?=-|$)")


class UnknownVenue(Http404):
    """A venue or an edition that is not here; `choices` are names and addresses of what is."""

    def __init__(self, sentence: str, choices: Sequence[tuple[str, str]] = (), label: str = "") -> None:
        super().__init__(sentence)
        self.choices, self.label = choices, label


# --- All venues --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class VenueRow:
    """A venue that holds papers, its other names, and its editions, newest first, joint ones too."""

    venue: Venue
    names: tuple[str, ...]
    editions: tuple[Edition, ...]

    @property
    def searched(self) -> str:
        """What somebody may type to find it."""
        return ", ".join(filter(None, (self.venue.code, self.venue.name, *self.names))).lower()

    @property
    def own(self) -> list[tuple[Edition, str]]:
        """Each edition with its name here: 2024 of its own, and the whole name of a joint one."""
        mine = self.venue.pk
        return [(one, one.in_venue if one.venue_id == mine else str(one)) for one in self.editions]


def venue_rows() -> list[VenueRow]:
    """All venues that hold papers, in the order of their codes; in four queries."""
    editions: dict[int, list[Edition]] = {}
    for edition in Edition.objects.with_counts().newest_first().prefetch_related("also_of"):
        for pk in {edition.venue_id, *(venue.pk for venue in edition.also_of.all())}:
            editions.setdefault(pk, []).append(edition)
    venues = Venue.objects.prefetch_related("names").filter(pk__in=editions)
    return [
        VenueRow(venue, tuple(name.code for name in venue.names.all()), tuple(editions[venue.pk]))
        for venue in sorted(venues, key=lambda venue: venue.code.lower())
    ]


def venue_index(request: HttpRequest) -> HttpResponse:
    """/venue, and ?name= for those that have it in a name."""
    if request.path != "/venue":
        return moved(request, "/venue")
    name = text_param(request.GET, "name", 100)
    rows = [(row, name.lower() in row.searched) for row in venue_rows()]
    shown = sum(shown for _row, shown in rows)
    told = ngettext("{venues} venue", "{venues} venues", len(rows))
    found = ngettext("{shown} of {venues} venue", "{shown} of {venues} venues", len(rows))
    editions = (edition for row, _shown in rows for edition in row.editions)
    context = {
        "rows": rows,
        "name": name,
        "shown": shown,
        "count": told.format(venues=len(rows)),
        "found": found.format(shown=shown, venues=len(rows)),
        "any_found": found.format(shown="{shown}", venues=len(rows)),
        "latest": max(editions, key=lambda edition: (edition.added, edition.pk), default=None),
    }
    return render(request, "venues/index.html", context)


# --- What an address names ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _At:
    """An edition and the path of its page; `newer`: a newer one that is not complete. Not `lasting`: another edition
    may be at this address tomorrow."""

    edition: Edition
    path: str
    newer: Edition | None = None
    lasting: bool = True


def names_venue(text: str) -> bool:
    """Whether a text with an @, as papers' keys have, names a venue or an edition all the same."""
    names = {name.lower() for name in Venue.objects.with_at_signs()}
    return bool(names) and not names.isdisjoint(name.lower() for name in (text, *(r[0] for r in _readings(text))))


def venue_list(request: HttpRequest, text: str, shape: Shape) -> HttpResponse:
    """/venue/<VENUE>.<YEAR>[-<LABEL>], /venue/<VENUE> (its newest complete edition) and /venue/latest (the edition
    added last)."""
    at = _latest() if text == "latest" else _find(text)
    if at.path != f"/venue/{quote(text)}":
        return moved(request, f"{at.path}{shape.value}", lasting=at.lasting)
    groups = at.edition.counted_groups()
    group = text_param(request.GET, "group", 200)
    if group and (spelled := _group(at.edition, group, [name for name, _count in groups])) != group:
        query = request.GET.copy()
        query["group"] = spelled
        return moved(request, f"{at.path}{shape.value}", query=query.urlencode())
    options = read_options(request, shape.default_show)
    papers = _edition_list(at, groups, group, options, full=shape is Shape.PAGE)
    return show_list(request, papers, shape, template="venues/edition.html")


def _latest() -> _At:
    edition = Edition.objects.last_added()
    if edition is None:
        raise UnknownVenue(_("No venue holds papers here yet."))
    return _At(edition, "/venue/latest")


def _readings(text: str) -> Iterator[tuple[str, int, str]]:
    """Venue, year and label of each way to read a text as an edition, those of the longest venue first."""
    for match in [*_YEAR.finditer(text)][: -READINGS - 1 : -1]:
        if match.start():
            yield text[: match.start()], int(match[1]), text[match.end() + 1 :]


def _find(text: str) -> _At:
    """What the text names, or UnknownVenue."""
    readings = list(_readings(text)) if len(text) <= LONGEST else []
    known = [(venue, year, label) for name, year, label in readings if (venue := Venue.objects.known_as(name))]
    for venue, year, label in known:
        if at := _edition_at(venue, year, label):
            return at
    if len(text) <= LONGEST and (venue := Venue.objects.known_as(text)):
        return _venue_at(venue)
    if known:
        venue, year, label = known[0]
        named = f"{venue.code}.{year}{f'-{label}' if label else ''}"
        raise _nothing_of(venue, _("The edition {named} is not here.").format(named=named[:LONGEST]))
    raise _unknown(readings[0][0] if readings else text[:LONGEST])


def _venue_at(venue: Venue) -> _At:
    edition, newer = Edition.objects.newest_of(venue)
    if edition is None:
        raise _nothing_of(venue, _("No paper of {code} is held here yet.").format(code=venue.code))
    return _At(edition, venue.get_absolute_url(), newer)


def _edition_at(venue: Venue, year: int, label: str) -> _At | None:
    """The edition of that label, one that holds papers and the venue's own first; where no label is said and all have
    one, the newest."""
    editions = list(Edition.objects.of_venue(venue).filter(year=year).with_held().newest_first())
    labelled = [edition for edition in editions if edition.label.lower() == label.lower()]
    candidates = labelled or ([] if label else editions)
    if not candidates:
        return None
    chosen = max(candidates, key=lambda edition: (edition.held > 0, edition.venue_id == venue.pk))
    return _At(chosen, chosen.get_absolute_url(), lasting=bool(labelled))


def _group(edition: Edition, asked: str, names: Sequence[str]) -> str:
    """The group's name as the edition has it."""
    if asked in names:
        return asked
    if spelled := [name for name in names if name.lower() == asked.lower()]:
        return spelled[0]
    named = ", ".join(filter(None, names))
    told = (
        _("{edition} has no group {group}. Its groups are: {named}.") if named else _("{edition} has no group {group}.")
    )
    raise Http404(told.format(edition=edition, group=asked[:80], named=named))


# --- What is not here --------------------------------------------------------------------------------------------
def _nothing_of(venue: Venue, sentence: str) -> UnknownVenue:
    held = Edition.objects.of_venue(venue).holding_papers().newest_first()
    return UnknownVenue(
        sentence, [(str(one), one.get_absolute_url()) for one in held], _("Of {code} there are").format(code=venue.code)
    )


def _unknown(name: str) -> UnknownVenue:
    """With venues whose names are like it, or hold it."""
    rows = venue_rows()
    codes = {text.lower(): row.venue for row in rows for text in (row.venue.name, *row.names, row.venue.code) if text}
    asked = name.lower()
    within = [text for text in codes if len(asked) > 2 and (asked in text or (len(text) > 2 and text in asked))]
    likely = dict.fromkeys(codes[text] for text in [*get_close_matches(asked, codes, LIKELY), *within])
    choices = [(venue.code, venue.get_absolute_url()) for venue in likely][:LIKELY]
    return UnknownVenue(_("No venue is called {name} here.").format(name=name), choices, _("Perhaps you mean"))


# --- One edition -------------------------------------------------------------------------------------------------
def _edition_list(
    at: _At, groups: Sequence[tuple[str, int]], group: str, options: ListOptions, *, full: bool
) -> PaperList:
    edition = at.edition
    held = Paper.objects.of_edition(edition, group or None)
    twice = held.later_copies()
    ids = held.exclude(pk__in=twice).sorted_by(options.sort).values_list("pk", flat=True)
    name = f"{edition} - {group}" if group else str(edition)
    return PaperList(
        name=name,
        heading=name,
        subtitle=edition.venue.name,
        path=at.path,
        branch="venue",
        papers=Paper.objects.for_cards(part_of(ids, options)),
        total=sum(count for one, count in groups if group in ("", one)) - len(twice),
        options=options,
        params=(*((("group", group),) if group else ()), *sort_params(options)),
        description=_("The accepted papers of {name}, with titles, authors and abstracts.").format(name=name),
        groups=tuple((one, f"{at.path}?{urlencode({'group': one})}", count) for one, count in groups if one),
        empty=_("{name} holds no paper yet.").format(name=name),
        changed=edition.added,
        by_mail=at.path != "/venue/latest",
        extra={"edition": edition, "group": group, "newer": at.newer, **(_told(edition, group) if full else {})},
    )


def _told(edition: Edition, group: str) -> dict[str, object]:
    """What the page says of the edition beside its papers: how much of it is here, and where it is from."""
    source = SOURCES.get(edition.source)
    others = Edition.objects.of_venue(edition.venue).filter(year=edition.year).exclude(pk=edition.pk)
    return {
        "expected": _in_all(_expected(edition.held, edition.expected), group),
        "gap": not edition.is_complete,
        "missing": Paper.objects.missing_from(edition, group or None),
        "source": source.label if source else "",
        "licence_note": edition.licence_note or (source.licence if source else ""),
        "same_year": list(others.holding_papers().newest_first()),
    }


def _expected(held: int, expected: int | None) -> str:
    """As a day page says it: 2260 of 2260."""
    if expected is None:
        return ""
    if held > expected:
        return _("{held} held, {expected} expected").format(held=held, expected=expected)
    told = (
        _("{held} of {expected} expected: {missing} not held yet")
        if held < expected
        else _("{held} of {expected} expected")
    )
    return told.format(held=held, expected=expected, missing=expected - held)


def _in_all(expected: str, group: str) -> str:
    """The same on the page of a group, which counts its own papers."""
    return _("in all {expected}").format(expected=expected) if expected and group else expected
