"""What every engine must do, through its public methods. Subclass `EngineContract` and give it an `engine` fixture.

A gap of an engine is a test overridden by a skip that tells its reason.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.authors import written_by
from search.document import Document
from search.engines.base import (
    PREFIX_LIMIT,
    SORTS,
    Engine,
    EngineUnavailable,
    Facets,
    RebuildNeeded,
    Sort,
    Spellings,
    title_weight,
)
from search.nodes import TextField
from search.query import any_word_of, parse_query, split_meaning
from tests.search.documents import build, find, forget, make_document, put, total
from tests.search.packed import RECIPE, make_floats, make_vectors

ATTENTION = 'Attention is All You Need: "Quotes", $O(n^2)$ Costs -- and t-SNE? A Re-evaluation'
# Titles that hold what a query language means something by, or that are typed otherwise than they are stored.
TITLES_AND_WHAT_IS_TYPED = [
    (ATTENTION, ATTENTION),
    (ATTENTION, "attention is all you need quotes o(n2) costs and t sne a re evaluation"),
    ("Why Should I Trust You?: Explaining", '"Why Should I Trust You?": Explaining'),
    ("Learning -omics from Data", "Learning -omics from Data"),
    ("Graphs, Trees, Forests", "Graphs, Trees, Forests"),
    ("On the $\\alpha$-divergence of $\\ell_1$ norms", "On the α-divergence of ℓ1 norms"),
    ("Schrödinger–Łukasiewicz Straße", "schrodinger lukasiewicz strasse"),
    ('The "Unpaired Quote', 'The "Unpaired Quote'),
    ("What?", "What?"),
    ("深度学习 for Everyone", "深度学习 for everyone"),
    ("Cats OR Dogs AND NOT (Birds)", "Cats OR Dogs AND NOT (Birds)"),
    ("TO BE OR NOT TO BE", "TO BE OR NOT TO BE"),
    ("Title: A Survey of date:2024 and cat:cs.LG", "Title: A Survey of date:2024 and cat:cs.LG"),
    ("Foo:Bar (Baz", "Foo:Bar (Baz"),
    ("A* Search ANDNOT Q*", "A* Search ANDNOT Q*"),
    ("BERT: Pre-training of Deep Things", 'title:"BERT: Pre-training of Deep Things"'),
    ("BERT: Pre-training of Deep Things", "cat:cs.LG bert pre-training of deep things"),
    ("BERT: Pre-training of Deep Things", "ti:(bert pre-training of deep things) -nothing"),
]

LANGUAGE = 'word a 学 " “ ( ) - ti: au: first: all: cat: cs.LG cs-cs.LG date: 2024 .. venue: ACL id: 2401.00001'.split()
LANGUAGE += [" ", " OR ", " AND ", " NOT ", " ANDNOT ", "wor*", "aaa*", "½½½*", "ﬀﬀﬀ*"]


VARIED = [
    make_document(1, "word", categories=("cs.CL", "cs.LG"), submitted=datetime(2024, 2, 1, tzinfo=UTC)),
    make_document(2, "word", categories=("cs.CG",), announced=date(2024, 3, 4), abstract="networks"),
    make_document(3, "word", categories=("cs.CL",), submitted=datetime(2017, 1, 1, tzinfo=UTC), authors=("J. Smith",)),
    make_document(4, "word", categories=("cs.CL",), withdrawn=True, submitted=datetime(2024, 5, 1, tzinfo=UTC)),
    make_document(5, "word networks", withdrawn=True),
    make_document(6, "word", branch="venue", categories=(), venue="ACL", edition="ACL.2018", group="Long Papers"),
    make_document(7, "word networks", branch="venue", categories=(), venue="EMNLP", edition="EMNLP.2018"),
]
NEAREST_WITHIN = [
    "", "cat:cs.CL", "-cat:cs.CL", "cat:cs", "cat:cs-cs.CL", "venue:ACL", "venue:ACL.2018", "-venue:ACL", "date:2024",
    "date:..2018", "-date:2024", "submitted:2024-02", "announced:2024-03..", "is:withdrawn", "-is:withdrawn",
    "id:2401.00001", "-id:2401.00001", "-networks", "-title:networks", "-author:smith", '-"word networks"', "-netw*",
    "cat:cs.CL -networks date:2024", "(cat:cs.CL OR venue:ACL)", "-(cat:cs.CL OR networks)",
]  # fmt: skip


def hold_words(engine: Engine, documents: Sequence[Document]) -> None:
    """The engine's whole index, with a vector for each paper."""
    build(engine, documents)
    assert engine.vectors is not None
    held = make_vectors([document.paper_id for document in documents])
    assert engine.vectors.rebuild(RECIPE, [held], mark=7, timeout=10) == len(documents)


