"""Every place of venues, from the request to the store: pulled from a fake of it in its recorded form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from coolpapers.models import Edition, Paper, Venue
from ingest import editions, jobs
from ingest.models import Run, RunState
from ingest.sources.registry import SOURCES
from tests.ingest.clocks import NOON, standing_clock
from tests.upstream.places import CHALLENGE, FakePlaces, Place, files, openreview, page, sites
from tests.upstream.places.papers import HeldPaper, held_papers

pytestmark = pytest.mark.django_db
PAPERS = held_papers()


@dataclass(frozen=True)
class Case:
    """An edition: `host` and `listing` are where its list is; `key` is that of the paper with number 0."""

    source: str
    edition: tuple[str, int]
    fields: Mapping[str, str]
    host: str
    place: Callable[[Sequence[HeldPaper]], Place]
    key: str
    groups: set[str]


def _openreview(api: str) -> Callable[[Sequence[HeldPaper]], Place]:
    venueid = "ICLR.cc/2024/Conference"
    return lambda papers: openreview.place(
        venueid, [openreview.note(number, paper, venueid, api=api) for number, paper in enumerate(papers)]
    )


HASH = f"{0:032x}"
CASES = {
    "openreview": Case(
        "openreview", ("ICLR", 2024), {"venueid": "ICLR.cc/2024/Conference"}, "api2.openreview.net", _openreview("2"),
        "paper00000@OpenReview", {"Oral", "Poster"},
    ),
    "openreview-1": Case(
        "openreview", ("ICLR", 2024), {"venueid": "ICLR.cc/2024/Conference", "api": "1"}, "api.openreview.net",
        _openreview("1"), "paper00000@OpenReview", {"Oral", "Poster"},
    ),
    "acl": Case(
        "acl", ("ACL", 2024), {"volumes": "2024.acl-long, 2024.acl-short"}, "raw.githubusercontent.com",
        lambda papers: files.acl("2024.acl", {"long": papers[:8], "short": papers[8:]}),
        "2024.acl-long.1@ACL", {"Long Papers", "Short Papers"},
    ),
    "pmlr": Case(
        "pmlr", ("ICML", 2024), {"volume": "235"}, "proceedings.mlr.press", lambda papers: files.pmlr("v235", papers),
        "author0a@v235@PMLR", {""},
    ),
    "cvf": Case(
        "cvf", ("CVPR", 2024), {"conference": "CVPR2024"}, "openaccess.thecvf.com",
        lambda papers: sites.site(sites.cvf("CVPR2024", papers)), "Author0_Title@CVPR2024@CVF", {""},
    ),
    "cvf-days": Case(
        "cvf", ("CVPR", 2019), {"conference": "CVPR2019"}, "openaccess.thecvf.com",
        lambda papers: sites.site(sites.cvf("CVPR2019", papers, days=1)), "Author0_Title@CVPR2019@CVF", {""},
    ),
    "ecva": Case(
        "ecva", ("ECCV", 2022), {}, "www.ecva.net", lambda papers: sites.site(sites.ecva(2022, papers)),
        "0@ECCV2022@ECVA", {""},
    ),
    "neurips": Case(
        "neurips", ("NeurIPS", 2024), {}, "proceedings.neurips.cc",
        lambda papers: sites.site(sites.neurips(2024, papers)),
        f"{HASH}@2024@NeurIPS", {"Main", "Datasets and Benchmarks"},
    ),
    "neurips-old": Case(
        "neurips", ("MLSYS", 2023), {"site": "MLSys"}, "proceedings.mlsys.org",
        lambda papers: sites.site(sites.neurips(2023, papers, modern=False)),
        f"{HASH}@2023@MLSYS", {"Main", "Datasets and Benchmarks"},
    ),
    "aaai": Case(
        "aaai", ("AAAI", 2024), {"volume": "38"}, "ojs.aaai.org",
        lambda papers: files.aaai([
            files.aaai_record(900, papers[0], 37),
            *(files.aaai_record(number, paper, 38) for number, paper in enumerate(papers)),
        ]),
        "30000@AAAI", {"Machine Learning", "Humans and AI"},
    ),
    "ijcai": Case(
        "ijcai", ("IJCAI", 2024), {}, "www.ijcai.org", lambda papers: sites.site(sites.ijcai(2024, papers)),
        "1@2024@IJCAI", {"Main Track"},
    ),
    "usenix": Case(
        "usenix", ("USENIX-Sec", 2024), {"conferences": "usenixsecurity24"}, "www.usenix.org",
        lambda papers: sites.site(sites.usenix("usenixsecurity24", papers)), "author0@usenixsecurity24@USENIX", {""},
    ),
    "usenix-old": Case(
        "usenix", ("USENIX-Sec", 2016), {"conferences": "usenixsecurity16"}, "www.usenix.org",
        lambda papers: sites.site(sites.usenix("usenixsecurity16", papers, old=True)),
        "author0@usenixsecurity16@USENIX", {""},
    ),
    "ndss": Case(
        "ndss", ("NDSS", 2024), {}, "www.ndss-symposium.org", lambda papers: sites.site(sites.ndss(2024, papers)),
        "paper-number-0@NDSS", {""},
    ),
    "isca": Case(
        "isca", ("INTERSPEECH", 2024), {"conference": "interspeech_2024"}, "www.isca-archive.org",
        lambda papers: sites.site(sites.isca("interspeech_2024", papers)), "author00@interspeech_2024@ISCA", {""},
    ),
    "miccai": Case(
        "miccai", ("MICCAI", 2024), {}, "papers.miccai.org", lambda papers: sites.site(sites.miccai(2024, papers)),
        "Paper0001@MICCAI.2024", {""},
    ),
}  # fmt: skip
each_place = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@pytest.fixture(autouse=True)
def _site(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    standing_clock(settings, tmp_path)


def edition_of(case: Case) -> Edition:
    name, year = case.edition
    venue = Venue.objects.create(code=name)
    return Edition.objects.create(venue=venue, year=year, source=case.source, fields=dict(case.fields), added=NOON)


def pull(edition: Edition) -> Run:
    run = editions.ask_pull(edition, by="ada")
    jobs.perform(run.pk)
    run.refresh_from_db()
    return run


def test_every_place_has_a_fake() -> None:
    assert {case.source for case in CASES.values()} == {
        name for name, source in SOURCES.items() if not source.reads_file
    }


@each_place
def test_an_edition_is_pulled_whole_in_its_order(case: Case, settings: Any) -> None:
    with FakePlaces({case.host: case.place(PAPERS)}) as places:
        settings.VENUE_UPSTREAM = places.url
        edition = edition_of(case)
        run = pull(edition)
        assert (run.state, run.new, run.bad, run.error) == (RunState.DONE, len(PAPERS), 0, "")
        held = list(Paper.objects.of_edition(edition).order_by("-ordinal"))
        for paper, wanted in zip(held, PAPERS, strict=True):
            assert (paper.title, tuple(paper.authors)) == (wanted.title, wanted.authors)
            assert " ".join(paper.abstract.split()) == " ".join(wanted.abstract.split())
            assert paper.source_url.startswith("https://")
            assert paper.pdf_url.startswith("https://")
        assert held[0].key == case.key
        assert {name for name, _ in edition.counted_groups()} == case.groups
        assert not run.report["warnings"]

        again = pull(edition)
        assert (again.state, again.new, again.changed, again.same) == (RunState.DONE, 0, 0, len(PAPERS))


@each_place
def test_a_wall_in_the_middle_is_no_shorter_edition(case: Case, settings: Any) -> None:
    with FakePlaces({case.host: case.place(PAPERS)}) as places:
        settings.VENUE_UPSTREAM = places.url
        asked: list[str] = []
        whole = places.places[case.host]

        def walled(visit: Any) -> Any:
            asked.append(visit.path)
            return CHALLENGE if len(asked) > 2 or case.source in {"openreview", "acl"} else whole(visit)

        places.places[case.host] = walled
        run = pull(edition_of(case))
        assert (run.state, Paper.objects.count()) == (RunState.DUE, 0)
        assert "asks for a human" in run.error


@each_place
def test_a_place_without_papers_is_an_error_and_no_empty_edition(case: Case, settings: Any) -> None:
    with FakePlaces(
        {case.host: lambda visit: page("<html><head><title>Soon</title></head><body>Soon</body></html>")}
    ) as places:
        settings.VENUE_UPSTREAM = places.url
        run = pull(edition_of(case))
        assert run.state in {RunState.FAILED, RunState.DUE}
        assert run.error
        assert Paper.objects.count() == 0
