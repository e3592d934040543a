"""Chooses the papers in the box: a small true picture of arXiv and of two conferences, for a site just started.

    python coolpapers/data/select_sample.py DATA_FOLDER OUT

Reads taxonomy.json, arxiv/*.jsonl.xz, venues/venues_abstracts.jsonl.xz and the recorded answers in fixtures/oai and
fixtures/arxiv_search_docmeta below DATA_FOLDER; writes OUT, an xz file with one JSON object a line (README.md beside
this file describes it) and prints what it chose, what it left out, and why.

Guarantees: the same input gives the same bytes (where a few of many are wanted, a fixed shuffle of their ids decides);
no id twice; only text whose licence allows it (arXiv metadata, ACL Anthology); text as received but for folded white
space; what is not known is absent.
"""

import hashlib
import json
import lzma
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Sample = dict[str, Record]  # by id
Test = Callable[[Record], Any]

# Every line has its fields in this order; a field without a value is left out.
FIELDS = (
    *("id", "venue", "year", "title", "authors", "abstract", "categories", "primary_category", "group"),
    *("created", "submitted", "revised", "updated", "version", "versions", "announced"),
    *("withdrawn", "withdrawn_reason", "comments", "doi", "journal_ref", "acm_class", "msc_class"),
    *("license", "site", "pdf"),
)
HISTORY = ("version", "submitted", "revised", "versions", "license")
PLAIN = ("id", "title", "abstract", "comments", "doi", "license", "journal_ref", "acm_class", "msc_class")
ARXIV_ID = re.compile(r"(0[7-9]|1[0-4])\d\d\.\d{4}|(1[5-9]|[2-9]\d)\d\d\.\d{5}|[a-z-]+/\d{7}")

# A week of five listings, ordinary in size; its neighbours are there too, and no Saturday or Sunday label touches it.
DAYS = ("2026-04-27", "2026-04-28", "2026-04-29", "2026-04-30", "2026-05-01")

EDITIONS = {("emnlp", 2018): "EMNLP", ("acl", 2018): "ACL"}
ANTHOLOGY = "acl-anthology@"
ANTHOLOGY_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
GROUPS = ("Long Papers", "Short Papers", "System Demonstrations", "Student Research Workshop", "Tutorial Abstracts")
FRONT_MATTER = re.compile(r"[A-Z]\d\d-\d0+")

# What people type when they try a site like this one, as far as the data holds it.
FAMOUS_IDS = """
    1706.03762 1810.04805 1409.0473 1301.3781 1310.4546 1409.3215 1406.1078 1503.02531 1312.6199 1312.4400 1207.0580
    1404.5997 1404.7828 1503.03585 1412.3555 1410.5401 1410.3916 1503.08895 1408.5882 1405.4053 1408.5093 1412.1897
    1201.0490 1505.00387 1506.03340 1507.06228 1508.04025 1508.07909 1511.00561 1506.02438 1603.04467 1605.07146
    1605.08803 1606.03498 1606.05250 1607.00653 1607.01759 1607.02533 1607.04606 1608.03983 1608.04644 1609.03499
    1609.08144 1611.01578 1611.09268 1701.06538 1703.03400 1703.03864 1705.03122 1706.02216 1706.02677 1706.06083
    1707.01495 1710.10196 1710.10903 1711.05101 1712.05884 1801.06146 1802.00420 1802.03426 1802.05365 1803.02155
    1803.03635 1804.07461 1806.03822 1808.06226 1809.09600 1812.04948 1912.01703 1912.04958 cs/0205028
    physics/0004057 cmp-lg/9410026
"""
# From outside the chosen days; the first has 3,303 authors. They come without `announced`: a day is whole or not here.
RECENT_IDS = "2507.06261 2503.19786 2505.09388 2508.10104 2512.02556"
FAMOUS, RECENT = frozenset(FAMOUS_IDS.split()), frozenset(RECENT_IDS.split())

TEX_ACCENTS = (r"\'", r"\"", r"\`", r"\^", r"\~", r"\c{", r"\H{", r"\v{", r"\u{", r"\k{", r"{\L}", r"{\l}", r"{\o}",
               r"{\ss}", r"{\ae}", r"{\aa}", r"{\i}")  # fmt: skip
PER_CATEGORY, PER_PRIMARY, PER_ARCHIVE, PER_YEAR = 5, 2, 4, 6


def read_lines(path: Path) -> Iterator[Record]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def shuffle(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: hashlib.sha256(record["id"].encode()).digest())


def fold(text: str | None) -> str:
    return " ".join((text or "").split())


