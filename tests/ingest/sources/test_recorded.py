"""What places of venues answered when it was recorded, and exactly what it becomes. The recordings are not part of the
project: without them, the golden files hold the same forms."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ingest.record import PaperRecord
from ingest.sources import aaai, acl, cvf, ijcai, neurips, openreview, paperlists, pmlr, usenix
from ingest.sources.base import Asked, BadPage, Got, Part
from ingest.sources.pages import read_paper
from ingest.sources.rows import Row, Rows
from tests.programs import shared_data


def recorded(path: str) -> bytes:
    return shared_data(f"data/fixtures/venues/{path}").read_bytes()


def record_of(row: Row, venue: str = "ICLR", year: int = 2024) -> PaperRecord:
    """The one record of a row: with its key, and clean."""
    part = Rows(Asked(venue, year)).part([("row", row)])
    assert part.bad == ()
    (record,) = part.records
    return record


def group(record: PaperRecord) -> str:
    assert record.place is not None
    return record.place.group


def synthetic(*numbers: int) -> tuple[str, ...]:
    return tuple(f"Synthetic Author {number}" for number in numbers)


# --- OpenReview --------------------------------------------------------------------------------------------------
def notes(path: str, venueid: str) -> tuple[list[PaperRecord], int, int | None]:
    """The accepted papers, how many were not accepted, and how many the place tells of."""
    listed, told = openreview.read_page(recorded(f"openreview/{path}.json"))
    found, bad, unaccepted = openreview.read_notes(listed, venueid)
    assert bad == []
    return [record_of(row) for _, row in found], unaccepted, told


def test_openreview_2_lists_poster_oral_and_spotlight() -> None:
    records, unaccepted, told = notes("v2-iclr2024-listing-poster-oral-spotlight", "ICLR.cc/2024/Conference")
    assert (unaccepted, told) == (0, 2260)
    assert [(record.key, group(record), record.title, record.abstract) for record in records] == [
        ("Ny150AblPu@OpenReview", "Poster", "Synthetic title text 24.", "Synthetic abstract text 2."),
        ("9Cu8MRmhq2@OpenReview", "Oral", "Synthetic title text 47.", "Synthetic abstract text 26."),
        ("7ERQPyR2eb@OpenReview", "Spotlight", "Synthetic title text 87.", "Synthetic abstract text 50."),
    ]
    assert [record.authors for record in records] == [
        synthetic(*range(10, 16)),
        synthetic(*range(34, 40)),
        synthetic(*range(66, 80)),
    ]
    assert records[0].source_url == "https://openreview.net/forum?id=Ny150AblPu"
    assert records[0].pdf_url == "https://openreview.net/pdf?id=Ny150AblPu"


def test_openreview_2_calls_a_spotlight_of_icml_a_spotlightposter() -> None:
    records, unaccepted, told = notes("v2-icml2025-listing-spotlightposter-abridged", "ICML.cc/2025/Conference")
    assert (unaccepted, told) == (0, 3257)
    assert [(record.key, group(record), record.authors) for record in records] == [
        ("L8hYdTQVcs@OpenReview", "Poster", synthetic(*range(12, 19))),
        ("otNB7BzsiR@OpenReview", "Spotlight", synthetic(*range(35, 40))),
    ]


@pytest.mark.parametrize(
    ("path", "venueid"),
    [
        ("v2-iclr2024-rejected", "ICLR.cc/2024/Conference"),
        ("v2-iclr2024-withdrawn", "ICLR.cc/2024/Conference"),
        ("v1-neurips2021-rejected", "NeurIPS.cc/2021/Conference"),  # it has this very venue id
    ],
)
def test_openreview_tells_what_was_not_accepted(path: str, venueid: str) -> None:
    records, unaccepted, _ = notes(path, venueid)
    assert (records, unaccepted) == ([], 1)


def test_openreview_1_keeps_the_venue_id_of_a_rejected_paper() -> None:
    note = json.loads(recorded("openreview/v1-note-real-iclr2022-submitted.json"))
    venueid = note["content"]["venueid"]
    assert (venueid, openreview.read_note(note, venueid)) == ("ICLR.cc/2022/Conference", None)
    note["content"]["venue"] = "ICLR 2022 Spotlight"
    record = record_of(openreview.read_note(note, venueid) or {})
    assert (record.key, group(record)) == ("vyn49BUAkoD@OpenReview", "Spotlight")
    assert record.title == "Bayesian Active Learning with Fully Bayesian Gaussian Processes"
    assert record.authors[2:] == ("Frederik Boe Hüttel", "Carlos Lima Azevedo", "Francisco C. Pereira")


def test_openreview_1_tells_a_decision_of_2020_below_the_submission() -> None:
    told = json.loads(recorded("openreview/v1-iclr2020-forum-accept-talk.json"))["notes"]
    (submission,) = [note for note in told if note["id"] == note["forum"]]
    assert openreview.read_note(submission, "ICLR.cc/2020/Conference") is None
    submission["details"] = {"directReplies": [note for note in told if note["replyto"] == note["forum"]]}
    record = record_of(openreview.read_note(submission, "ICLR.cc/2020/Conference") or {}, year=2020)
    assert (record.key, group(record), record.authors) == ("BkgzMCVtPB@OpenReview", "Oral", synthetic(6, 7, 8, 9))


def test_a_group_of_openreview_is_no_list_of_notes() -> None:
    with pytest.raises(BadPage, match="it holds no notes"):
        openreview.read_page(recorded("openreview/v2-iclr2025-group.json"))


# --- ACL Anthology -----------------------------------------------------------------------------------------------
def volume(path: str, name: str) -> list[PaperRecord]:
    root = acl.read_collection(recorded(f"acl/{path}"))
    return [record_of(row, "ACL", 2022) for row in acl.read_volume(root, *acl.volumes_of(name)[0])]


@pytest.mark.parametrize(
    ("path", "name", "papers", "called"),
    [
        ("2022.acl.abridged.xml", "2022.acl-long", 14, "Long Papers"),
        ("2022.acl.abridged.xml", "2022.acl-short", 8, "Short Papers"),
        ("2022.acl.abridged.xml", "2022.acl-srw", 5, "Student Research Workshop"),
        ("2022.acl.abridged.xml", "2022.acl-demo", 4, "System Demonstrations"),
        ("2022.acl.abridged.xml", "2022.acl-tutorials", 3, "Tutorial Abstracts"),
        ("2022.naloma.xml", "2022.naloma-1", 5, "Workshops"),
        ("L06.xml", "L06-1", 4, "Main"),
        ("J89.xml", "J89-1", 14, "Computational Linguistics, Volume 15, Number 1, March 1989"),
        ("J89.xml", "J89-3", 19, "Computational Linguistics, Volume 15, Number 3, September 1989"),
    ],
)
def test_a_volume_of_the_anthology_is_read_whole_without_its_front_matter(
    path: str, name: str, papers: int, called: str
) -> None:
    records = volume(path, name)
    assert len({record.key for record in records}) == len(records) == papers
    assert {group(record) for record in records} == {called}


def test_a_paper_of_the_anthology() -> None:
    first, *_, last = volume("2022.acl.abridged.xml", "2022.acl-long")
    assert first.key == "2022.acl-long.1@ACL"
    assert first.title == "AdapLeR: Speeding up Inference by Adaptive Length Reduction"
    assert first.authors == ("Ali Modarressi", "Hosein Mohebbi", "Mohammad Taher Pilehvar")
    assert (first.source_url, first.pdf_url, first.doi) == (
        "https://aclanthology.org/2022.acl-long.1/",
        "https://aclanthology.org/2022.acl-long.1.pdf",
        "10.18653/v1/2022.acl-long.1",
    )
    assert len(first.abstract) == 1161
    assert last.title.endswith("Model for Cross-lingual Named Entity Recognition")
    assert len(last.authors) == 6


def test_a_paper_of_an_old_volume_of_the_anthology_has_its_file_where_it_always_was() -> None:
    first, *_, last = volume("L06.xml", "L06-1")
    assert (first.key, last.key) == ("L06-1001@ACL", "L06-1471@ACL")
    assert first.title == "DanPASS - A Danish Phonetically Annotated Spontaneous Speech Corpus"
    assert first.authors == ("Nina Grønnum",)
    assert first.pdf_url == "http://www.lrec-conf.org/proceedings/lrec2006/pdf/4_pdf.pdf"


def test_what_has_no_authors_is_in_the_volume() -> None:
    records = volume("J89.xml", "J89-1")
    assert [record.key for record in records][::13] == ["J89-1001@ACL", "J89-1014@ACL"]
    assert (records[8].title, records[8].authors, records[8].abstract) == ("Briefly Noted", (), "")


def test_a_volume_that_is_not_in_the_collection_names_those_that_are() -> None:
    with pytest.raises(BadPage, match=r"2022\.acl-long, 2022\.acl-short, 2022\.acl-srw, 2022\.acl-demo"):
        volume("2022.acl.abridged.xml", "2022.acl-industry")


# --- PMLR --------------------------------------------------------------------------------------------------------
def test_a_list_of_pmlr_names_its_papers_and_its_bibliography() -> None:
    url = "https://proceedings.mlr.press/v235/"
    assert pmlr.read_list(recorded("pmlr/html/v235-volume-index-abridged.html"), url, "v235") == (
        ["abad-rocamora24a", "abe24a", "abhyankar24a"],
        f"{url}assets/bib/bibliography.bib",
    )


def test_a_bibliography_as_editors_write_it_is_read_whole() -> None:
    rows, bad = pmlr.read_entries(recorded("pmlr/v121/MIDL2020.bib").decode(), "v121")
    assert (len(rows), bad) == (66, [])
    record = record_of(rows["abbasisureshjani20"], "MIDL", 2020)
    assert record.title == "4D Semantic Cardiac Magnetic Resonance Image Synthesis on XCAT Anatomical Model"
    assert record.authors[:3] == ("Samaneh Abbasi-Sureshjani", "Sina Amirrajab", "Cristian Lorenz")
    assert all(row["title"] and row["authors"] for row in rows.values())


# --- Pages with tags for search engines --------------------------------------------------------------------------
PAGES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "pmlr/html/v235-abe24a-abridged.html": (
        "https://proceedings.mlr.press/v235/abe24a.html",
        {
            "key": "abe24a@v235@PMLR",
            "title": "Synthetic title 9",
            "authors": synthetic(12, 13, 10, 11),
            "abstract": "Synthetic abstract 4",
            "pdf_url": "https://raw.githubusercontent.com/mlresearch/v235/main/assets/abe24a/abe24a.pdf",
        },
    ),
    "pmlr/html/v202-wang23ac-prettified.html": (
        "https://proceedings.mlr.press/v202/wang23ac.html",
        {
            "key": "wang23ac@v202@PMLR",
            "title": "Active Learning based Structural Inference",
            "authors": ("Aoran Wang", "Jun Pang"),
            "pdf_url": "https://proceedings.mlr.press/v202/wang23ac/wang23ac.pdf",
        },
    ),
    "cvf/CVPR2025-VGGT-paper-page-trimmed.html": (
        "https://openaccess.thecvf.com/content/CVPR2025/html/"
        "Wang_VGGT_Visual_Geometry_Grounded_Transformer_CVPR_2025_paper.html",
        {
            "key": "Wang_VGGT_Visual_Geometry_Grounded_Transformer@CVPR2025@CVF",
            "title": "VGGT: Visual Geometry Grounded Transformer",
            "authors": (
                *("Jianyuan Wang", "Minghao Chen", "Nikita Karaev"),
                *("Andrea Vedaldi", "Christian Rupprecht", "David Novotny"),
            ),
            "abstract": "",
            "pdf_url": "https://openaccess.thecvf.com/content/CVPR2025/papers/"
            "Wang_VGGT_Visual_Geometry_Grounded_Transformer_CVPR_2025_paper.pdf",
        },
    ),
    "openreview/openreview-forum-page-2021-prettified.html": (
        "https://openreview.net/forum?id=vyn49BUAkoD",
        {
            "key": "vyn49BUAkoD@OpenReview",
            "title": "Bayesian Active Learning with Fully Bayesian Gaussian Processes",
            "pdf_url": "https://openreview.net/pdf?id=vyn49BUAkoD",
        },
    ),
    "acl/acl-paper-page-partial.html": (
        "https://www.aclweb.org/anthology/P17-2044",
        {
            "key": "P17-2044@ACL",
            "title": "Japanese Sentence Compression with a Large Training Dataset",
            "authors": ("Shun Hasegawa", "Yuta Kikuchi", "Hiroya Takamura", "Manabu Okumura"),
            "doi": "10.18653/v1/P17-2044",
        },
    ),
    "neurips/neurips2024-abstract-db-abridged.html": (
        "https://proceedings.neurips.cc/paper_files/paper/2024/hash/"
        "013cf29a9e68e4411d0593040a8a1eb3-Abstract-Datasets_and_Benchmarks_Track.html",
        {
            "key": "013cf29a9e68e4411d0593040a8a1eb3@2024@NeurIPS",
            "title": "Synthetic title 3",
            "authors": synthetic(4, 5, 6, 7),
            "abstract": "Synthetic abstract 1",
            "doi": "10.52202/079017-0016",
        },
    ),
    "neurips/neurips-paper-page-old-a.html": (
        "https://proceedings.neurips.cc/paper/1988/hash/006f52e9102a8d3be2fe5614f42ba989-Abstract.html",
        {
            "key": "006f52e9102a8d3be2fe5614f42ba989@1988@NeurIPS",
            "title": "Neural Control of Sensory Acquisition: The Vestibulo-Ocular Reflex",
            "authors": ("Michael Paulin", "Mark Nelson", "James Bower"),
        },
    ),
}
ENDS = {  # of abstracts that are real ones: how they begin, and how they end
    "pmlr/html/v202-wang23ac-prettified.html": (
        "In this paper, we propose",
        "supervised learning or unsupervised learning.",
    ),
    "openreview/openreview-forum-page-2021-prettified.html": (
        "The bias-variance trade-off",
        "unnecessary and expensive data labeling.",
    ),
    "acl/acl-paper-page-partial.html": ("In English, high-quality", "based on the recurrent neural network."),
    "neurips/neurips-paper-page-old-a.html": ("We present a new hypothesis", "to test this hypothesis."),
}


@pytest.mark.parametrize("path", PAGES)
def test_a_recorded_page_of_a_paper(path: str) -> None:
    url, expected = PAGES[path]
    record = record_of(read_paper(recorded(path), url))
    assert {name: getattr(record, name) for name in expected} == expected
    assert record.source_url == url
    if path in ENDS:
        first, last = ENDS[path]
        assert (record.abstract[: len(first)], record.abstract[-len(last) :]) == (first, last)


@pytest.mark.parametrize(
    ("path", "title", "names"),
    [
        ("neurips/neurips2023-abstract-prettified.html", "Annotator: A Generic Active Learning Baseline", 5),
        ("neurips/papers.nips.cc-8668-2019.html", "Learner-aware Teaching: Inverse Reinforcement", 5),
        ("ojs/aaai-ocs-2015-workshop-paper-page.html", "Privacy-Utility Trade-Off for Time-Series", 3),
    ],
)
def test_pages_of_older_looks_are_read_by_their_tags(path: str, title: str, names: int) -> None:
    row = read_paper(recorded(path), "https://example.org/paper")
    assert (row["title"][: len(title)], len(row["authors"])) == (title, names)
    assert row["abstract"]
    assert row["pdf"].startswith("http")


def test_authors_of_ijcai_are_in_the_order_of_the_heading_and_not_of_the_tags() -> None:
    row = ijcai.read_page(recorded("ijcai/ijcai-paper-page.html"), "https://www.ijcai.org/proceedings/2018/512")
    record = record_of(row, "IJCAI", 2018)
    assert (record.key, group(record), record.doi) == ("512@2018@IJCAI", "Main track", "10.24963/ijcai.2018/512")
    assert record.authors == (
        *("Zhou Zhao", "Zhu Zhang", "Shuwen Xiao", "Zhou Yu", "Jun Yu", "Deng Cai", "Fei Wu", "Yueting Zhuang"),
    )
    assert record.pdf_url == "https://www.ijcai.org/proceedings/2018/0512.pdf"
    assert record.abstract.startswith("Open-ended long-form video question answering is")


# --- Lists -------------------------------------------------------------------------------------------------------
def test_a_list_of_cvf() -> None:
    url = "https://openaccess.thecvf.com/CVPR2026?day=all"
    (link,) = cvf.read_list(recorded("cvf/CVPR2026-listing-excerpt.html"), url)
    assert link.url == "https://openaccess.thecvf.com/content/CVPR2026/html/Xiao_Tracking_CVPR_2026_paper.html"
    assert link.row == {"title": "Generalizable Structure-Aware Keypoint Correspondence"}
    record = record_of({**link.row, "authors": [], "site": link.url}, "CVPR", 2026)
    assert record.key == "Xiao_Tracking@CVPR2026@CVF"


@pytest.mark.parametrize("path", ["CVPR2025-VGGT-paper-page-trimmed.html", "CVPR2016-bibref-old-layout-excerpt.html"])
def test_a_page_of_cvf_is_no_list(path: str) -> None:
    assert cvf.read_list(recorded(f"cvf/{path}"), "https://openaccess.thecvf.com/") == []


def test_a_list_of_neurips_tells_tracks_and_how_many_papers_there_are() -> None:
    url = "https://proceedings.neurips.cc/paper_files/paper/2024"
    links, told = neurips.read_list(recorded("neurips/neurips2024-year-index-abridged.html"), url, 2024)
    main = ["000f947dcaff8fbffcc3f53a1314f358", "00295cede6e1600d344b5cd6d9fd4640"]
    data = ["013cf29a9e68e4411d0593040a8a1eb3", "017761f94a1cd66d01c041aff85492c4"]
    expected = [
        *((f"{url}/hash/{name}-Abstract-Conference.html", "Main") for name in main),
        *(
            (f"{url}/hash/{name}-Abstract-Datasets_and_Benchmarks_Track.html", "Datasets and Benchmarks")
            for name in data
        ),
    ]
    assert ([(link.url, link.row["group"]) for link in links], told) == (expected, 4493)
    assert [link.row["title"] for link in links] == [f"Synthetic title {number}" for number in range(1, 5)]


def test_sessions_of_usenix_name_people_and_not_their_places() -> None:
    links = usenix.read_sessions(
        recorded("usenix/usenixsecurity26-technical-sessions-excerpt.html"), "https://www.usenix.org/conference/x"
    )
    site = "https://www.usenix.org/conference/usenixsecurity26/presentation"
    assert [link.url for link in links] == [f"{site}/hu-zhenkai", f"{site}/li-zhihao"]
    assert links[0].row == {
        "title": "Ajax: Fast Threshold Fully Homomorphic Encryption without Noise Flooding",
        "authors": ["Zhenkai Hu", "Haofei Liang", "Xiao Wang"],
    }
    assert links[1].row["authors"] == [
        *("Zhihao Li", "Yuan Zhao", "Lichun Li", "Jiaxing He", "Changzheng Wei", "Ying Yan", "Lifeng Guo")
    ]
    assert record_of({**links[0].row, "site": links[0].url}).key == "hu-zhenkai@usenixsecurity26@USENIX"


def test_sessions_of_usenix_in_the_look_of_2016() -> None:
    (link,) = usenix.read_sessions(
        recorded("usenix/usenixsecurity16-technical-sessions-excerpt.html"), "https://www.usenix.org/conference/x"
    )
    assert (link.row["title"], link.row["authors"]) == (
        "Flip Feng Shui: Hammering a Needle in the Software Stack",
        ["Kaveh Razavi", "Ben Gras", "Erik Bosman"],
    )
    assert record_of({**link.row, "site": link.url}).key == "razavi@usenixsecurity16@USENIX"


# --- OAI-PMH of AAAI ---------------------------------------------------------------------------------------------
def test_a_page_of_aaai_gives_the_records_of_one_volume() -> None:
    body = recorded("ojs/aaai-oai_dc-ListRecords.xml")
    page = aaai.read_records(body, "33", {"AAAI:AISI": "AI for Social Impact"})
    assert (page.records, len(page.rows), page.bad) == (8, 8, ())
    assert (page.size, page.token) == (26185, "bb474a86eb773aa908822bdfab176b74")
    record = record_of(page.rows[0][1], "AAAI", 2019)
    assert (record.key, group(record), record.doi) == (
        *("3745@AAAI", "AI for Social Impact", "10.1609/aaai.v33i01.3301695"),
    )
    assert record.authors == tuple(f"Synthetic Author{number}" for number in (2, 3, 4))
    assert record.pdf_url == "https://ojs.aaai.org/index.php/AAAI/article/download/3745/3623"
    assert Counter(row["group"] for _, row in page.rows) == {"AI for Social Impact": 2, "AIW": 6}
    assert aaai.read_records(body, "34", {}).rows == ()


def test_a_page_of_another_journal_of_aaai() -> None:
    body = recorded("ojs/iaseai-oai_dc-ListRecords-one-set.xml")
    page = aaai.read_records(body, "2", {}, f"{aaai.SITE}/IASEAI")
    assert (page.records, page.size, page.token) == (1, None, "")
    assert record_of(page.rows[0][1], "IASEAI", 2026).key == "43116@IASEAI@AAAI"


# --- paperlists --------------------------------------------------------------------------------------------------
def listed(path: str, venue: str, year: int) -> Part:
    def get(url: str, *, expect: str = "", missing_ok: bool = False) -> Got:
        raise AssertionError("a file asks for nothing")

    (part,) = paperlists.pull(Asked(venue, year, body=recorded(f"paperlists/{path}")), get)
    assert part.bad == ()
    return part


@pytest.mark.parametrize(
    ("path", "edition", "groups", "unaccepted", "key", "names"),
    [
        (
            *("iclr2018.head.json", ("ICLR", 2018), {"Oral": 6, "Poster": 8, "Workshop": 5}, 16),
            *("B12Js_yRb@OpenReview", ["Yan Zhang", "Jonathon Hare", "Adam Prügel-Bennett"]),
        ),
        (
            *("colm2024.head.json", ("COLM", 2024), {"Poster": 22}, 0),
            *("0UK8c2kg7c@OpenReview", ["Yujia Hu", "Zhiqiang Hu", "Chun Wei Seah", "Roy Ka-Wei Lee"]),
        ),
        (
            *("cvpr2019.head.json", ("CVPR", 2019), {"Oral": 12, "Poster": 14}, 0),
            "Gandelsman_Double-DIP_Unsupervised_Image_Decomposition_via_Coupled_Deep-Image-Priors@CVPR2019@CVF",
            ["Yosef Gandelsman", "Assaf Shocher", "Michal Irani"],
        ),
    ],
)
def test_a_file_of_paperlists(
    path: str, edition: tuple[str, int], groups: dict[str, int], unaccepted: int, key: str, names: Sequence[str]
) -> None:
    part = listed(path, *edition)
    assert (Counter(map(group, part.records)), part.unaccepted) == (groups, unaccepted)
    assert (part.records[0].key, list(part.records[0].authors)) == (key, names)
