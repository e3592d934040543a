"""OAI-PMH as oaipmh.arxiv.org/oai has spoken it since 2025, all verbs but ListIdentifiers.

Input: the arguments of a request and an instant. Output: the XML of the answer, errors too (their status is 200). Forms
are those of recorded answers: no cursor and no size on tokens. A list goes by datestamp and identifier; a token holds
the arguments of the next request, `from` being the date reached, and is forgotten at the next midnight UTC, as its
`expirationDate` says.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from urllib.parse import parse_qs, quote, unquote, urlencode

from coolpapers.taxonomy import ALIASES, ARCHIVES, CATEGORIES, GROUPS
from tests.upstream.oai_records import XSI, escape_oai, record_xml, spec_of, specs_of
from tests.upstream.world import State, World

BASE = "http://oaipmh.arxiv.org/oai"
FORMATS = ("arXiv", "arXivRaw")
EARLIEST = date(2005, 9, 16)
_OAI = "http://www.openarchives.org/OAI/2.0/"
_ERRORS = {
    "badArgument": "The request includes illegal arguments, is missing required arguments, includes a repeated "
    "argument, or values for arguments have an illegal syntax.",
    "badResumptionToken": "The value of the resumptionToken argument is invalid or expired.",
    "badVerb": "Value of the verb argument is not a legal OAI-PMH verb, the verb argument is missing, or the verb "
    "argument is repeated.",
    "cannotDisseminateFormat": "The metadata format identified by the value given for the metadataPrefix argument is "
    "not supported by the item or by the repository.",
    "idDoesNotExist": "The value of the identifier argument is unknown or illegal in this repository.",
    "noRecordsMatch": "The combination of the values of the from, until, set and metadataPrefix arguments results in "
    "an empty list.",
}


class OaiError(Exception):
    """An error of the protocol, by its code."""


class Oai:
    """The service; `page` is how many records a page has. It remembers its tokens."""

    def __init__(self, world: World, page: int = 500) -> None:
        self.world, self.page = world, page
        self.tokens: dict[str, datetime] = {}

    def answer(self, arguments: Mapping[str, list[str]], now: datetime) -> str:
        try:
            if any(len(values) > 1 for values in arguments.values()):
                raise OaiError("badArgument")
            asked = {name: values[0] for name, values in arguments.items()}
            verbs = {
                "Identify": self._identify,
                "ListSets": self._list_sets,
                "ListMetadataFormats": self._list_formats,
                "GetRecord": self._get_record,
                "ListRecords": self._list_records,
            }
            if asked.get("verb") not in verbs:
                raise OaiError("badVerb")
            body = verbs[asked["verb"]](asked, now)
        except OaiError as error:
            code = str(error)
            return _envelope({}, f"    <error code='{code}'>{escape_oai(_ERRORS[code])}</error>\n", now)
        return _envelope(asked, body, now)

    def _identify(self, asked: dict[str, str], now: datetime) -> str:
        return (
            "    <Identify>\n        <repositoryName>arXiv</repositoryName>\n"
            f"        <baseURL>{BASE}</baseURL>\n        <protocolVersion>2.0</protocolVersion>\n"
            f"        <adminEmail>help@arxiv.org</adminEmail>\n"
            f"        <earliestDatestamp>{EARLIEST}</earliestDatestamp>\n"
            "        <deletedRecord>persistent</deletedRecord>\n        <granularity>YYYY-MM-DD</granularity>\n"
            "    </Identify>\n"
        )

    def _list_sets(self, asked: dict[str, str], now: datetime) -> str:
        sets: dict[str, str] = dict(GROUPS)
        sets |= {f"{item.group}:{code}": item.name for code, item in ARCHIVES.items() if item.active}
        for code, category in CATEGORIES.items():
            if category.active:
                sets[spec_of(code)] = category.name
        sets |= {spec_of(alias): CATEGORIES[code].name for alias, code in ALIASES.items()}
        items = "".join(
            f"    <set>\n        <setSpec>{spec}</setSpec>\n        <setName>{escape_oai(name)}</setName>\n    </set>\n"
            for spec, name in sets.items()
        )
        return f"    <ListSets>\n{items}    </ListSets>\n"

    def _list_formats(self, asked: dict[str, str], now: datetime) -> str:
        items = "".join(
            f"        <metadataFormat>\n            <metadataPrefix>{form}</metadataPrefix>\n"
            f"            <schema>http://arxiv.org/OAI/{form}.xsd</schema>\n"
            f"            <metadataNamespace>http://arxiv.org/OAI/{form}/</metadataNamespace>\n"
            "        </metadataFormat>\n"
            for form in FORMATS
        )
        return f"    <ListMetadataFormats>\n{items}    </ListMetadataFormats>\n"

    def _get_record(self, asked: dict[str, str], now: datetime) -> str:
        if set(asked) != {"verb", "identifier", "metadataPrefix"}:
            raise OaiError("badArgument")
        if asked["metadataPrefix"] not in FORMATS:
            raise OaiError("cannotDisseminateFormat")
        state = self.world.snapshot(now).states.get(asked["identifier"].removeprefix("oai:arXiv.org:"))
        if state is None or not asked["identifier"].startswith("oai:arXiv.org:"):
            raise OaiError("idDoesNotExist")
        return f"    <GetRecord>\n{record_xml(state, asked['metadataPrefix'])}</GetRecord>\n"

    def _list_records(self, asked: dict[str, str], now: datetime) -> str:
        skip = 0
        if "resumptionToken" in asked:
            if set(asked) != {"verb", "resumptionToken"}:
                raise OaiError("badArgument")
            asked, skip = self._read_token(asked["resumptionToken"], now)
        if "metadataPrefix" not in asked or set(asked) - {"verb", "metadataPrefix", "from", "until", "set"}:
            raise OaiError("badArgument")
        if asked["metadataPrefix"] not in FORMATS:
            raise OaiError("cannotDisseminateFormat")
        found = self._select(asked, now)
        shown, more = found[skip : skip + self.page], found[skip + self.page :]
        if not shown:
            raise OaiError("noRecordsMatch")
        records = "".join(record_xml(state, asked["metadataPrefix"]) for state in shown)
        token = self._token(asked, skip, shown, now) if more else ""
        return f"    <ListRecords>\n                    {records}{token}</ListRecords>\n"

    def _select(self, asked: dict[str, str], now: datetime) -> list[State]:
        since, until = _day(asked.get("from")), _day(asked.get("until"))
        if since and until and since > until:
            raise OaiError("badArgument")
        snapshot = self.world.snapshot(now)
        begin = bisect_left(snapshot.datestamps, since) if since else 0
        end = bisect_right(snapshot.datestamps, until) if until else None
        found = snapshot.by_datestamp[begin:end]
        if not (spec := asked.get("set")):
            return found
        if not any(known == spec or known.startswith(f"{spec}:") for known in _all_specs()):
            raise OaiError("badArgument")
        wide = f"{spec}:"
        return [
            state for state in found if any(f"{known}:".startswith(wide) for known in specs_of(state.paper.categories))
        ]

    def _token(self, asked: dict[str, str], skip: int, shown: list[State], now: datetime) -> str:
        """Goes on from the last date shown, behind those of it that were."""
        last = shown[-1].datestamp
        if last != shown[0].datestamp:
            asked, skip = {**asked, "from": str(last)}, sum(state.datestamp == last for state in shown)
        else:
            skip += len(shown)
        expires = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
        ordered = {name: asked[name] for name in ("verb", "metadataPrefix", "from", "until", "set") if name in asked}
        token = quote(urlencode({**ordered, "skip": skip}))
        self.tokens[token] = expires
        return f"<resumptionToken expirationDate='{expires:%Y-%m-%dT%H:%M:%SZ}'>{token}</resumptionToken>\n"

    def _read_token(self, token: str, now: datetime) -> tuple[dict[str, str], int]:
        """Decoded as often as the client left it encoded."""
        known = next((text for text in (token, quote(token)) if text in self.tokens), None)
        if known is None or now >= self.tokens[known]:
            raise OaiError("badResumptionToken")
        asked = {name: values[0] for name, values in parse_qs(unquote(known)).items()}
        return asked, int(asked.pop("skip"))


@cache
def _all_specs() -> frozenset[str]:
    active = [code for code, category in CATEGORIES.items() if category.active]
    return frozenset({spec_of(code) for code in (*active, *ALIASES)} | {group for group, _ in GROUPS})


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise OaiError("badArgument")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise OaiError("badArgument") from None


def _envelope(asked: Mapping[str, str], body: str, now: datetime) -> str:
    attributes = "".join(f' {name}="{escape_oai(value)}"' for name, value in asked.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{_OAI}" \n         {XSI}\n'
        f'         xsi:schemaLocation="{_OAI} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
        f"    <responseDate>{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</responseDate>\n"
        f"                <request{attributes}>{BASE}</request>\n\n\n{body}</OAI-PMH>\n"
    )