def text_of(record: Record) -> str:
    return f"{record['title']} {record['abstract']}"


def mentions(part: str) -> Test:
    return lambda record: part in text_of(record)


def starts(field: str, start: str) -> Test:
    return lambda record: record.get(field, "").startswith(start)


def in_category(code: str) -> Test:
    return lambda record: code in record["categories"]


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def split_authors(listed: str) -> list[str]:
    """The names of arXiv's one line of authors, in order, without the affiliations in (nested) parentheses."""
    depth, bare = 0, []
    for char in fold(listed):
        depth = max(0, depth + (char == "(") - (char == ")"))
        bare.append(char if depth == 0 and char != ")" else " ")
    names: list[str] = []
    for part in re.split(r"[,;:]|\sand\s", " " + re.sub(r"(,)\s+and\s", r"\1 ", "".join(bare))):
        name = re.sub(r"\s*\bet\.? al\b\.?", "", fold(part))
        if re.fullmatch(r"(Jr|Sr)\.?|I{2,3}|IV", name) and names:
            names[-1] += f", {name}"
        elif name:
            names.append(name)
    return names


def history(instants: dict[int, str]) -> Record:
    """Version fields from {number: instant}. The list itself only where no version is missing from it."""
    if not instants:
        return {}
    numbers = sorted(instants)
    facts: Record = {"version": numbers[-1], "submitted": instants.get(1)}
    if numbers[-1] > 1:
        facts["revised"] = instants[numbers[-1]]
    if numbers == list(range(1, len(numbers) + 1)):
        facts["versions"] = [{"version": number, "created": instants[number]} for number in numbers]
    return facts


def withdrawal(size: str, comments: str, abstract: str) -> Record:
    """A withdrawn paper's current version is empty (0kb), or its comments say so; the reason where one is written."""
    if size != "0kb" and not re.match("This paper has been withdrawn", comments):
        return {}
    return {"withdrawn": True, "withdrawn_reason": next((t for t in (comments, abstract) if "withdrawn" in t), "")}


def read_plain(node: ET.Element) -> Record:
    """What an OAI-PMH record in either form says in the same way."""
    said = {child.tag.partition("}")[2].replace("-", "_"): fold(child.text) for child in node}
    return {**{field: said.get(field, "") for field in PLAIN}, "categories": said["categories"].split()}


def read_raw(path: Path) -> Iterator[Record]:
    """Records of an OAI-PMH answer in the form arXivRaw. Its versions may stand in the order v1, v10, v2."""
    for node in ET.parse(path).iter("{http://arxiv.org/OAI/arXivRaw/}arXivRaw"):  # noqa: S314 - our own file
        said = read_plain(node)
        found = {int(v.get("version", "")[1:]): v for v in node.iterfind("{*}version")}
        sent = {number: v.findtext("{*}date", "") for number, v in found.items()}
        yield {
            **said,
            **history({number: instant(parsedate_to_datetime(date)) for number, date in sent.items()}),
            **withdrawal(found[max(found)].findtext("{*}size", ""), said["comments"], said["abstract"]),
            "authors": split_authors(node.findtext("{*}authors", "")),
        }


def read_oai(path: Path) -> Iterator[Record]:
    """Records of an OAI-PMH answer in the form arXiv, without dates: its `created` was seen to be a later version's."""
    for node in ET.parse(path).iter("{http://arxiv.org/OAI/arXiv/}arXiv"):  # noqa: S314 - our own file
        names = [[author.findtext(f"{{*}}{part}", "") for part in ("forenames", "keyname", "suffix")]
                 for author in node.iterfind("{*}authors/{*}author")]  # fmt: skip
        yield {**read_plain(node), "authors": [fold(" ".join(name)) for name in names]}


def read_metadata_documents(folder: Path) -> Iterator[Record]:
    """Current versions among the documents that arXiv's own search reads; instants only where the document has all."""
    for path in sorted(folder.glob("*.json")):
        held = json.loads(path.read_text(encoding="utf-8"))
        for said in held if isinstance(held, list) else [held]:
            if not (said.get("is_current") and said.get("authors_utf8")):
                continue
            moments = enumerate(map(datetime.fromisoformat, said.get("submitted_date_all") or ()), 1)
            yield {
                **{field: fold(said[field]) for field in ("title", "abstract", "comments", "doi", "journal_ref")},
                **{field: said[field] for field in ("acm_class", "msc_class")},
                **history({number: instant(moment) for number, moment in moments}),
                **(withdrawal("0kb", fold(said["comments"]), "") if said["is_withdrawn"] else {}),
                "id": said["paper_id"],
                "license": said["license"]["uri"],
                "authors": split_authors(said["authors"]),
                "categories": said["abs_categories"].split(),
            }


