"""OpenReview: a venue's accepted papers, by its API.

Form of API 2: https://api2.openreview.net/notes?content.venueid=ICLR.cc/2024/Conference; a field of `content` is
{"value": …}. Form of API 1, for editions before about 2023: …/notes?invitation=ICLR.cc/2020/Conference/-/
Blind_Submission, where a field is its value, and replies hold the decision of those that do not tell it themselves.
Pages have 1,000 notes. A paper is accepted where its `venueid` is the venue's and its `venue` says nothing else:
rejected ones of API 1 keep the venue's id and only say "Submitted".
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from coolpapers.identifiers import parse_venue_key
from ingest.clean import clean_text, split_names
from ingest.sources.base import Asked, Bad, BadPage, Field, Get, Part, Source
from ingest.sources.rows import Row, Rows

PAGE = 1000
API = {"1": "https://api.openreview.net/notes", "2": "https://api2.openreview.net/notes"}
Note = Mapping[str, Any]


# --- Pages -------------------------------------------------------------------------------------------------------
def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """Page after page, in the order of the submissions' numbers."""
    rows, venueid, api = Rows(asked), asked.fields["venueid"], asked.fields.get("api", "2")
    seen: set[str] = set()
    offset, whole = 0, False
    while not whole:
        notes, told = read_page(get(address(asked.fields, api, offset), expect="json").body)
        if not notes and not offset:
            raise BadPage(
                f"OpenReview has nothing of {venueid} in API {api}: look at the venue id, or try the other API"
            )
        if not notes and told is not None and offset < told:
            raise BadPage(f"it ends after {offset:,} of {told:,} notes")
        ids = {str(note.get("id")) for note in notes}
        if notes and ids <= seen:
            raise BadPage(f"it gives the same notes again after {offset:,}")
        seen |= ids
        found, bad, unaccepted = read_notes(notes, venueid)
        pages = None if told is None else -(-told // PAGE)
        yield rows.part(found, bad=bad, unaccepted=unaccepted, told=told, pages=pages)
        offset += len(notes)
        whole = len(notes) < PAGE if told is None else offset >= told


def address(fields: Mapping[str, str], api: str, offset: int) -> str:
    """Of a page. Without an order, pages would overlap."""
    if api == "1":
        which = {"invitation": fields.get("invitation") or f"{fields['venueid']}/-/Blind_Submission"}
        which["details"] = "directReplies"
    else:
        which = {"content.venueid": fields["venueid"]}
    query = {**which, "sort": "number:asc", "limit": PAGE, "offset": offset}
    return f"{API[api]}?{urlencode(query, quote_via=quote, safe='/')}"


def read_page(body: bytes) -> tuple[list[Note], int | None]:
    """The notes of an answer, and how many there are in all, where it tells."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise BadPage("it is no JSON") from None
    notes = told.get("notes") if isinstance(told, dict) else None
    if not isinstance(notes, list) or not all(isinstance(note, dict) for note in notes):
        raise BadPage("it holds no notes")
    count = told.get("count")
    return notes, count if isinstance(count, int) else None


# --- Notes -------------------------------------------------------------------------------------------------------
def read_notes(notes: list[Note], venueid: str) -> tuple[list[tuple[str, Row]], list[Bad], int]:
    """The rows of accepted papers with their keys, what can't be read, and how many were not accepted."""
    found: list[tuple[str, Row]] = []
    bad = []
    for note in notes:
        # A paper that is held and can't be read is known by its key: it is not missing.
        key = _key(note) or clean_text(note.get("id"), limit=80)
        try:
            if (row := read_note(note, venueid)) is not None:
                found.append((key, row))
        except ValueError as error:
            bad.append(Bad(key, str(error)))
    return found, bad, len(notes) - len(found) - len(bad)


def read_note(note: Note, venueid: str) -> dict[str, Any] | None:
    """A note → its row, or None where it is no accepted paper. ValueError: it can't be read."""
    raw = note.get("content")
    if not isinstance(raw, dict):
        raise ValueError("it has no content")
    content = {name: _value(field) for name, field in raw.items()}
    group = accepted_as(note, content, venueid)
    if group is None:
        return None
    if _key(note) is None:
        raise ValueError(f"its id is none of OpenReview: {_forum(note)[:80]!r}")
    site = f"https://openreview.net/forum?id={_forum(note)}"
    return {
        "id": _forum(note),
        "title": content.get("title"),
        "authors": names_of(content.get("authors")),
        "abstract": content.get("abstract") or "",
        "group": group,
        "site": site,
        "pdf": site.replace("/forum?", "/pdf?") if content.get("pdf") else "",
    }


def _value(field: object) -> Any:
    """API 2 wraps what API 1 has plainly."""
    return field.get("value") if isinstance(field, dict) and "value" in field else field


def _forum(note: Note) -> str:
    return str(note.get("forum") or note.get("id") or "")


def _key(note: Note) -> str | None:
    return parse_venue_key(f"{_forum(note)}@OpenReview")


_NOBODY = re.compile(r"anonymous(?: (?:author|submission)(?:s|\(s\))?)?|paper under .*review", re.IGNORECASE)


def names_of(told: object) -> list[str]:
    """Names as a list, in one text, or with what else is known of each person; without those that hide who it is."""
    listed = split_names(told) if isinstance(told, str) else told if isinstance(told, list) else []
    names = (one.get("fullname") if isinstance(one, dict) else one for one in listed)
    return [name for name in names if isinstance(name, str) and not _NOBODY.fullmatch(name.strip())]


# --- What is accepted, and as what -------------------------------------------------------------------------------
NOT_ACCEPTED = re.compile(
    r"submitted|\bsubmission|withdraw|reject|under review|pending|retract|invite to workshop", re.IGNORECASE
)


def accepted_as(note: Note, content: Mapping[str, Any], venueid: str) -> str | None:
    """The group of an accepted paper, "" where it has none; None: it is not accepted, or was taken back."""
    venue, held = str(content.get("venue") or ""), str(content.get("venueid") or "")
    if note.get("ddate") or NOT_ACCEPTED.search(venue) or (held and held != venueid):
        return None
    if venue:
        return group_of(venue)
    if decision := _decision(note):
        return group_of(decision) if decision.lower().startswith("accept") else None
    # In API 1, whose notes name their one invitation, rejected papers keep the venue's id.
    return "" if held and "invitation" not in note else None


# What the note of a decision is called, and where it says it: the first that is there counts. ICLR's of 2017 to 2020
# are …/-/paper1/acceptance, …/-/Acceptance_Decision, …/-/Paper1/Meta_Review (there was no other) and …/-/Decision.
_DECISIONS = (
    (re.compile(r"/(?:acceptance|(?:Acceptance_|Final_)?Decision)"), "decision"),
    (re.compile(r"/Meta_Review"), "recommendation"),
)


def _decision(note: Note) -> str:
    """What the chairs wrote below a submission of the older years."""
    details = note.get("details")
    listed = details.get("directReplies") if isinstance(details, dict) else None
    replies = [reply for reply in listed if isinstance(reply, dict)] if isinstance(listed, list) else []
    for called, name in _DECISIONS:
        for reply in replies:
            content, invitation = reply.get("content"), str(reply.get("invitation"))
            if isinstance(content, dict) and called.fullmatch(invitation[max(0, invitation.rfind("/")) :]):
                return str(_value(content.get(name)) or "")
    return ""


_SHOWN = (
    ("Oral", re.compile(r"(?i:\b(?:conditional)?oral)|Oral|(?i:\btalk\b)")),  # and no behavioral, temporal
    ("Spotlight", re.compile(r"spotlight", re.IGNORECASE)),
    ("Poster", re.compile(r"poster", re.IGNORECASE)),
)
# Words and signs that say no more than that the paper is in the edition.
_PLAIN = re.compile(
    r"\b(?:19|20)[0-9]{2}\b|\b(?:conference|conditional|accept(?:ed)?|track|main|paper)s?\b|[():;,]", re.IGNORECASE
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def group_of(venue: str) -> str:
    """ "ICLR 2024 poster", "ICML 2025 spotlightposter", "Accept (Talk)" → Poster, Spotlight, Oral; a track stands
    before: "NeurIPS 2023 Datasets and Benchmarks Poster" → Datasets and Benchmarks Poster."""
    shown = next((name for name, pattern in _SHOWN if pattern.search(venue)), "")
    year = _YEAR.search(venue)
    if year is None and not venue.lower().startswith("accept"):
        return shown  # behind the conference's name, which ends where no year does
    words = _PLAIN.sub(" ", venue[year.end() :] if year else venue).split()
    track = " ".join(word for word in words if not any(pattern.search(word) for _, pattern in _SHOWN))
    return f"{track[:1].upper()}{track[1:]} {shown}".strip()


SOURCE = Source(
    "openreview",
    "OpenReview",
    "Accepted papers with their groups: https://api2.openreview.net/notes?content.venueid=<venue id>, 1,000 a time.",
    (
        Field(
            "venueid",
            "Venue id",
            "The group of the venue, as in the address https://openreview.net/group?id=<venue id>.",
            "ICLR.cc/2024/Conference",
            pattern=r"[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+){1,8}",
        ),
        Field("api", "API", "2 from about 2023 on; older editions are in 1.", "2", choices=("2", "1"), default="2"),
        Field(
            "invitation",
            "Invitation",
            "With API 1, what its submissions answered, where that is not <venue id>/-/Blind_Submission.",
            "ICLR.cc/2018/Conference/-/Blind_Submission",
            pattern=r"[A-Za-z0-9._~/-]{1,200}",
            required=False,
        ),
    ),
    pull,
)
