"""What every engine must do, through its public methods. Subclass `EngineContract` and give it an `engine` fixture.

A gap of an engine is a test overridden by a skip that tells its reason.
"""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.base import SORTS, Engine, RebuildNeeded, Sort
from search.query import parse_query
from tests.search.documents import build, find, forget, make_document, put, total

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
]


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

    # --- Titles -------------------------------------------------------------------------------------------------------
    @pytest.mark.parametrize(("title", "typed"), TITLES_AND_WHAT_IS_TYPED)
    def test_exact_title_typed_whole_comes_first(self, engine: Engine, title: str, typed: str) -> None:
        flood = f"{title} {title}"
        others = [make_document(n, flood, abstract=" ".join([title] * 5), authors=(title,)) for n in range(2, 12)]
        build(engine, [make_document(1, title, abstract="Something else."), *others])
        assert find(engine, typed)[:1] == [1]

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

    def test_engine_that_was_never_built_says_so(self, engine: Engine) -> None:
        assert "not been built" in engine.state().rebuild_reason
        with pytest.raises(RebuildNeeded, match="search_index rebuild"):
            find(engine, "word")
        with pytest.raises(RebuildNeeded):
            put(engine, make_document(1))

    # --- Anything typed -----------------------------------------------------------------------------------------------
    @settings(
        max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )  # one index serves all examples: searching leaves it as it is
    @given(text=st.text(st.sampled_from('word a-,"“”:()[]{}*?~^/\\\0\ud800\u202e学İ$ \n') | st.characters()))
    def test_anything_typed_is_answered(self, engine: Engine, text: str) -> None:
        if engine.state().rebuild_reason:
            build(engine, [make_document(1, "word a 学 İ")])
        for sort in SORTS:
            engine.search(parse_query(text), sort=sort, offset=0, limit=10)
