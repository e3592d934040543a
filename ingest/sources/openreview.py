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

from ingest.sources.base import Asked, Bad, BadPage, Field, Get, Part, Source
from ingest.sources.rows import Rows

PAGE = 1000
API = {"1": "https://api.openreview.net/notes", "2": "https://api2.openreview.net/notes"}
NOT_ACCEPTED = re.compile(r"submitted|withdraw|reject|under review|retract", re.IGNORECASE)
Note = Mapping[str, Any]


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """Page after page, in the order of the submissions' numbers."""
    rows, venueid, api = Rows(asked), asked.fields["venueid"], asked.fields.get("api", "2")
    offset, told = 0, None
    while told is None or offset < told:
        notes, told = read_page(get(address(asked.fields, api, offset), expect="json").body)
        if not notes and not offset:
            raise BadPage(
                f"OpenReview has nothing of {venueid} in API {api}: look at the venue id, or try the other API"
            )
        if not notes:
            raise BadPage(f"it ends after {offset} of {told} notes")
        found, bad = [], []
        for note in notes:
            try:
                if row := read_note(note, venueid):
                    found.append((str(note.get("id", "")), row))
            except ValueError as error:
                bad.append(Bad(str(note.get("id", ""))[:80], str(error)))
        unaccepted = len(notes) - len(found) - len(bad)
        yield rows.part(found, bad=bad, unaccepted=unaccepted, told=told, pages=-(-told // PAGE))
        offset += len(notes)


def address(fields: Mapping[str, str], api: str, offset: int) -> str:
    """Of a page. Without an order, pages would overlap."""
    if api == "1":
        which = {"invitation": fields.get("invitation") or f"{fields['venueid']}/-/Blind_Submission"}
        which["details"] = "directReplies"
    else:
        which = {"content.venueid": fields["venueid"]}
    query = {**which, "sort": "number:asc", "limit": PAGE, "offset": offset}
    return f"{API[api]}?{urlencode(query, quote_via=quote, safe='/')}"


def read_page(body: bytes) -> tuple[list[Note], int]:
    """The notes of an answer, and how many there are in all."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise BadPage("it is no JSON") from None
    notes = told.get("notes") if isinstance(told, dict) else None
    if not isinstance(notes, list) or not all(isinstance(note, dict) for note in notes):
        raise BadPage("it holds no notes")
    count = told.get("count", len(notes))
    return notes, count if isinstance(count, int) else len(notes)


def read_note(note: Note, venueid: str) -> dict[str, Any] | None:
    """A note → its row, or None where it is no accepted paper. ValueError: it can't be read."""
    raw = note.get("content")
    if not isinstance(raw, dict):
        raise ValueError("it has no content")
    content = {name: _value(field) for name, field in raw.items()}
    group = accepted_as(note, content, venueid)
    if group is None:
        return None
    forum = str(note.get("forum") or note.get("id") or "")
    names = content.get("authors")
    authors = (
        [name for name in names if name not in {"Anonymous", "Anonymous Authors"}] if isinstance(names, list) else []
    )
    site = f"https://openreview.net/forum?id={quote(forum, safe='')}"
    return {
        "id": forum,
        "title": content.get("title"),
        "authors": authors,
        "abstract": content.get("abstract") or "",
        "group": group,
        "site": site,
        "pdf": site.replace("/forum?", "/pdf?") if content.get("pdf") else "",
    }


def _value(field: object) -> Any:
    """API 2 wraps what API 1 has plainly."""
    return field.get("value") if isinstance(field, dict) and "value" in field else field


def accepted_as(note: Note, content: Mapping[str, Any], venueid: str) -> str | None:
    """The group of an accepted paper, "" where it has none; None: it is not accepted, or was taken back."""
    venue, held = str(content.get("venue") or ""), str(content.get("venueid") or "")
    if note.get("ddate") or NOT_ACCEPTED.search(venue) or (held and held != venueid):
        return None
    if held or venue:
        return group_of(venue)
    decision = _decision(note)
    return group_of(decision) if decision and decision.lower().startswith("accept") else None


def _decision(note: Note) -> str:
    """What the chairs wrote below a submission of the older years."""
    details = note.get("details")
    replies = details.get("directReplies") if isinstance(details, dict) else None
    for reply in replies if isinstance(replies, list) else []:
        if isinstance(reply, dict) and re.search(r"/-/(?:Acceptance_|Final_)?Decision$", str(reply.get("invitation"))):
            content = reply.get("content")
            if isinstance(content, dict):
                return str(content.get("decision") or content.get("title") or "")
    return ""


_WORDS = (
    ("Oral", re.compile(r"oral|\btalk\b", re.IGNORECASE)),
    ("Spotlight", re.compile(r"spotlight", re.IGNORECASE)),
    ("Poster", re.compile(r"poster", re.IGNORECASE)),
)
# The name and year of a conference, and words that say no more than that the paper is in it.
_PLAIN = re.compile(
    r"^\S+ (?=\S*[0-9]{4})|\b(?:19|20)[0-9]{2}\b|\b(?:conference|accept(?:ed)?|track|main|paper)s?\b|[()]",
    re.IGNORECASE,
)


def group_of(venue: str) -> str:
    """ "ICLR 2024 poster", "ICML 2025 spotlightposter", "Accept (Talk)" → Poster, Spotlight, Oral; a track stands
    before: "NeurIPS 2023 Datasets and Benchmarks Poster" → Datasets and Benchmarks Poster."""
    rest, shown = " ".join(_PLAIN.sub(" ", venue).split()), ""
    for name, pattern in _WORDS:
        if pattern.search(rest):
            shown = name
            break
    rest = " ".join(word for word in rest.split() if not any(pattern.search(word) for _, pattern in _WORDS))
    if not shown and " " not in rest:
        return ""  # the conference's name alone
    return f"{rest[:1].upper()}{rest[1:]} {shown}".strip()


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