def tell(number: int, what: str) -> None:
    print(f"{number:6,}  {what}")


class Choosing:
    """The arXiv papers chosen so far."""

    def __init__(self, known: frozenset[str]) -> None:
        self.sample: Sample = {}
        self.known = known
        self.left_out: Counter[str] = Counter()

    def put(self, record: Record) -> None:
        """One record, with the categories that are arXiv's own (codes of ACM and MSC stand among them)."""
        categories = [code for code in record["categories"] if code in self.known]
        self.left_out.update(code for code in record["categories"] if code not in self.known)
        self.sample[record["id"]] = {**record, "categories": categories, "primary_category": categories[0]}

    def take(self, pool: list[Record], wanted: Test, what: str = "", at_least: int | None = None) -> None:
        """Adds what is wanted from the pool, first come; with `at_least`, only until the sample holds that many."""
        before, held = len(self.sample), sum(bool(wanted(record)) for record in self.sample.values())
        for record in pool:
            if at_least is not None and held >= at_least:
                break
            if record["id"] not in self.sample and wanted(record):
                self.put(record)
                held += 1
        if what:
            tell(len(self.sample) - before, what)


def take_recent(choosing: Choosing, records: list[Record]) -> None:
    choosing.take(records, lambda r: r["announced"] in DAYS, f"announced {DAYS[0]} to {DAYS[-1]}, whole days")
    undated = [{key: value for key, value in r.items() if key != "announced"} for r in records if r["id"] in RECENT]
    choosing.take(undated, lambda r: r["id"] in RECENT, "famous ones of other days, without the day")


def take_histories(choosing: Choosing, folder: Path, old: dict[str, Record]) -> None:
    """Papers with versions, instants, licences; a recorded one is passed over where the archive has a later version."""
    oai = folder / "oai"
    documents = list(read_metadata_documents(folder / "arxiv_search_docmeta"))
    choosing.take(documents, lambda r: r.get("submitted"), "metadata documents of arXiv, with instants of all versions")
    tell(sum("submitted" not in r for r in documents), "passed over: a metadata document without instants")
    cut = [*read_raw(oai / "arxivraw_2026_records.xml"), *read_raw(oai / "oai-arXivRaw-ListRecords.xml")]
    whole = {record["id"]: record for record in read_oai(oai / "oai-arXiv-ListRecords-cs-2026-04-28.xml")}
    for record in cut:  # abstracts were shortened by those who recorded them: only history, over a whole text
        if text := whole.get(record["id"]) or old.get(record["id"]):
            kept = {key: value for key, value in text.items() if key not in ("created", "updated")}
            facts = {key: record[key] for key in HISTORY if record.get(key)}
            whole[record["id"]] = {**kept, **facts}
    choosing.take(list(whole.values()), lambda _: True, "OAI-PMH records of 2026, two with instants of versions")
    tell(sum(record["id"] not in whole for record in cut), "passed over: recorded with a shortened abstract only")

    page = list(read_raw(oai / "scirate_2014_arXivRaw_ListRecords.xml"))
    stale = {r["id"] for r in page if old.get(r["id"], {}).get("updated", "") > r["versions"][-1]["created"][:10]}
    sound = shuffle([r for r in page if ARXIV_ID.fullmatch(r["id"]) and r["id"] not in stale])
    tell(len(page) - len(sound), "passed over on that page: malformed id, or a later version is in the archive")
    for what, at_least, wanted in (
        ("withdrawn", 100, lambda r: r.get("withdrawn")),
        ("eight or more versions", 8, lambda r: r.get("version", 1) > 7),
        ("four or more versions", 20, lambda r: r.get("version", 1) > 3),
        ("two or three versions", 30, lambda r: r.get("version", 1) in (2, 3)),
        ("licence CC BY", 6, lambda r: "/by/3.0" in (r.get("license") or "")),
        ("licence CC BY-NC-SA", 4, lambda r: "/by-nc-sa/3.0" in (r.get("license") or "")),
        ("public domain", 4, lambda r: "/publicdomain" in (r.get("license") or "")),
        ("TeX accents in authors", 10, lambda r: any("\\" in name for name in r["authors"])),
    ):
        choosing.take(sound, wanted, f"OAI-PMH page of January 2014: {what}", at_least)


