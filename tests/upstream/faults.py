"""Everything that can be wrong with an answer, by name.

A fault changes a true answer, or does not apply to it (None): then it is neither shown nor counted. `FAULTS` holds all
with a sentence once this module is imported; when they are shown is the matter of tests.upstream.switchboard.
"""

import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from email.utils import format_datetime
from functools import cache
from xml.etree import ElementTree

from tests.upstream.api import error_feed
from tests.upstream.fault import Answer, Asked, Change, Options, fault
from tests.upstream.oai import Oai

_PIECES = {
    "api": re.compile(r"  <entry>.*?</entry>\n", re.DOTALL),
    "oai": re.compile(r"<record>.*?</record>\n", re.DOTALL),
    "rss": re.compile(r"(?:  <entry>.*?</entry>|    <item>.*?</item>)\n", re.DOTALL),
}
_TOKEN = re.compile(r"<resumptionToken.*?</resumptionToken>\n", re.DOTALL)


# --- Answers instead of the true one -------------------------------------------------------------------------------
def _refusal(status: int, form: str) -> Change:
    def change(answer: Answer, asked: Asked, options: Options) -> Answer:
        seconds, headers = int(options.get("seconds", 120)), {"Content-Type": "text/html"}
        if form == "seconds":
            headers["Retry-After"] = str(seconds)
        elif form == "date":
            until = asked.now.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
            headers["Retry-After"] = format_datetime(until, usegmt=True)
        return Answer(status, f"<html><body>{status}: Rate exceeded.</body></html>".encode(), headers)

    return change


for _status in (429, 503):
    fault(f"{_status}", about=f"status {_status} without Retry-After")(_refusal(_status, ""))
    fault(f"{_status}-seconds", about="the same with Retry-After: `seconds`, 120")(_refusal(_status, "seconds"))
    fault(f"{_status}-date", about="the same with the date that is so far away")(_refusal(_status, "date"))
fault("403", about="status 403: we are not wanted")(_refusal(403, ""))


@fault("maintenance", about="a page for people, with status 200")
def _maintenance(answer: Answer, asked: Asked, options: Options) -> Answer:
    page = (
        "<!DOCTYPE html>\n<html><head><title>arXiv is down</title></head><body><h1>Scheduled maintenance</h1><p>arXiv"
    )
    return Answer(200, f"{page} will be back soon.<br></body></html>\n".encode(), {"Content-Type": "text/html"})