class EngineContract:
    """The tests. `engine` is a fresh, empty engine that was never built."""

    @pytest.fixture
    def engine(self) -> Engine:
        raise NotImplementedError

    # --- Words --------------------------------------------------------------------------------------------------------
    def test_all_words_must_be_found_each_in_any_field(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, "Graph drawing", abstract="By neural means.", authors=("Ada Lovelace",)),
                make_document(2, "Graph drawing", abstract="By hand.", authors=("Ada Lovelace",)),
                make_document(3, "Neural drawing", abstract="By hand."),
            ],
        )
        assert find(engine, "graph neural lovelace") == [1]
        assert find(engine, "graph lovelace") == [2, 1]
        assert find(engine, "graph nothing") == []

    def test_title_weighs_more_than_authors_and_authors_more_than_abstract(self, engine: Engine) -> None:
        words = "one two three"
        build(
            engine,
            [
                make_document(1, words, abstract=f"bengio {words}", authors=(words,)),
                make_document(2, words, abstract=f"{words} {words}", authors=("bengio one two",)),
                make_document(3, "bengio two three", abstract=f"{words} {words}", authors=(words,)),
            ],
        )
        assert find(engine, "bengio") == [3, 2, 1]

    @pytest.mark.parametrize(
        ("typed", "text"),
        [
            ("image", "Images of things"),
            ("imaging", "image of a thing"),
            ("networks", "a Network"),
            ("schrodinger", "Schrödinger bridges"),
            ("Schrödinger", "Schrodinger bridges"),
            ("SCHRÖDINGER", "schrödinger bridges"),
            ("Scho\u0308n", "Schön"),
            ("erdos", "Erdős numbers"),
            ("strasse", "Straße"),
            ("istanbul", "İstanbul"),
            ("t-SNE", "on t-SNE maps"),
            ("t SNE", "on t-SNE maps"),
            ("pre-training", "pre training"),
            ("C++", "in C++ and Rust"),
            ("C#", "in C# and Rust"),
            ("π0", "the π0 model"),
            ("o1", "the o1 model"),
            ("Q*", "from Q* on"),
            ("R", "in R and S"),
            ("GAN", "a GAN"),
            ("学习", "深度学习入门"),
            ("딥러닝", "한국어 딥러닝을 위한"),
            ("обучение", "Машинное обучение"),
            ("don't", "we don’t know"),
            ("O'Neil", "of O'Neil"),
            ("SU(2)", "the group SU(2)"),
            ("½", "spin ½"),
        ],
    )
    def test_word_is_found_as_it_may_be_written(self, engine: Engine, typed: str, text: str) -> None:
        build(engine, [make_document(1, text), make_document(2, abstract=text), make_document(3, "Other things")])
        assert sorted(find(engine, typed)) == [1, 2]

    @pytest.mark.parametrize(
        "typed",
        [
            "Schroedinger", "schroedinger", "Schrödinger", "schrodinger", '"Schroedinger equation"', "schroed*",
            '"Schrödinger equation"', "Sørensen", "Soerensen", "sorensen", "Naess", "author:Soerensen", "Goettingen",
            'author:"Erik Soerensen"', 'author:"Erik Sørensen"', "Aarhus", "title:Schroedinger", "abstract:Goettingen",
        ],
    )  # fmt: skip
    def test_umlaut_is_found_in_all_its_spellings(self, engine: Engine, typed: str) -> None:
        paper = make_document(
            1, "A Schrödinger equation", abstract="In Göttingen, Århus.", authors=("A. Næss", "Erik Sørensen")
        )
        build(engine, [paper, make_document(2, "Joel and Jol", authors=("Michal Noel",))])
        assert find(engine, typed) == [1]

    def test_spelling_out_finds_what_was_written_so_and_widens_nothing(self, engine: Engine) -> None:
        build(
            engine,
            [make_document(1, "On Schroedinger", authors=("Michael Noel",)), make_document(2, authors=("Michal Nol",))],
        )
        assert find(engine, "Schrödinger") == [1]
        assert find(engine, "Michael") == find(engine, "Noel") == [1]

    @pytest.mark.parametrize(
        ("typed", "text"),
        [("C++", "Vitamin C"), ("t-SNE", "SNE of t"), ("学习", "习学"), ("image", "imagine that"), ("o1", "o 1")],
    )
    def test_other_word_is_not_found(self, engine: Engine, typed: str, text: str) -> None:
        build(engine, [make_document(1, abstract=text)])
        assert find(engine, typed) == []

    def test_names_are_not_stemmed(self, engine: Engine) -> None:
        build(engine, [make_document(1, authors=("Jane Banks",)), make_document(2, authors=("Jane Bank",))])
        assert find(engine, "banks") == [1]

    @pytest.mark.parametrize("typed", ["the who", "the", "of the", "to be or not to be"])
    def test_query_of_common_words_alone_works(self, engine: Engine, typed: str) -> None:
        build(engine, [make_document(1, "The Who: to be or not to be of the stage"), make_document(2, "Unrelated")])
        assert find(engine, typed) == [1]

    # --- Phrases, exclusion, lists ------------------------------------------------------------------------------------
    def test_phrase_stands_side_by_side_in_one_field(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, "Graph neural networks"),
                make_document(2, "Neural graph networks"),
                make_document(3, "A graph", abstract="Neural networks"),
                make_document(4, authors=("Graph Neural", "Network")),
            ],
        )
        assert find(engine, '"graph neural network"') == [1]
        assert sorted(find(engine, '"graph neural"')) == [1, 4]
        assert find(engine, "“graph neural networks”") == [1]

    def test_phrase_does_not_run_from_one_author_to_the_next(self, engine: Engine) -> None:
        build(engine, [make_document(1, authors=("Ada King", "Charles Babbage"))])
        assert find(engine, '"king charles"') == []
        assert find(engine, '"charles babbage"') == [1]

    def test_excluded_words_and_phrases_are_not_found(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, "Deep learning", abstract="With graph networks."),
                make_document(2, "Deep learning", abstract="With networks of a graph."),
                make_document(3, "Deep learning", authors=("Ada Graph",)),
            ],
        )
        assert find(engine, 'learning -"graph network"') == [3, 2]
        assert find(engine, "learning -networks") == [3]
        assert find(engine, "learning -graph") == []

    def test_excluded_word_keeps_out_the_paper_of_that_title(self, engine: Engine) -> None:
        build(engine, [make_document(1, "BERT Transformer"), make_document(2, "BERT")])
        assert find(engine, "bert -transformer") == [2]

    def test_only_excluded_words_find_nothing(self, engine: Engine) -> None:
        build(engine, [make_document(1, "Foo"), make_document(2, "Bar")])
        assert find(engine, "-foo") == []

    def test_comma_list_matches_any_word_best_first(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, "Transformers"),
                make_document(2, "Attention in transformers"),
                make_document(3, "Trees"),
            ],
        )
        assert find(engine, "transformer,attention,pre-training")[0] == 2
        assert sorted(find(engine, "transformer,attention,pre-training")) == [1, 2]

    def test_words_side_by_side_in_the_title_come_first(self, engine: Engine) -> None:
        build(engine, [make_document(1, "Methods of deep learning"), make_document(2, "Deep methods of learning")])
        assert find(engine, "deep learning") == [1, 2]
        assert find(engine, "learning deep") == [2, 1]

    # --- Operators, fields, filters -----------------------------------------------------------------------------------
    def test_operators_and_groups_hold_as_they_are_read(self, engine: Engine) -> None:
        papers = {1: "a", 2: "b", 3: "c", 4: "a b", 5: "a c", 6: "b c", 7: "a b c", 8: "other"}
        build(engine, [make_document(n, abstract=text, title="Title") for n, text in papers.items()])
        for text, found in {
            "a OR b": {1, 2, 4, 5, 6, 7},
            "a OR b c": {1, 4, 5, 6, 7},  # AND, also the unwritten one, binds tighter
            "a b OR c": {3, 4, 5, 6, 7},
            "(a OR b) c": {5, 6, 7},
            "a AND (b OR c)": {4, 5, 7},
            "a ANDNOT b": {1, 5},
            "a -(b OR c)": {1},
            "a -(b c)": {1, 4, 5},
            "(a OR b) NOT c": {1, 2, 4},
            "c OR NOT a": {2, 3, 5, 6, 7, 8},
            "title -(-a)": {1, 4, 5, 7},
            "NOT a NOT b NOT c": set(),
            "title NOT a NOT b NOT c": {8},
        }.items():
            assert set(find(engine, text)) == found, text
            assert total(engine, text) == len(found), text

    def test_field_looks_nowhere_else(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, "Graph drawing", abstract="Of trees.", authors=("Ada Forest",)),
                make_document(2, "Forest growth", abstract="As a graph drawing.", authors=("Ben Tree",)),
                make_document(3, "Trees", abstract="Forests of drawing.", authors=("Carl Graph",)),
            ],
        )
        for text, found in {
            "graph": [1, 2, 3], "title:graph": [1], "ti:graphs": [1], "abstract:graph": [2], "author:graph": [3],
            "all:graph": [1, 2, 3], 'abs:"graph drawing"': [2], 'ti:"drawing graph"': [],
            "ti:(graph OR forest)": [1, 2], "ti:(graph OR au:graph)": [1, 3], "drawing -ti:graph": [2, 3],
            "ti:(graph -drawing)": [], "abs:forest au:graph": [3], "ti:graph*": [1], "au:(forest OR tree)": [1, 2],
        }.items():  # fmt: skip
            assert sorted(find(engine, text)) == found, text

    # --- Names --------------------------------------------------------------------------------------------------------
    def test_initial_finds_the_names_that_begin_with_it_and_a_name_its_initial(self, engine: Engine) -> None:
        printed = ("John Smith", "J. Smith", "John A. Smith", "James Smith", "J. B. Smith", "Kim Smith", "J. Smithson")
        build(engine, [make_document(n, authors=("Ann Bee", name)) for n, name in enumerate(printed, start=1)])
        by_initial, by_name = [2, 5, 4, 3, 1], [1, 3, 5, 2]  # as typed, then all of it printed, then abbreviated
        for typed in (
            "smith_j",
            '"Smith, J"',
            '"J Smith"',
            '"j. smith"',
            "Smith,J",
            '"SMITH, J."',
            "J.Smith",
            "smith_j_1",
        ):
            assert find(engine, f"author:{typed}") == by_initial, typed
        for typed in ('"Smith, John"', '"John Smith"', '"JOHN SMITH"', '"Smith,john"'):
            assert find(engine, f"au:{typed}") == by_name, typed
        assert sorted(find(engine, "author:smith")) == [1, 2, 3, 4, 5, 6]
        assert total(engine, 'author:"Smith, J"') == 5
        assert find(engine, 'smith -author:"J Smith"') == [6]

    def test_initials_are_respected_in_their_order(self, engine: Engine) -> None:
        printed = (
            "John Albert Smith",
            "John Brian Smith",
            "A. J. Smith",
            "J. Smith",
            "J.A. Smith",
            "Albert John Smith",
        )
        build(engine, [make_document(n, authors=(name,)) for n, name in enumerate(printed, start=1)])
        for typed in ('"J A Smith"', '"Smith, J.A."', "smith_j_a", '"Smith J A"'):
            assert sorted(find(engine, f"author:{typed}"))[-1:] == [5], typed
            assert set(find(engine, f"author:{typed}")) <= {1, 5}, typed
        assert find(engine, 'author:"J A Smith"') == [5, 1]
        assert find(engine, 'author:"John Albert Smith"') == [1, 5]

    def test_name_is_never_made_of_two_authors(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, authors=("John Doe", "Mary Smith")),
                make_document(2, authors=("Mary John", "Smith Doe")),
                make_document(3, authors=("J. Doe", "Smith")),
            ],
        )
        for typed in ('"John Smith"', '"Smith, J"', "smith_j", '"Smith, John"', '"M Doe"'):
            assert find(engine, f"author:{typed}") == [], typed
            assert find(engine, f"first:{typed}") == [], typed

    @pytest.mark.parametrize(
        ("printed", "typed"),
        [
            ("Jan van der Berg", ["van der Berg, J", "Berg, J van der", "J van der Berg", "Jan Van Der Berg", "Berg, J",
                                  "Vanderberg, J", "van der Berg"]),
            ("Lieven Vandenberghe", ["Vandenberghe, L", "van den Berghe, L"]),
            ("Alfonso de la Cruz Jr.", ["de la Cruz, A", "Cruz, A. de la", "A. Cruz", "de la Cruz", "Cruz, A., Jr."]),
            ("John von Neumann", ["von Neumann, J", "J. v. Neumann", "Neumann, John", "Neumann, J von"]),
            ("Robert W. Heath, Jr.", ["Heath, R", "Heath Jr., R. W.", "Heath, R. W., Jr.", "Robert Heath"]),
            ("Loring W. Tu III", ["Tu, L", "Loring Tu", "L. W. Tu"]),
            ("José F. Rodrigues-Jr", ["Rodrigues, J", "J F Rodrigues", "Rodrigues Jr, José"]),
            ("Conan O\u2019Neil", ["O'Neil, C", "ONeil, Conan", "C O\u2019Neil", "o'neil_c"]),
            ("Gerard 't Hooft", ["'t Hooft, G", "G. \u2019t Hooft"]),
            ("Jean\u2010Pierre Serre", ["Serre, J.-P.", "Jean-Pierre Serre", "J. P. Serre", "Serre, J"]),
            ("J.-P. Serre", ["Jean-Pierre Serre", "Jean Pierre Serre", "Serre, J.-P.", "J Serre"]),
            ("Hsin-Yi Huang", ["Huang, H", "Hsinyi Huang", "Hsin Yi Huang", "Huang, H.-Y.", "H Y Huang"]),
            ("Hsinyi Huang", ["Hsin-Yi Huang", "Huang, H"]),
            ("Mogens Flensted\u2013Jensen", ["Flensted-Jensen, M", "Jensen, M", "M Flensted Jensen"]),
            ("Federico García Lorca", ["García Lorca, F", "Garcia-Lorca, F", "Lorca, F", "garcia_lorca_f"]),
            ("Hanumanthappa J.", ["Hanumanthappa, J", "J Hanumanthappa", "Hanumanthappa J"]),
            ("Leong Hou U", ["U, Leong Hou", "Leong Hou U"]),
            ("Erwin Schrödinger", ["Schrodinger, E", "Schroedinger, E", "schroedinger_e", "E. Schrödinger"]),
            ("Erwin Schroedinger", ["Schrödinger, E", "Schroedinger, E"]),
            ("Elsebeth Schrøder", ["Schroder, E", "Schröder, Elsebeth", "Schroeder, E"]),
            ("Jan Hajič", ["Hajic, J", "hajic_j"]),
            ("Diyarbakır İnce", ["Ince, D", "İnce, Diyarbakir"]),
            ("Karl Weiß", ["Weiss, K", "K Weiß"]),
            ("Đình Thi", ["Thi, D", "Dinh Thi"]),
            ("Юрий Манин", ["Манин, Ю", "Ю. Манин"]),
            ("王伟", ["王伟", "王 伟"]),
            ("王 伟", ["王伟", "王 伟"]),
            ("김철수", ["김 철수"]),
            ("Madonna", ["Madonna", "madonna"]),
            ("for the ATLAS Collaboration", ["ATLAS Collaboration", "The ATLAS collaboration"]),
        ],
    )  # fmt: skip
    def test_name_is_found_however_it_is_typed(self, engine: Engine, printed: str, typed: list[str]) -> None:
        others = ("Kim Berg", "Ann Smith", "Heath Serre", "Huang Cruz", "王小")
        build(engine, [make_document(1, authors=("Kim Berg", printed)), make_document(2, authors=others)])
        put(engine, make_document(3, authors=(printed, "Kim Berg")))
        for name in (*typed, printed):
            assert find(engine, f'author:"{name}"') == [3, 1], name
            assert find(engine, f'first:"{name}"') == [3], name

    @pytest.mark.parametrize(
        ("printed", "typed"),
        [
            ("J. Berg", "van der Berg, J"), ("Wei-Jie Wang", "Wei Wang"), ("Wei Wang", "Wei-Jie Wang"),
            ("Wang Wei", "Wei Wang"), ("John Smith", "John A. Smith"), ("John Smith", "Jo Smith"),
            ("Robert Heath", "Heath, R., Jr."), ("Robert Heath Jr.", "R. J. Heath"), ("王伟明", "王明"),
            ("Erwin Schroedinger", "Schrodinger, E"),
        ],
    )  # fmt: skip
    def test_other_name_is_not_found(self, engine: Engine, printed: str, typed: str) -> None:
        build(engine, [make_document(1, authors=(printed,))])
        assert find(engine, f'author:"{typed}"') == []

    def test_words_of_a_name_are_found_inside_it_after_the_names_that_fit(self, engine: Engine) -> None:
        build(engine, [make_document(1, authors=("Albert Smith",)), make_document(2, authors=("John Albert Smith",))])
        put(engine, make_document(3, authors=("A. Smith",)), make_document(4, authors=("Albert B. Smith",)))
        assert find(engine, 'author:"Albert Smith"') == [1, 4, 3, 2]
        assert find(engine, 'author:"John Albert"') == [2]

    def test_name_orders_papers_before_any_word_does(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, "Trees", abstract="A graph.", authors=("John Smith",)),
                make_document(2, "Graph graph trees", abstract="Graph " * 50, authors=("J. Smith",)),
                make_document(3, "Graph trees", authors=("John A. Smith",)),
            ],
        )
        assert find(engine, 'graph author:"John Smith"') == [1, 3, 2]
        assert find(engine, 'graph author:"John Smith"', sort="date") == [3, 2, 1]

    def test_first_is_the_first_author_alone(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, authors=("Ada Lovelace", "John Smith")),
                make_document(2, authors=("John Smith", "Ada Lovelace")),
                make_document(3, "Smith"),
            ],
        )
        for typed in ("smith", '"Smith, J"', "smith_j", "smi*", '"John Smith"', "john", "(smith john)", "SMITH"):
            assert find(engine, f"first:{typed}") == [2], typed
        assert find(engine, "first:(lovelace OR smith)") == [2, 1]
        assert find(engine, "author:smith -first:smith") == [1]

    @pytest.mark.parametrize("typed", ["Smith, J", "smith_j", "J Smith", "J. Smith", "Smith,J", "SMITH, J."])
    def test_name_typed_without_a_field_finds_its_papers_first(self, engine: Engine, typed: str) -> None:
        fields = {"abstract": "Smith, J smith_j " * 9, "authors": ("J B", "C Smith")}
        flood = [make_document(n, "Smith J and others", **fields) for n in range(9, 30)]
        build(engine, [make_document(1, authors=("John Smith",)), make_document(2, authors=("J. Smith",)), *flood])
        assert find(engine, typed)[:2] == [2, 1]
        results = engine.search(parse_query(typed), sort="relevance", offset=0, limit=9)
        assert ["name" in note for note in results.notes] == [True]

    def test_full_name_typed_without_a_field_comes_first_and_finds_no_more(self, engine: Engine) -> None:
        scattered = make_document(2, "On John Smith", abstract="John Smith", authors=("John Doe", "Ann Smith"))
        by_name = [make_document(1, authors=("John Smith", *"ABCDE")), make_document(3, authors=("J. Smith",))]
        build(engine, [scattered, *by_name])
        assert find(engine, "john smith") == [1, 2]
        assert engine.search(parse_query("John Smith"), sort="relevance", offset=0, limit=9).notes == ()

    def test_words_that_are_no_name_find_no_names(self, engine: Engine) -> None:
        build(engine, [make_document(1, authors=("Ana Song",)), make_document(2, authors=("Kathryn Means", "Xi Ray"))])
        for typed in ("a song", "A Song", "k means", "x ray", "song k", '"K Means"', "K Means OR x"):
            assert find(engine, typed) == [], typed

    def test_thousands_of_authors_are_all_found(self, engine: Engine) -> None:
        names = [f"Ann{'abcdefghij'[n % 10]} B. Family{chr(97 + n // 100)}{chr(97 + n % 26)}" for n in range(3303)]
        build(engine, [make_document(1, authors=tuple(names)), make_document(2, authors=names[:1])])
        assert find(engine, f'author:"{names[3302]}"') == [1]
        assert find(engine, f'first:"{names[0]}"') == [2, 1]
        assert find(engine, f'first:"{names[3302]}"') == []

    def test_names_like_one_are_told_by_how_many_papers_have_them(self, engine: Engine) -> None:
        printed = ["J. Smith", "John Smith", "JOHN SMITH", "John A. Smith", "James Smith", "J. Smith", "J Smith"]
        build(engine, [make_document(n, authors=(name,)) for n, name in enumerate(printed, start=1)])
        assert engine.names_like("John Smith", 9) == ("j smith", "john smith", "john a smith")
        assert engine.names_like("Smith, J", 2) == ("j smith", "john smith")
        assert engine.names_like("Nobody", 9) == engine.names_like("???", 9) == ()

    def test_papers_of_exactly_one_name_are_found_newest_first(self, engine: Engine) -> None:
        printed = [
            "Erwin Schrödinger",
            "ERWIN SCHRODINGER",
            "Erwin Schroedinger",
            "E. Schrödinger",
            "Erwin R. Schrödinger",
        ]
        build(engine, [make_document(n, authors=("Ann Bee", name)) for n, name in enumerate(printed, start=1)])
        for typed in ("Erwin Schrödinger", "Schrödinger, Erwin"):
            hits = engine.search(written_by(typed), sort="relevance", offset=0, limit=9).hits
            assert [hit.paper_id for hit in hits] == [3, 2, 1], typed
        assert engine.search(written_by("Nobody"), sort="date", offset=0, limit=9).total == 0

    def test_category_holds_with_its_aliases_and_archives(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, categories=("cs.LG", "stat.ML")),
                make_document(2, categories=("cs.IT",)),
                make_document(3, categories=("astro-ph.CO", "cs.LG")),
                make_document(4, categories=(), branch="venue", venue="ACL", edition="ACL.2018"),
            ],
        )
        for text, found in {
            "cat:cs.LG": [1, 3], "category:CS.lg": [1, 3], "cat:stat.ml": [1], "cat:math.IT": [2], "cat:cs": [1, 2, 3],
            "cat:astro-ph": [3], "cat:cs-stat": [2, 3], "cat:stat+astro-ph": [1, 3], "cat:(cs.IT OR stat.ML)": [1, 2],
            "paper -cat:cs.LG": [2, 4], "paper cat:cs -cat:astro-ph": [1, 2], "cat:econ": [],
            "cat:cs.* NOT cat:stat.*": [2, 3], "cat:-cs.LG": [], "paper (cat:-cs.LG)": [2, 4],
        }.items():  # fmt: skip
            assert sorted(find(engine, text)) == found, text

    def test_venue_is_found_by_name_edition_and_group(self, engine: Engine) -> None:
        def paper(paper_id: int, venue: str, year: int, group: str = "") -> Document:
            edition = f"{venue}.{year}"
            return make_document(paper_id, branch="venue", venue=venue, edition=edition, group=group, categories=())

        build(
            engine,
            [
                paper(1, "ACL", 2018, "Long Papers"),
                paper(2, "ACL", 2018, "Short Papers"),
                paper(3, "ACL", 2019),
                paper(4, "NAACL", 2018),
                make_document(5),
            ],
        )
        for text, found in {
            "venue:ACL": [1, 2, 3], "venue:acl": [1, 2, 3], "venue:ACL.2018": [1, 2], "venue:acl2018": [1, 2],
            'venue:"ACL.2018 - Long Papers"': [1], 'venue:"acl 2018 - short papers"': [2], "venue:NAACL": [4],
            "venue:(ACL.2019 OR NAACL)": [3, 4], "venue:ICML": [], "paper -venue:ACL": [4, 5],
        }.items():  # fmt: skip
            assert sorted(find(engine, text)) == found, text

    def test_identifier_finds_its_paper_however_it_is_spelled(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, key="1706.03762"),
                make_document(2, key="hep-th/9901001", doi="10.1103/PhysRevLett.1"),
                make_document(3, key="P18-1001@ACL", branch="venue", aliases=("18-1001@DBLP", "2018.acl-long.1@ACL")),
            ],
        )
        for text, found in {
            "id:1706.03762": [1], "id:arXiv:1706.03762v5": [1], "arxiv:1706.03762": [1],
            "id:https://arxiv.org/abs/1706.03762": [1], "id:hep-th/9901001": [2], "id:10.1103/physrevlett.1": [2],
            "doi:10.1103/PhysRevLett.1": [2], "id:P18-1001@ACL": [3], "id:p18-1001@acl": [3], "id:1706.03763": [],
            "id:2018.acl-long.1@ACL": [3],
            "id:1706.03762,hep-th/9901001": [1, 2], "paper -id:1706.03762": [2, 3],
        }.items():  # fmt: skip
            assert sorted(find(engine, text)) == found, text

    def test_date_range_holds_what_is_known_to_lie_in_it(self, engine: Engine) -> None:
        def at(*parts: int) -> datetime:
            return datetime(*parts, tzinfo=UTC)

        build(
            engine,
            [
                make_document(1, submitted=at(2024, 1, 1, 0, 0), announced=date(2024, 2, 1)),
                make_document(2, submitted=at(2024, 2, 29, 23, 59, 59)),
                make_document(3, submitted=at(2024, 12, 31)),
                make_document(4, announced=date(2024, 3, 1)),  # nothing else is known of it
                make_document(5),  # and of this nothing at all
                make_document(6, branch="venue", edition="ACL.2024", venue="ACL", submitted=at(2023, 9, 1)),
                make_document(7, submitted=at(1991, 8, 14)),
            ],
        )
        for text, found in {
            "date:2024": [1, 2, 3, 4, 6], "date:2024-01": [1], "date:2024-01-01": [1], "date:2024-02": [2],
            "date:2024-02-29": [2], "date:2024-02-28..2024-03-01": [2, 4], "date:2024-03..": [3, 4],
            "date:..2024": [1, 2, 3, 4, 6, 7], "date:..2024-11": [1, 2, 4, 7], "date:2024-12-31..2024-12-31": [3],
            "date:1991": [7], "date:2025..": [], "date:2023..2024": [1, 2, 3, 4, 6], "paper -date:2024": [5, 7],
            "date:(1991 OR 2024-12)": [3, 7], "date:0001..9999": [1, 2, 3, 4, 6, 7],
        }.items():  # fmt: skip
            assert sorted(find(engine, text)) == found, text

    def test_submission_and_announcement_are_each_asked_for_alone(self, engine: Engine) -> None:
        def at(*parts: int) -> datetime:
            return datetime(*parts, tzinfo=UTC)

        build(
            engine,
            [
                make_document(1, submitted=at(2024, 1, 31, 23, 59, 59), announced=date(2024, 2, 1)),
                make_document(2, submitted=at(2024, 2, 1), announced=date(2024, 2, 1), ordinal=1 << 40),
                make_document(3, submitted=at(2023, 12, 31)),
                make_document(4, announced=date(2024, 1, 31)),
                make_document(5, ordinal=(1 << 38) - 1),
                make_document(6, branch="venue", edition="ACL.2024", venue="ACL"),
                make_document(7, branch="venue", edition="ACL.2024", venue="ACL", submitted=at(2024, 3, 1)),
            ],
        )
        for text, found in {
            "submitted:2024-01": [1], "submitted:2024-02-01": [2], "submitted:2024": [1, 2, 7], "submitted:..2023": [3],
            "submitted:2024-01-31..2024-02-01": [1, 2], "submitted:2024-03..": [7], "submitted:..9999": [1, 2, 3, 7],
            "submitted:0001..": [1, 2, 3, 7], "submitted:..1969": [], "submitted:2120..": [],
            "announced:2024": [1, 2, 4], "announced:2024-02-01": [1, 2], "announced:..2024-01-31": [4],
            "announced:2024-02-02..": [], "announced:0001..9999": [1, 2, 4], "announced:..1970": [],
            "paper -submitted:2024": [3, 4, 5, 6], "submitted:2024-01 announced:2024-02": [1],
            "announced:2024 -submitted:0001..": [4],
        }.items():  # fmt: skip
            assert sorted(find(engine, text)) == found, text

    def test_withdrawn_papers_can_be_asked_for_and_left_out(self, engine: Engine) -> None:
        build(engine, [make_document(1, "Graph"), make_document(2, "Graph", withdrawn=True), make_document(3, "Tree")])
        for text, found in {
            "is:withdrawn": [2], "graph is:withdrawn": [2], "graph -is:withdrawn": [1], "tree IS:Withdrawn": [],
            "tree OR is:withdrawn": [2, 3],
        }.items():  # fmt: skip
            assert sorted(find(engine, text)) == found, text

    def test_prefix_finds_every_word_that_begins_so(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, "Generalization"),
                make_document(2, abstract="On generalizing graphs."),
                make_document(3, authors=("Ada Generalova",)),
                make_document(4, "Genes"),
                make_document(5, "Schrödinger"),
                make_document(6, "Happy families"),
            ],
        )
        for text, found in {
            "generali*": [1, 2], "general*": [1, 2, 3], "gen*": [1, 2, 3, 4], "GENERALO*": [3], "generalx*": [],
            "schrö*": [5], "schrod*": [5], "happy*": [6], "gen* -generali*": [3, 4], "ti:gen*": [1, 4], "au:gen*": [3],
            "gen* graph": [2], '"gen*"': [],
        }.items():  # fmt: skip
            assert sorted(find(engine, text)) == found, text

    def test_prefix_weighs_all_its_words_alike(self, engine: Engine) -> None:
        common = [make_document(n, "Graphs here") for n in range(10, 40)]
        slip = make_document(1, "On graphjc here", abstract="Some other words in it.")
        build(engine, [*common, slip, make_document(2, "Graph graphs", abstract="The graph of graphs.")])
        assert find(engine, "graph*")[0] == 2
        assert find(engine, "graph*")[-1] == 1

    def test_prefix_of_very_many_words_is_cut_with_a_note(self, engine: Engine) -> None:
        build(engine, [make_document(n, f"pre{n:04d}", abstract="common") for n in range(1, PREFIX_LIMIT + 50)])
        results = engine.search(parse_query("pre*"), sort="date", offset=0, limit=10)
        assert results.total == PREFIX_LIMIT
        assert len(results.notes) == 1
        assert "pre*" in results.notes[0]
        assert str(PREFIX_LIMIT) in results.notes[0]
        shared = engine.search(
            parse_query(" OR ".join(f"pre{n:02d}*" for n in range(10))), sort="date", offset=0, limit=9
        )
        assert shared.total == 80 + 80 + 50  # of 99, 100 and 50; the others begin no word
        assert len(shared.notes) == 1
        assert "pre00" in shared.notes[0]
        assert "pre02" not in shared.notes[0]
        assert engine.search(parse_query("pre000* comm*"), sort="date", offset=0, limit=10).notes == ()

    def test_filters_alone_are_newest_first_in_one_order_on_every_page(self, engine: Engine) -> None:
        build(engine, [make_document(n, "Word", ordinal=202401 * 10**6 + n % 7) for n in range(1, 101)])
        expected = sorted(range(1, 101), key=lambda n: (n % 7, n), reverse=True)
        for text in ("cat:cs.LG", "cat:cs.LG OR title", "word OR NOT other"):
            pages = [find(engine, text, offset=o, limit=9) for o in range(0, 100, 9)]
            assert [n for page in pages for n in page] == expected, text

    @pytest.mark.parametrize("text", ["cat:cs.LG word", "date:2024 word", "word id:2401.00007", "venue:ACL wor*"])
    def test_filter_changes_neither_scores_nor_order(self, engine: Engine, text: str) -> None:
        fields = {
            "submitted": datetime(2024, 1, 1, tzinfo=UTC),
            "venue": "ACL",
            "edition": "ACL.2024",
            "key": "2401.00007",
        }
        build(engine, [make_document(n, "word " * (n % 5 + 1) + "other " * (n % 7), **fields) for n in range(1, 50)])
        plain = engine.search(parse_query("wor*" if "*" in text else "word"), sort="relevance", offset=0, limit=50)
        filtered = engine.search(parse_query(text), sort="relevance", offset=0, limit=50)
        assert filtered.hits == plain.hits
        assert len(filtered.hits) == 49

    # --- Facets -------------------------------------------------------------------------------------------------------
    def test_facets_count_all_that_is_found_by_year_category_and_venue(self, engine: Engine) -> None:
        new_year, categories = datetime(2023, 12, 31, 23, tzinfo=UTC), ("cs.LG", "cs.AI")
        build(
            engine,
            [
                make_document(1, "Graph", submitted=new_year, announced=date(2024, 1, 2), categories=categories),
                make_document(2, "Graph", announced=date(2024, 1, 2), categories=("cs.CL",)),
                make_document(3, "Graph", categories=("cs.LG",)),  # of no known date
                make_document(4, "Graph", branch="venue", venue="ACL", edition="ACL.2024", categories=()),
                make_document(5, "Graph", branch="venue", venue="NAACL", edition="NAACL.2018", categories=()),
                make_document(6, "Graph", branch="venue", venue="ACL", edition="ACL.2018", submitted=new_year),
                make_document(7, "Tree", submitted=new_year, categories=("cs.DS",)),
            ],
        )
        facets = engine.facets(parse_query("graph"), limit=10)
        assert facets.years == ((2024, 2), (2023, 1), (2018, 2))
        assert facets.categories == (("cs.LG", 3), ("cs.AI", 1), ("cs.CL", 1))
        assert facets.venues == (("ACL", 2), ("NAACL", 1))
        assert engine.facets(parse_query("graph cat:cs.LG"), limit=1).categories == (("cs.LG", 3),)
        assert engine.facets(parse_query("graph", branch="arxiv"), limit=9).venues == ()
        assert engine.facets(parse_query("nothing"), limit=9) == engine.facets(parse_query("--"), limit=9) == Facets()
        forget(engine, 1)
        put(engine, make_document(4, "Tree", revision=2))
        assert engine.facets(parse_query("graph"), limit=10).years == ((2024, 1), (2018, 2))

    def test_facet_finds_as_many_papers_as_it_counts(self, engine: Engine) -> None:
        def paper(n: int, **fields: object) -> Document:
            return make_document(n, f"Graph {'of trees' * (n % 2)}", announced=date(2000 + n % 13, 1, 1), **fields)

        def proceedings(n: int) -> Document:
            venue = f"V{n % 11}"
            return paper(n, branch="venue", venue=venue, edition=f"{venue}.{2000 + n % 5}", group="Main", categories=())

        codes = ("cs.LG", "cs.CL", "math.CO", "hep-th", "stat.ML", "cs.IT")
        build(engine, [paper(n, categories=codes[n % 5 :: n % 3 + 1]) for n in range(1, 150)])
        put(engine, *map(proceedings, range(150, 300)))
        for text in ("graph", "tree OR venue:V1", "graph -tree date:2001..2007", "cat:cs"):
            facets = engine.facets(parse_query(text), limit=50)
            assert facets.years
            for field, counts in {"date": facets.years, "category": facets.categories, "venue": facets.venues}.items():
                for value, count in counts:
                    assert total(engine, f"({text}) {field}:{value}") == count, (text, field, value)

    # --- Spellings ----------------------------------------------------------------------------------------------------
    def test_spellings_are_words_of_titles_and_names_a_slip_away_the_most_frequent_first(self, engine: Engine) -> None:
        build(
            engine,
            [
                *(make_document(n, "Graphs of Networks") for n in range(1, 6)),
                *(make_document(n, "Grapes", abstract="Grasps are in no title.") for n in range(6, 8)),
                make_document(8, "Schrödinger operators", authors=("Ada Grapha", "Jürgen Vaswani")),
            ],
        )

        def near(word: str, field: TextField = "", limit: int = 9) -> list[str]:
            return [other for other, _ in engine.spellings(word, field=field, limit=limit).near]

        assert engine.spellings("grahps", field="", limit=9) == Spellings(0, (("graphs", 5),))
        assert engine.spellings("Graphs", field="", limit=9) == Spellings(5, (("grapes", 2), ("grapha", 1)))
        assert engine.spellings("graphing", field="title", limit=0) == Spellings(5)  # as any word: by its stem
        assert engine.spellings("grasp", field="", limit=0) == Spellings(2)
        assert engine.spellings("grasp", field="title", limit=0) == Spellings(0)
        assert near("graphs", limit=1) == ["grapes"]
        assert near("graphs", "title") == ["grapes"]
        assert near("graph", "author") == ["grapha"]
        assert near("vasawni") == near("VASWAN") == near("Väswáná", "author") == ["vaswani"]
        assert near("Shrödinger") == ["schrodinger"]
        assert near("netwroks") == near("networsk") == ["networks"]

    def test_spellings_two_slips_away_are_for_long_words_without_nearer_ones(self, engine: Engine) -> None:
        build(
            engine, [make_document(1, "Convolutional"), make_document(2, "Convolutionals"), make_document(3, "Trees")]
        )
        assert engine.spellings("convlutonal", field="", limit=9).near == (("convolutional", 1),)
        assert engine.spellings("convolutioal", field="", limit=9).near == (("convolutional", 1),)
        for word in (
            "tre",
            "tsree",
            "etres",
            "cnvlutional",
            "x" * 2_000,
            "convolutional" * 50,
            "深度学习",
            "--",
            "ﬀ" * 20,
        ):
            assert "convolutionals" not in dict(engine.spellings(word, field="", limit=9).near)
        assert engine.spellings("trs", field="", limit=9).near == ()

    # --- Titles -------------------------------------------------------------------------------------------------------
    @pytest.mark.parametrize(("title", "typed"), TITLES_AND_WHAT_IS_TYPED)
    def test_exact_title_typed_whole_comes_first(self, engine: Engine, title: str, typed: str) -> None:
        flood = f"{title} {title}"
        others = [make_document(n, flood, abstract=" ".join([title] * 5), authors=(title,)) for n in range(2, 12)]
        build(engine, [make_document(1, title, abstract="Something else."), *others])
        assert find(engine, typed)[:1] == [1]

    def test_title_weighs_more_where_few_words_are_typed(self, engine: Engine) -> None:
        assert title_weight(1, any_word=False) == title_weight(2, any_word=False) > title_weight(3, any_word=False)
        filler = " ".join(f"w{n}" for n in range(9))
        build(
            engine,
            [
                make_document(1, f"Graphs {filler}", abstract=filler),
                make_document(2, filler, abstract=f"Graphs, graphs, graphs, graphs {filler}"),
                *(make_document(n, filler, abstract=filler) for n in range(3, 30)),
            ],
        )
        assert find(engine, "graph") == [1, 2]

    def test_title_weighs_least_where_any_word_may_match(self, engine: Engine) -> None:
        assert title_weight(9, any_word=False) == title_weight(3, any_word=False) > title_weight(9, any_word=True)

    def test_titles_without_letters_are_no_title_of_an_empty_query(self, engine: Engine) -> None:
        build(engine, [make_document(1, "???"), make_document(2, "$\\to$")])
        assert find(engine, "???") == []

    # --- Branch, orders, pages ----------------------------------------------------------------------------------------
    def test_branch_holds_for_words_and_for_titles(self, engine: Engine) -> None:
        build(engine, [make_document(1, "Attention"), make_document(2, "Attention", branch="venue")])
        assert find(engine, "attention", branch="arxiv") == [1]
        assert find(engine, "attention", branch="venue") == [2]
        assert sorted(find(engine, "attention")) == [1, 2]
        assert total(engine, "attention", branch="venue") == 1

    def test_each_sort_is_newest_first_and_unknown_dates_come_last(self, engine: Engine) -> None:
        def paper(paper_id: int, ordinal: int, submitted: int | None, announced: int | None, **fields: object):
            return make_document(
                paper_id,
                "Word",
                ordinal=ordinal,
                submitted=datetime(2024, 1, submitted, tzinfo=UTC) if submitted else None,
                announced=date(2024, 2, announced) if announced else None,
                **fields,
            )

        build(
            engine,
            [
                paper(1, 2024_01_000001, 5, 1),
                paper(2, 2024_01_000002, 4, None),
                paper(3, 2024_01_000003, None, 3),
                paper(4, 2025 * 10**8 + 5, None, None, branch="venue"),
            ],
        )
        assert find(engine, "word", sort="date") == [4, 3, 2, 1]
        assert find(engine, "word", sort="submitted") == [1, 2, 4, 3]
        assert find(engine, "word", sort="announced") == [3, 1, 4, 2]

    @pytest.mark.parametrize("sort", SORTS)
    def test_equal_papers_are_ordered_newest_first_on_every_page(self, engine: Engine, sort: Sort) -> None:
        # Written in two commits and out of order: where a paper lies in the index must not matter.
        papers = [make_document(n, "Same words", ordinal=202401 * 10**6 + n % 97) for n in range(1, 301)]
        build(engine, papers[150:])
        put(engine, *papers[:150])
        expected = sorted(range(1, 301), key=lambda n: (n % 97, n), reverse=True)
        assert find(engine, "words", sort=sort, limit=300) == expected
        for size in (7, 100, 299):
            pages = [find(engine, "words", sort=sort, offset=o, limit=size) for o in range(0, 300, size)]
            assert [n for page in pages for n in page] == expected

    def test_scores_fall_along_the_pages(self, engine: Engine) -> None:
        build(engine, [make_document(n, "word " * (n % 5 + 1) + "other " * (n % 7)) for n in range(1, 200)])
        hits = engine.search(parse_query("word other"), sort="relevance", offset=0, limit=200).hits
        assert all(a.score >= b.score for a, b in pairwise(hits))
        pages = [find(engine, "word other", offset=o, limit=10) for o in range(0, 200, 10)]
        assert [n for page in pages for n in page] == [hit.paper_id for hit in hits]

    def test_total_is_exact_and_past_the_end_is_nothing(self, engine: Engine) -> None:
        build(engine, [make_document(n, "Word") for n in range(1, 51)])
        for offset, limit, count in ((0, 25, 25), (25, 25, 25), (49, 25, 1), (50, 25, 0), (10**9, 1_000, 0), (0, 0, 0)):
            results = engine.search(parse_query("word"), sort="relevance", offset=offset, limit=limit)
            assert (len(results.hits), results.total, results.total_is_exact) == (count, 50, True)

    # --- Writing ------------------------------------------------------------------------------------------------------
    def test_put_replaces_and_forget_removes(self, engine: Engine) -> None:
        build(engine, [make_document(1, "Old title"), make_document(2, "Old title")])
        put(engine, make_document(1, "New title", revision=2))
        assert find(engine, "old") == [2]
        assert find(engine, "new") == [1]
        forget(engine, 2, 99)
        assert find(engine, "old") == []
        assert list(engine.revisions()) == [(1, 2)]
        put(engine, make_document(3, "First"), make_document(3, "Second"))
        assert find(engine, "first") == []
        assert find(engine, "second") == [3]

    def test_changes_show_together_or_not_at_all(self, engine: Engine) -> None:
        build(engine, [make_document(1, "Word")])

        def fail_midway() -> None:
            with engine.writing(timeout=10) as writer:
                writer.put([make_document(2, "Word")])
                writer.forget([1])
                assert find(engine, "word") == [1]
                raise LookupError

        with pytest.raises(LookupError):
            fail_midway()
        assert find(engine, "word") == [1]
        put(engine, make_document(3, "Word"))
        assert find(engine, "word") == [3, 1]

    def test_rebuild_holds_the_new_papers_alone(self, engine: Engine) -> None:
        build(engine, [make_document(1, "Word"), make_document(2, "Word")])
        build(engine, [make_document(2, "Word", revision=5)])
        assert list(engine.revisions()) == [(2, 5)]
        build(engine, [])
        assert find(engine, "word") == []

    def test_old_index_answers_until_the_rebuild_is_done_and_after_one_that_failed(self, engine: Engine) -> None:
        build(engine, [make_document(1, "Word")])

        def documents():
            yield make_document(2, "Word")
            assert find(engine, "word") == [1]
            raise LookupError

        with pytest.raises(LookupError):
            engine.rebuild(documents(), timeout=10)
        assert find(engine, "word") == [1]
        put(engine, make_document(3, "Word"))
        assert find(engine, "word") == [3, 1]

    def test_revisions_are_told_by_rising_id(self, engine: Engine) -> None:
        build(engine, [make_document(n, "x", revision=n % 3 + 1) for n in range(45_000, 0, -1)])
        assert list(engine.revisions()) == [(n, n % 3 + 1) for n in range(1, 45_001)]
        assert engine.state().documents == 45_000

    # --- Copies of a work ---------------------------------------------------------------------------------------------
    def test_of_a_works_copies_the_first_in_the_order_is_found_and_counted(self, engine: Engine) -> None:
        def paper(n: int, work: int) -> Document:
            text = {"abstract": "word " * (n * 7 % 5) + "other " * (n % 3), "ordinal": 202401 * 10**6 + n % 20}
            place: dict[str, Any] = (
                {"branch": "venue", "venue": "ACL", "edition": f"ACL.20{n % 4 + 18}", "categories": ()} if n % 3 else {}
            )
            return make_document(n, "word", work=work, announced=date(2024, 1, 1 + n % 9), **text, **place)

        def work_of(n: int) -> int:
            return n % 40 + 1 if n % 4 else 0

        def searched(text: str, sort: Sort, branch: str | None, without: Sequence[int] = ()) -> list[int]:
            query, found = parse_query(text, branch=branch), list[int]()
            for start in range(0, 150, 7):
                page = engine.search(query, sort=sort, offset=start, limit=7, without=without)
                found += [hit.paper_id for hit in page.hits]
                assert page.total == engine.search(query, sort=sort, offset=500, limit=1, without=without).total
            assert page.total == len(found)
            return found

        asked = [
            (text, sort, branch)
            for text in ("word", "other", "word venue:ACL.2019", "word date:2024", "nothing")
            for sort in SORTS
            for branch in (None, "arxiv", "venue")
        ]
        apart, left_out = {}, [1, 41, 4, 7]
        build(engine, [paper(n, 0) for n in range(1, 120)])
        for one in asked:
            apart[one] = searched(*one), searched(*one, left_out)
        build(engine, [paper(n, work_of(n)) for n in range(1, 120)])
        for one in asked:
            for every, without in zip(apart[one], ((), left_out), strict=True):
                first: dict[int, int] = {}
                for n in every:
                    first.setdefault(work_of(n) or -n, n)
                assert searched(*one, without) == list(first.values()), one
        for text in ("word", "other"):
            facets = engine.facets(parse_query(text), limit=9)
            for field, counts in {"date": facets.years, "category": facets.categories, "venue": facets.venues}.items():
                for value, count in counts:
                    assert total(engine, f"{text} {field}:{value}") == count

    def test_papers_linked_and_taken_apart_are_one_and_two(self, engine: Engine) -> None:
        build(engine, [make_document(1, "Word"), make_document(2, "Word")])
        assert find(engine, "word") == [2, 1]
        put(engine, make_document(1, "Word", work=1, revision=2), make_document(2, "Word", work=1, revision=2))
        assert find(engine, "word", sort="date") == [2]
        put(engine, make_document(1, "Word", work=3, revision=3))
        assert find(engine, "word") == [2, 1]
        put(engine, make_document(2, "Other", work=3, revision=3), make_document(3, "Word", work=1))
        assert (find(engine, "word"), total(engine, "word")) == ([3, 1], 2)

    # --- Ranking with meaning -----------------------------------------------------------------------------------------
    def test_papers_left_out_are_as_if_they_were_not_held(self, engine: Engine) -> None:
        build(engine, [make_document(n, "word", abstract="word " * (n % 3)) for n in range(1, 31)])
        query = parse_query("word")
        whole = [hit.paper_id for hit in engine.search(query, sort="relevance", offset=0, limit=30).hits]
        left_out = [whole[0], whole[7], whole[29], 999]
        kept = [paper_id for paper_id in whole if paper_id not in left_out]
        for sort in SORTS:
            pages = [
                engine.search(query, sort=sort, offset=start, limit=4, without=left_out) for start in range(0, 30, 4)
            ]
            assert {page.total for page in pages} == {27}
            found = [hit.paper_id for page in pages for hit in page.hits]
            assert found == kept if sort == "relevance" else sorted(found) == sorted(kept)

    def test_question_weighs_the_papers_asked_for_and_leaves_out_those_without_its_words(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, "Parsing", abstract="Little data here."),
                make_document(2, "Parsing"),
                make_document(3, "Speech"),
                make_document(4, "Data for parsing", abstract="Parsing data, little data."),
            ],
        )
        query = any_word_of(parse_query("parsing languages with little data"))
        assert query is not None
        weights = engine.weigh(query, [3, 2, 1, 99])
        assert set(weights) == {1, 2}
        assert weights[1] > weights[2] > 0
        assert engine.weigh(query, []) == {}
        assert engine.weigh(query, [1])[1] == pytest.approx(weights[1])  # whatever else is asked for

    def test_words_of_a_question_weigh_more_side_by_side_and_where_more_of_them_are(self, engine: Engine) -> None:
        build(
            engine,
            [
                make_document(1, abstract="little data and parsing of speech"),
                make_document(2, abstract="data of speech and little parsing"),
                make_document(3, abstract="little parsing and parsing of speech"),
                *(make_document(n, "Other") for n in range(4, 20)),
            ],
        )
        query = any_word_of(parse_query("how does one do parsing with little data"))
        assert query is not None
        assert query.pairs == (("little", "data"),)
        weights = engine.weigh(query, [1, 2, 3])
        assert weights[1] > weights[2] > weights[3]

    def test_nearest_are_nearest_first_and_as_many_as_asked_for(self, engine: Engine) -> None:
        hold_words(engine, [make_document(n, "word") for n in range(1, 21)])
        question = make_floats(1, seed=5)[0]
        ids, cosines = engine.nearest(RECIPE, question, within=parse_query(""), limit=7)
        expected = make_floats(21) @ question
        assert ids.tolist() == sorted(range(1, 21), key=lambda n: -expected[n])[:7]
        assert cosines == pytest.approx(expected[ids], abs=0.02)
        assert len(engine.nearest(RECIPE, question, within=parse_query(""), limit=100)[0]) == 20
        assert len(engine.nearest(RECIPE, question * 0, within=parse_query(""), limit=7)[0]) == 0

    @pytest.mark.parametrize("text", NEAREST_WITHIN)
    @pytest.mark.parametrize("branch", [None, "arxiv", "venue"])
    def test_nearest_are_of_what_the_filter_finds_by_words(self, engine: Engine, text: str, branch: str | None) -> None:
        hold_words(engine, VARIED)
        query = parse_query(f"word {text}", branch=branch)
        meant = split_meaning(query)
        assert meant is not None
        within = replace(query, tree=meant.within, title_key="", name="")
        near, _ = engine.nearest(RECIPE, make_floats(1, seed=5)[0], within=within, limit=100)
        by_words = set(find(engine, f"word {text}", branch=branch))
        withdrawn = {paper.paper_id for paper in VARIED if paper.withdrawn}
        assert set(near.tolist()) == (by_words if text == "is:withdrawn" else by_words - withdrawn)

    def test_nearest_see_what_was_written_since(self, engine: Engine) -> None:
        hold_words(engine, [make_document(n, "word") for n in range(1, 6)])
        question, within = make_floats(1, seed=5)[0], replace(parse_query("cat:cs.LG"), title_key="")
        assert len(engine.nearest(RECIPE, question, within=within, limit=9)[0]) == 5
        put(engine, make_document(2, "word", categories=("cs.CL",)), make_document(3, "word", withdrawn=True))
        forget(engine, 4)
        assert sorted(engine.nearest(RECIPE, question, within=within, limit=9)[0].tolist()) == [1, 5]

    def test_vectors_are_held_replaced_and_forgotten(self, engine: Engine) -> None:
        build(engine, [make_document(n) for n in (1, 2, 3, 4)])
        vectors = engine.vectors
        assert vectors is not None
        assert vectors.rebuild(RECIPE, [make_vectors([1, 2, 3])], mark=7, timeout=10) == 3
        assert (vectors.state().recipe, vectors.state().papers, vectors.state().mark) == (RECIPE, 3, 7)
        vectors.append(RECIPE, make_vectors([2, 4], seed=9), mark=8, timeout=10)
        vectors.forget([3, 77], timeout=10)
        assert vectors.paper_ids().tolist() == [1, 2, 4]
        assert (vectors.state().papers, vectors.state().mark) == (3, 8)
        known, rows = vectors.vectors_of(RECIPE, [4, 3, 2])
        assert known.tolist() == [4, 2]
        assert rows == pytest.approx(make_floats(5, seed=9)[[4, 2]], abs=0.01)
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=0.01)

    def test_vectors_of_another_recipe_are_refused(self, engine: Engine) -> None:
        hold_words(engine, [make_document(1), make_document(2)])
        other = replace(RECIPE, revision="2")
        assert engine.vectors is not None
        with pytest.raises(EngineUnavailable):
            engine.vectors.append(other, make_vectors([2]), mark=8, timeout=10)
        with pytest.raises(EngineUnavailable):
            engine.nearest(other, make_floats(1)[0], within=parse_query(""), limit=1)
        with pytest.raises(EngineUnavailable):
            engine.nearest(RECIPE, np.ones(3, np.float32), within=parse_query(""), limit=1)
        assert engine.vectors.rebuild(other, [make_vectors([1, 2])], mark=9, timeout=10) == 2
        assert engine.vectors.state().recipe == other

    def test_words_answer_though_vectors_were_never_built(self, engine: Engine) -> None:
        build(engine, [make_document(1, "word")])
        assert find(engine, "word") == [1]
        assert engine.vectors is not None
        assert (engine.vectors.state().recipe, engine.vectors.state().papers) == (None, 0)
        with pytest.raises(RebuildNeeded):
            engine.nearest(RECIPE, make_floats(1)[0], within=parse_query(""), limit=1)

    def test_engine_that_was_never_built_says_so(self, engine: Engine) -> None:
        assert "not been built" in engine.state().rebuild_reason
        with pytest.raises(RebuildNeeded, match="search_index rebuild"):
            find(engine, "word")
        with pytest.raises(RebuildNeeded):
            engine.facets(parse_query("word"), limit=9)
        with pytest.raises(RebuildNeeded):
            engine.spellings("word", field="", limit=9)
        with pytest.raises(RebuildNeeded):
            put(engine, make_document(1))

    # --- Anything typed -----------------------------------------------------------------------------------------------
    @settings(
        max_examples=200,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )  # one index serves all examples: searching leaves it as it is
    @given(
        text=st.text(st.sampled_from('word a-,"“”:()[]{}*?~^/\\\0\ud800\u202e学İ$ \n') | st.characters())
        | st.lists(st.sampled_from(LANGUAGE)).map("".join)
    )
    def test_anything_typed_is_answered(self, engine: Engine, text: str) -> None:
        if engine.state().rebuild_reason:
            build(engine, [make_document(1, "word a 学 İ")])
        for sort in SORTS:
            engine.search(parse_query(text), sort=sort, offset=0, limit=10)
        engine.facets(parse_query(text), limit=10)