def take_old(choosing: Choosing, records: list[Record], active: list[str], proceedings: list[Record]) -> None:
    """Papers of 1991-2019: famous ones, copies of proceedings papers, odd texts; all categories, archives, years."""
    pool = shuffle(records)
    titles = {paper["title"].lower() for paper in proceedings}
    before = len(choosing.sample)
    for what, at_least, wanted in (
        ("famous", len(FAMOUS), lambda r: r["id"] in FAMOUS),
        ("same title as a proceedings paper here", 40, lambda r: r["title"].lower() in titles),
        ("formula in the title", 25, lambda r: re.search(r"\$.+\$", r["title"])),
        ("a < inside a formula", 12, lambda r: re.search(r"\$[^$]*\w<\w[^$]*\$", text_of(r))),
        ("a < or & in the title", 12, lambda r: re.search("[<&]", r["title"])),
        ("HTML entity", 4, lambda r: re.search(r"&#?\w+;", text_of(r))),
        ("one dollar sign only", 4, lambda r: r["title"].count("$") == 1 or r["abstract"].count("$") == 1),
        ("control character", 2, lambda r: re.search(r"[\x00-\x1f\x7f]", text_of(r))),
        ("two DOIs in the field", 2, lambda r: " " in (r.get("doi") or "")),
        ("a hundred authors and more", 4, lambda r: len(r["authors"]) > 99),
        ("title of at most six letters", 4, lambda r: len(r["title"]) <= 6),
        ("math.NA and cs.NA", 8, lambda r: {"math.NA", "cs.NA"} <= set(r["categories"])),
    ):
        choosing.take(pool, wanted, f"1991-2019: {what}", at_least)
    middle = len(choosing.sample)
    for accent in TEX_ACCENTS:
        choosing.take(pool, mentions(accent), at_least=2)
    for archive in sorted({r["id"].partition("/")[0] for r in records if "/" in r["id"]}):
        choosing.take(pool, starts("id", archive + "/"), at_least=PER_ARCHIVE)
    for code in active:
        choosing.take(pool, starts("primary_category", code), at_least=PER_PRIMARY)
        choosing.take(pool, in_category(code), at_least=PER_CATEGORY)
    for year in sorted({r["created"][:4] for r in records}):
        choosing.take(pool, starts("created", year), at_least=PER_YEAR)
    tell(len(choosing.sample) - middle, "1991-2019: each TeX accent, old archive, active category and year")
    tell(len(choosing.sample) - before, "1991-2019: together")


def read_proceedings(path: Path) -> list[Record]:
    """All papers of the chosen editions, those of the ACL Anthology only, front matter left out."""
    rows = [r for r in read_lines(path) if (r["venue"], r["year"]) in EDITIONS and r["src"].startswith(ANTHOLOGY)]
    return [
        {
            **row,
            "venue": EDITIONS[row["venue"], row["year"]],
            "group": next((name for name in GROUPS if name in row["track"]), "Main"),
            "license": ANTHOLOGY_LICENCE,
        }
        for row in sorted(rows, key=lambda row: (row["venue"], row["id"]))
        if not FRONT_MATTER.fullmatch(row["id"])
    ]


def write(records: list[Record], out: Path) -> None:
    lines = [{field: r[field] for field in FIELDS if r.get(field)} for r in records]
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    out.write_bytes(lzma.compress(text.encode(), preset=9))


def main(data: Path, out: Path) -> None:
    taxonomy = json.loads((data / "taxonomy.json").read_text(encoding="utf-8"))["categories"]
    choosing = Choosing(frozenset(category["id"] for category in taxonomy))
    old = {record["id"]: record for record in read_lines(data / "arxiv/arxiv_1991_2019.jsonl.xz")}
    proceedings = read_proceedings(data / "venues/venues_abstracts.jsonl.xz")

    print("Papers added, and why (none where the sample held enough of the kind already):")
    take_recent(choosing, list(read_lines(data / "arxiv/arxiv_2025_2026.jsonl.xz")))
    take_histories(choosing, data / "fixtures", old)
    active = [category["id"] for category in taxonomy if category["is_active"]]
    take_old(choosing, list(old.values()), active, proceedings)
    tell(len((FAMOUS | RECENT) - choosing.sample.keys()), "passed over: famous, but not in the data")
    tell(choosing.left_out.total(), "left out: codes among the categories that are no arXiv category (ACM, MSC)")
    tell(len(choosing.sample), "arXiv papers together")
    for (venue, group), number in Counter((paper["venue"], paper["group"]) for paper in proceedings).items():
        tell(number, f"{venue} 2018, {group}")
    tell(len(choosing.sample) + len(proceedings), "papers together")
    write([*choosing.sample.values(), *proceedings], out)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