@fault("entity-bomb", about="entities that would unfold to gigabytes")
def _entity_bomb(answer: Answer, asked: Asked, options: Options) -> Answer:
    lines = ['<!ENTITY a0 "arXiv arXiv arXiv arXiv arXiv">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return replace(answer, status=200, body=f"<?xml version='1.0'?><!DOCTYPE b [{''.join(lines)}]><b>&a9;</b>".encode())


@cache
def _zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([packer.compress(b" " * 2**20) for _ in range(megabytes)]) + packer.flush()


@fault("gzip-bomb", about="`megabytes`, 256, of spaces in some kilobytes of gzip")
def _gzip_bomb(answer: Answer, asked: Asked, options: Options) -> Answer:
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return Answer(200, _zeros(int(options.get("megabytes", 256))), headers)


@fault("error-entry", "api", about="an entry titled Error, with status 200 and the address of before 2026")
def _error_entry(answer: Answer, asked: Asked, options: Options) -> Answer:
    text = error_feed("incorrect id format for 1234.12345", asked.now, "http://arxiv.org/api/errors")
    return replace(answer, status=200, body=text.encode())


@fault("expired-token", "oai", about="badResumptionToken, where a request carries a token")
def _expired_token(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    if "resumptionToken" not in asked.arguments:
        return None
    arguments = {"verb": ["ListRecords"], "resumptionToken": ["expired"]}
    return replace(answer, body=Oai(asked.world).answer(arguments, asked.now).encode())


# --- On the wire ---------------------------------------------------------------------------------------------------
@fault("reset", about="the connection is reset")
def _reset(answer: Answer, asked: Asked, options: Options) -> Answer:
    return replace(answer, wire="reset")


@fault("hang", about="nothing comes for `seconds`, 60, of real time")
def _hang(answer: Answer, asked: Asked, options: Options) -> Answer:
    return replace(answer, wire="hang", seconds=float(options.get("seconds", 60)))


@fault("dribble", about="a byte comes every `seconds`, 0.1, of real time")
def _dribble(answer: Answer, asked: Asked, options: Options) -> Answer:
    return replace(answer, wire="dribble", seconds=float(options.get("seconds", 0.1)))


@fault("cut-off", about="the connection ends after half of what Content-Length promises")
def _cut_off(answer: Answer, asked: Asked, options: Options) -> Answer:
    return replace(answer, wire="cut")


@fault("truncated", about="XML that ends after two thirds, sent as if it were whole")
def _truncated(answer: Answer, asked: Asked, options: Options) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) * 2 // 3])


@fault("wrong-charset", about="says UTF-8 and is not")
def _wrong_charset(answer: Answer, asked: Asked, options: Options) -> Answer:
    body = answer.body.decode().encode("latin-1", errors="replace").replace(b"</title>", b" caf\xe9</title>", 1)
    return replace(answer, body=body if b"\xe9" in body else body.replace(b"</responseDate>", b"\xe9</responseDate>"))


# --- What is in it -------------------------------------------------------------------------------------------------
def _pieces(answer: Answer, asked: Asked) -> list[str]:
    return _PIECES[asked.service].findall(answer.body.decode()) if answer.status == 200 else []


def _with_pieces(answer: Answer, asked: Asked, pieces: list[str]) -> Answer:
    """The same answer around other records."""
    text = answer.body.decode()
    spans = [match.span() for match in _PIECES[asked.service].finditer(text)]
    body = text[: spans[0][0]] + "".join(pieces) + text[spans[-1][1] :]
    return replace(answer, body=body.encode())


def _with_first(answer: Answer, asked: Asked, change: Callable[[str], str]) -> Answer | None:
    pieces = _pieces(answer, asked)
    if not pieces or (changed := change(pieces[0])) == pieces[0]:
        return None
    return _with_pieces(answer, asked, [changed, *pieces[1:]])


@fault("empty-page", "api", "oai", about="no records though more are promised; OAI-PMH gives the same token again")
def _empty_page(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    if not _pieces(answer, asked):
        return None
    empty = _with_pieces(answer, asked, [])
    if asked.service == "api":
        return empty
    if (token := asked.arguments.get("resumptionToken", [""])[0]) == "":
        return None
    body = _TOKEN.sub("", empty.body.decode())
    element = f"<resumptionToken>{token}</resumptionToken>\n</ListRecords>"
    return replace(empty, body=body.replace("</ListRecords>", element).encode())


@fault("short-page", "api", about="half of the entries, and the counts of all")
def _short_page(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    pieces = _pieces(answer, asked)
    return _with_pieces(answer, asked, pieces[: len(pieces) // 2]) if len(pieces) > 1 else None


@fault("empty-token", "oai", about="an empty token element on the last page")
def _empty_token(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    text = answer.body.decode()
    if "</ListRecords>" not in text or "<resumptionToken" in text:
        return None
    return replace(answer, body=text.replace("</ListRecords>", "<resumptionToken/>\n</ListRecords>").encode())


@fault("lost-token", "oai", about="an empty token element where there is more: records are lost")
def _lost_token(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    body = _TOKEN.sub("<resumptionToken></resumptionToken>\n", answer.body.decode()).encode()
    return replace(answer, body=body) if body != answer.body else None


@fault("duplicate-record", about="the first record again at the end of the page")
def _duplicate(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    pieces = _pieces(answer, asked)
    return _with_pieces(answer, asked, [*pieces, pieces[0]]) if pieces else None


@fault("older-after-newer", "oai", about="the first record again at the end, as it was years ago, with another title")
def _older(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    pieces = _pieces(answer, asked)
    if not pieces:
        return None
    old = re.sub(r"<(datestamp|created|updated)>[0-9-]+<", r"<\1>2008-01-01<", pieces[0])
    if old.count("<version ") > 1:
        old = re.sub(r"(.*</version>\n) *<version .*?</version>\n", r"\1", old, count=1, flags=re.DOTALL)
    return _with_pieces(answer, asked, [*pieces, old.replace("<title>", "<title>Once called: ")])


@fault("missing-fields", about="the first record without abstract, dates and forenames")
def _missing(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    names = "abstract|updated|forenames|summary|published|description|pubDate"
    return _with_first(answer, asked, lambda text: re.sub(rf" *<({names})>.*?</\1>\n", "", text, flags=re.DOTALL))


@fault("unknown-category", about="the first record is also in cs.ZZ, a category that there is not")
def _unknown_category(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    def change(text: str) -> str:
        text = text.replace("</categories>", " cs.ZZ</categories>", 1)
        text = re.sub(r'(<category term="[^"]+")(.*?/>\n)', r'\1\2<category term="cs.ZZ"\2', text, count=1)
        return re.sub(r"(<category>[^<]+</category>\n)", r"\1<category>cs.ZZ</category>\n", text, count=1)

    return _with_first(answer, asked, change)


@fault("new-licence", about="the first record has a licence that nobody has seen")
def _new_licence(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    pattern = r"(?<=<license>)[^<]+|(?<=<dc:rights>)[^<]+"
    return _with_first(answer, asked, lambda text: re.sub(pattern, "https://example.org/licence/9.0/", text, count=1))


@fault("other-order", about="the same records with their elements in another order and other namespace prefixes")
def _other_order(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    if not _pieces(answer, asked):
        return None
    root = ElementTree.fromstring(answer.body)
    for element in root.iter():
        if element.tag.rpartition("}")[2] in ("arXiv", "arXivRaw", "entry", "item"):
            element[:] = sorted(element, key=lambda child: child.tag)  # equal ones stay in their order
    return replace(answer, body=ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


@fault("lag", "api", "oai", about="a `share`, 0.3, of the records is not there yet, always the same ones")
def _lag(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    def is_late(piece: str) -> bool:
        key = re.search(r"<(?:identifier|id)>[^<]*?([^/:<]+?)(?:v[0-9]+)?<", piece)
        mark = hashlib.blake2b((key[1] if key else piece).encode(), digest_size=2).digest()
        return int.from_bytes(mark) < 65536 * float(options.get("share", 0.3))

    pieces = _pieces(answer, asked)
    kept = [piece for piece in pieces if not is_late(piece)]
    if len(kept) == len(pieces):
        return None
    text = _with_pieces(answer, asked, kept).body.decode()
    missing = len(pieces) - len(kept)
    less = re.sub(r"(?<=totalResults>)[0-9]+", lambda match: str(int(match[0]) - missing), text, count=1)
    return replace(answer, body=less.encode())


# --- Feeds ---------------------------------------------------------------------------------------------------------
@fault("feed-empty", "rss", about="no entries, though the day has a listing")
def _feed_empty(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    return _with_pieces(answer, asked, []) if _pieces(answer, asked) else None


@fault(
    "feed-truncated", "rss", about="exactly 2,000 entries, replacements of old papers, and half of the new ones missing"
)
def _feed_truncated(answer: Answer, asked: Asked, options: Options) -> Answer | None:
    pieces = _pieces(answer, asked)
    if not pieces:
        return None
    new = [piece for piece in pieces if "Announce Type: new" in piece]
    rest = [piece for piece in pieces if piece not in new]
    kept = new[len(new) // 2 :] + rest
    model, used = pieces[-1], set(re.findall(r"oai:arXiv.org:(\S+?)v[0-9]+<", "".join(pieces)))
    states = [state for key, state in asked.world.snapshot(asked.now).states.items() if key not in used]
    names = [f"{state.key}v{state.version.number}" for state in states[: 2000 - len(kept)]]
    names += [f"0704.{number:04d}v1" for number in range(1, 2001 - len(kept) - len(names))]
    told = re.findall(r"oai:arXiv.org:(\S+?v[0-9]+)<", model)[0]
    model = re.sub(r"Announce Type: \S+", "Announce Type: replace-cross", model)
    model = re.sub(r"announce_type>[a-z-]+<", "announce_type>replace-cross<", model)
    bare = told.rpartition("v")[0]
    more = [model.replace(told, name).replace(f"abs/{bare}<", f"abs/{name.rpartition('v')[0]}<") for name in names]
    return _with_pieces(answer, asked, [*kept, *more][:2000])
