"""OpenReview: both versions of its API, with notes that were not accepted among those that were."""

import json
from collections.abc import Sequence
from typing import Any

from tests.upstream.fault import Answer
from tests.upstream.places import NOT_FOUND, Place, Visit, page
from tests.upstream.places.papers import HeldPaper

HOSTS = {"2": "api2.openreview.net", "1": "api.openreview.net"}


def note(number: int, paper: HeldPaper, venueid: str, *, api: str = "2", venue: str | None = None) -> dict[str, Any]:
    """A note of an accepted paper, or whatever `venue` says that it is."""
    name, year = venueid.split(".")[0], venueid.split("/")[1]
    content: dict[str, Any] = {
        "title": paper.title,
        "authors": list(paper.authors),
        "authorids": [f"~Author{at}" for at in range(len(paper.authors))],
        "abstract": paper.abstract,
        "keywords": [],
        "pdf": f"/pdf/{number:040x}.pdf",
        "venue": f"{name} {year} {paper.group.lower()}" if venue is None else venue,
        "venueid": venueid,
        "paperhash": "author|title",
    }
    if api == "2":
        content = {key: {"value": value} for key, value in content.items()}
    id = f"paper{number:05d}"
    return {"id": id, "forum": id, "number": number, "replyto": None, "readers": ["everyone"], "content": content}


def decided(number: int, paper: HeldPaper, venueid: str, decision: str) -> dict[str, Any]:
    """A note of the older years, where a reply holds the decision."""
    told = note(number, paper, venueid, api="1")
    for name in ("venue", "venueid"):
        del told["content"][name]
    reply = {
        "id": f"reply{number}",
        "forum": told["forum"],
        "replyto": told["forum"],
        "invitation": f"{venueid}/Paper{number}/-/Decision",
        "content": {"title": "Paper Decision", "decision": decision, "comment": ""},
    }
    return {**told, "invitation": f"{venueid}/-/Blind_Submission", "details": {"directReplies": [reply]}}


def place(venueid: str, notes: Sequence[dict[str, Any]]) -> Place:
    """Either API, 1,000 notes at most. API 2 finds those that have the venue's id now, API 1 whatever was submitted."""

    def answer(visit: Visit) -> Answer:
        if visit.path != "/notes":
            return NOT_FOUND
        asked = visit.first("content.venueid") or visit.first("invitation").partition("/-/")[0]
        found = sorted(notes, key=lambda one: one["number"]) if asked == venueid else []
        if "content.venueid" in visit.query:
            found = [one for one in found if one["content"]["venueid"]["value"] == asked]
        assert visit.first("sort") == "number:asc", "without an order pages overlap"
        limit, offset = min(1000, int(visit.first("limit", "1000"))), int(visit.first("offset", "0"))
        told = [
            one if "details" not in one or visit.first("details") else {k: v for k, v in one.items() if k != "details"}
            for one in found[offset : offset + limit]
        ]
        return page(json.dumps({"notes": told, "count": len(found)}), content_type="application/json; charset=utf-8")

    return answer
