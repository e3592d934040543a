"""What a text is read as."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import TEXT_LIMIT, WORD_LIMIT, And, Node, Not, Or, Phrase, Query, Word, parse_query


def words(*texts: str) -> tuple[Word, ...]:
    return tuple(Word(text) for text in texts)


def messages(query: Query) -> list[str]:
    return [problem.message for problem in query.problems]


def leaves(node: Node | None) -> list[Word | Phrase]:
    match node:
        case None:
            return []
        case Word() | Phrase():
            return [node]
        case Not(inner):
            return leaves(inner)
        case And(nodes) | Or(nodes):
            return [leaf for inner in nodes for leaf in leaves(inner)]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("attention", Word("attention")),
        ("deep graph networks", And(words("deep", "graph", "networks"))),
        ('"deep graph" networks', And((Phrase("deep graph"), Word("networks")))),
        ("“deep graph” networks", And((Phrase("deep graph"), Word("networks")))),
        ('deep"graph networks"learning', And((Word("deep"), Phrase("graph networks"), Word("learning")))),
        ("deep -graph", And((Word("deep"), Not(Word("graph"))))),
        ('deep -"graph networks"', And((Word("deep"), Not(Phrase("graph networks"))))),
        ("-graph deep", And((Not(Word("graph")), Word("deep")))),
        ("t-SNE pre-training", And(words("t-SNE", "pre-training"))),
        ("Learning -- a survey", And(words("Learning", "a", "survey"))),
        ("deep - graph", And(words("deep", "graph"))),
        ("C++ π0 o1 Q*", And(words("C++", "π0", "o1", "Q*"))),
        ("深度学习 入门", And(words("深度学习", "入门"))),
        ("What is it, really?", And(words("What", "is", "it", "really"))),
        ("the the the", Word("the")),
        ("Scho\u0308n", Word("Schön")),
        # lower-case and upper-case operators are words as yet; other engines' signs mean nothing
        ("cats OR dogs", And(words("cats", "OR", "dogs"))),
        ("boost^9999 fuzzy~ [* TO *]", And(words("boost^9999", "fuzzy~", "TO"))),
    ],
)
def test_words_phrases_and_exclusions(text: str, tree: Node) -> None:
    query = parse_query(text)
    assert query.tree == tree
    assert query.problems == ()


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("transformer,attention", Or(words("transformer", "attention"))),
        ("pre-training,t-sne,c++", Or(words("pre-training", "t-sne", "c++"))),
        ("one, two, three", Or(words("one", "two", "three"))),
        (" one ,two , three, ", Or(words("one", "two", "three"))),
        ("one,,two", Word("one,,two")),
        ("one,", Word("one")),
        ("Smith, J", And(words("Smith", "J"))),  # a name, not a list
        ("one, two three", And(words("one", "two", "three"))),
        ('one,"two three"', And((Word("one"), Phrase("two three")))),
        ("one,-two", Word("one,-two")),
        ("-one,two", None),
        ("…,one", Word("one")),
    ],
)
def test_comma_list_of_single_words_and_nothing_else_means_any(text: str, tree: Node | None) -> None:
    assert parse_query(text).tree == tree


@pytest.mark.parametrize(
    "text", ["", " ", "-", "--", "---", '""', '"', '" "', '-""', "…", "?!", "((()))", "\\", "\0", "\ud800"]
)
def test_signs_alone_are_an_empty_query(text: str) -> None:
    query = parse_query(text)
    assert query.is_empty
    assert query.tree is None
    assert query.words == ()


@pytest.mark.parametrize("text", ["-graph", '-"deep graph" -networks'])
def test_only_excluded_words_are_a_problem_that_says_so(text: str) -> None:
    query = parse_query(text)
    assert query.tree is None
    assert messages(query) == ["Every word is excluded: add one to look for."]


@pytest.mark.parametrize(
    ("text", "tree", "position"),
    [
        ('deep "graph networks', And(words("deep", "graph", "networks")), 5),
        ('"deep graph" "networks', And((Phrase("deep graph"), Word("networks"))), 13),
        ('-"deep graph', And((Not(Word("deep")), Word("graph"))), 1),
        ('deep"', Word("deep"), 4),
    ],
)
def test_quotation_mark_without_a_partner_is_told_with_its_place(text: str, tree: Node, position: int) -> None:
    query = parse_query(text)
    assert query.tree == tree
    assert [problem.position for problem in query.problems] == [position]
    assert "no partner" in query.problems[0].message


def test_long_text_is_cut_with_a_sentence() -> None:
    query = parse_query("word " * 1_000)
    assert len(query.text) <= TEXT_LIMIT
    assert messages(query)[0] == "Only the first 2,000 characters are searched."


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"w{n}" for n in range(70)),
        ",".join(f"w{n}" for n in range(70)),
        '"' + " ".join(f"w{n}" for n in range(70)) + '"',
        "-".join(f"w{n}" for n in range(70)),
        "习" * 70,
        "one -" + "-".join(f"w{n}" for n in range(70)),
    ],
)
def test_many_words_are_cut_with_a_sentence(text: str) -> None:
    query = parse_query(text)
    assert messages(query) == [f"Only the first {WORD_LIMIT} words are searched."]
    assert query.problems[0].position < len(text)
    said = " ".join(leaf.text for leaf in leaves(query.tree))
    assert "w69" not in said
    assert "习" * 65 not in said


def test_words_to_mark_are_the_wanted_ones_without_function_words() -> None:
    assert parse_query('The theory of "deep graphs" -trees').words == ("theory", "deep graphs")
    assert parse_query("to be or not to be").words == ("to", "be", "or", "not")
    assert parse_query("transformer,attention").words == ("transformer", "attention")


def test_query_keeps_its_branch_and_what_was_typed() -> None:
    query = parse_query("  deep\x00 graph\n ", branch="venue")
    assert (query.branch, query.text) == ("venue", "deep  graph")


@given(st.text(st.characters()) | st.text(st.sampled_from('ab ,-"“”()\\$\0\ud800')))
def test_any_text_is_a_query_that_can_be_printed(text: str) -> None:
    query = parse_query(text)
    query.text.encode()
    assert len(leaves(query.tree)) <= WORD_LIMIT
    assert all(any(map(str.isalnum, leaf.text)) for leaf in leaves(query.tree))
    assert all(0 <= problem.position <= len(text) for problem in query.problems)
    hash(query)


@pytest.mark.parametrize(
    "part", ["a", '"', "- ", "a,", "\\", "$", '-"', "a b", "a , ", ", a", " ,", "\u202e", "\ud800", "学"]
)
def test_megabyte_of_anything_is_read_at_once(part: str) -> None:
    start = time.perf_counter()
    parse_query(part * (1_000_000 // len(part)))
    assert time.perf_counter() - start < 1
