"""What a text is read as."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coolpapers.taxonomy import CategoryExpression
from search.nodes import And, Dated, HasId, InCategory, InVenue, Node, Not, Or, Phrase, Prefix, Withdrawn, Word
from search.query import PROBLEM_LIMIT, TEXT_LIMIT, WORD_LIMIT, Query, parse_query


def words(*texts: str) -> tuple[Word, ...]:
    return tuple(Word(text) for text in texts)


def messages(query: Query) -> list[str]:
    return [problem.message for problem in query.problems]


def leaves(node: Node | None) -> list[Node]:
    match node:
        case None:
            return []
        case Not(inner):
            return leaves(inner)
        case And(nodes) | Or(nodes):
            return [leaf for inner in nodes for leaf in leaves(inner)]
    return [node]


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
        ("C++ π0 o1", And(words("C++", "π0", "o1"))),
        ("深度学习 入门", And(words("深度学习", "入门"))),
        ("What is it, really?", And(words("What", "is", "it", "really"))),
        ("the the the", Word("the")),
        ("Scho\u0308n", Word("Schön")),
        ('"graph" "a, b"', And((Word("graph"), Phrase("a, b")))),
        # in lower case the operators are words; other engines' signs mean nothing
        ("cats or dogs and not birds", And(words("cats", "or", "dogs", "and", "not", "birds"))),
        ("boost^9999 fuzzy~2 [2 TO 3] /(a+)+$/", And(words("boost^9999", "fuzzy~2", "[2", "TO", "3]", "/(a+)+$/"))),
        # a parenthesis within a word, and a colon before a space, are text
        ("SU(2) f(x", And(words("SU(2)", "f(x"))),
        ("BERT: Pre-training of Things", And(words("BERT", "Pre-training", "of", "Things"))),
        ("at 10:30 see https://a.b/c 3:1", And(words("at", "10:30", "see", "https://a.b/c", "3:1"))),
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
        ("graph*,net", Or((Prefix("graph"), Word("net")))),
        ("cats,OR,dogs", Or(words("cats", "OR", "dogs"))),
        ("SU(2),QCD", Or(words("SU(2)", "QCD"))),
        ("ti:a,b", Word("a,b", "title")),
        ("(a,b)", Word("a,b")),
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


@pytest.mark.parametrize(("text", "name"), [("Smith, J", "J Smith"), (" smith_j ", "j smith"), ("deep -graph", "")])
def test_text_that_may_be_an_author_is_kept_as_a_name_beside_its_words(text: str, name: str) -> None:
    assert parse_query(text).name == name


def test_query_keeps_its_branch_and_what_was_typed() -> None:
    query = parse_query("  deep\x00 graph\n ", branch="venue")
    assert (query.branch, query.text) == ("venue", "deep  graph")


# --- Operators, groups, fields ----------------------------------------------------------------------------------------
A, B, C, D = words("a", "b", "c", "d")


def title(text: str) -> Word:
    return Word(text, "title")


@pytest.mark.parametrize(
    ("text", "tree", "read_as"),
    [
        ("a OR b", Or((A, B)), "a OR b"),
        ("a OR b c", Or((A, And((B, C)))), "a OR (b AND c)"),
        ("a b OR c d", Or((And((A, B)), And((C, D)))), "(a AND b) OR (c AND d)"),
        ("a AND b OR c AND d", Or((And((A, B)), And((C, D)))), "(a AND b) OR (c AND d)"),
        ("(a OR b) c", And((Or((A, B)), C)), "(a OR b) AND c"),
        ("a (b (c d))", And((A, B, C, D)), "a AND b AND c AND d"),
        ("a OR (b OR c) OR a", Or((A, B, C)), "a OR b OR c"),
        ("a NOT b", And((A, Not(B))), "a AND NOT b"),
        ("a AND NOT b", And((A, Not(B))), "a AND NOT b"),
        ("a ANDNOT b", And((A, Not(B))), "a AND NOT b"),
        ("a ANDNOT (b OR c)", And((A, Not(Or((B, C))))), "a AND NOT (b OR c)"),
        ("a -(b c)", And((A, Not(And((B, C))))), "a AND NOT (b AND c)"),
        ("a NOT NOT b", And((A, B)), "a AND b"),
        ("a NOT -(NOT b)", And((A, Not(B))), "a AND NOT b"),
        ("a OR NOT b", Or((A, Not(B))), "a OR NOT b"),
        ("ti:a", title("a"), "title:a"),
        ("TITLE:a", title("a"), "title:a"),
        ('ti:"a b"', Phrase("a b", "title"), 'title:"a b"'),
        ("abs:a au:b all:c", And((Word("a", "abstract"), Word("b", "author"), C)), "abstract:a AND author:b AND c"),
        ("ti:(a OR b)", Or((title("a"), title("b"))), "title:(a OR b)"),
        ("ti:(a -b) c", And((title("a"), Not(title("b")), C)), "title:a AND NOT title:b AND c"),
        ("ti:(a OR (b c))", Or((title("a"), And((title("b"), title("c"))))), "title:(a OR (b AND c))"),
        ("ti:(a OR au:b)", Or((title("a"), Word("b", "author"))), "title:a OR author:b"),
        ("-ti:a b", And((Not(title("a")), B)), "NOT title:a AND b"),
        ("ti:-a b", And((Not(title("a")), B)), "NOT title:a AND b"),
        ("ti:pre-training", title("pre-training"), "title:pre-training"),
        ("ti:SU(2) (a OR SU(3))", And((title("SU(2)"), Or((A, Word("SU(3)"))))), 'title:"SU(2)" AND (a OR "SU(3)")'),
        ("graph*", Prefix("graph"), "graph*"),
        ("ti:(graph* OR b)", Or((Prefix("graph", "title"), title("b"))), "title:(graph* OR b)"),
        ('"graph*"', Word("graph*"), '"graph*"'),
        ("au:smith_j", Phrase("j smith", "author"), 'author:"j smith"'),
        ("au:del_maestro", Word("del_maestro", "author"), "author:del_maestro"),
        ('author:"Smith, J. R."', Phrase("J. R Smith", "author"), 'author:"J. R Smith"'),
        ('author:"J Smith"', Phrase("J Smith", "author"), 'author:"J Smith"'),
        ("au:smith_j_1", Phrase("j smith", "author"), 'author:"j smith"'),
        ('au:"Smith Jr., J"', Phrase("J Smith Jr", "author"), 'author:"J Smith Jr"'),
        ("first:smith", Word("smith", "first"), "first:smith"),
        ('FIRST:"Smith, J"', Phrase("J Smith", "first"), 'first:"J Smith"'),
        ("first:(smi* OR doe)", Or((Prefix("smi", "first"), Word("doe", "first"))), "first:(smi* OR doe)"),
        ("first:doe_j -au:li a", And((Phrase("j doe", "first"), Not(Word("li", "author")), A)),
         'first:"j doe" AND NOT author:li AND a'),
        ("venue:ACL a", And((InVenue("ACL"), A)), "venue:ACL AND a"),
        ("venue:ACL.2018", InVenue("ACL.2018"), "venue:ACL.2018"),
        ('venue:"ACL 2018"', InVenue("ACL.2018"), "venue:ACL.2018"),
        ('venue:"ACL.2018 - Long Papers"', InVenue("ACL.2018 - Long Papers"), 'venue:"ACL.2018 - Long Papers"'),
        ("venue:(ACL OR EMNLP)", Or((InVenue("ACL"), InVenue("EMNLP"))), "venue:ACL OR venue:EMNLP"),
        ("submitted:2024-02-29", Dated(*[date(2024, 2, 29)] * 2, "submitted"), "submitted:2024-02-29"),
        ("Announced:2024..", Dated(date(2024, 1, 1), None, "announced"), "announced:2024-01-01.."),
        ("submitted:(..1999)", Dated(None, date(1999, 12, 31), "submitted"), "submitted:..1999-12-31"),
        ("a is:withdrawn", And((A, Withdrawn())), "a AND is:withdrawn"),
        ("a -is:Withdrawn", And((A, Not(Withdrawn()))), "a AND NOT is:withdrawn"),
        ("id:1706.03762", HasId("1706.03762"), "id:1706.03762"),
        ("id:arXiv:1706.03762v2", HasId("1706.03762"), "id:1706.03762"),
        ("arXiv:1706.03762v2 a", And((HasId("1706.03762"), A)), "id:1706.03762 AND a"),
        ("id:math.GT/0309136", HasId("math/0309136"), "id:math/0309136"),
        ("id:https://arxiv.org/pdf/1706.03762.pdf", HasId("1706.03762"), "id:1706.03762"),
        ("id:p18-1001@acl", HasId("P18-1001@ACL"), "id:P18-1001@ACL"),
        ("id:10.1145/AB(93)1", HasId("10.1145/ab(93)1"), 'id:"10.1145/ab(93)1"'),
        ("id:1706.03762,2301.00003", Or((HasId("1706.03762"), HasId("2301.00003"))), "id:1706.03762 OR id:2301.00003"),
    ],
)  # fmt: skip
def test_language_is_read_and_echoed(text: str, tree: Node, read_as: str) -> None:
    query = parse_query(text)
    assert query.tree == tree
    assert query.read_as == read_as
    assert query.problems == ()


@pytest.mark.parametrize(
    ("text", "include", "exclude"),
    [
        ("category:cs.LG", ("cs.LG",), ()),
        ("cat:CS.lg", ("cs.LG",), ()),
        ("cat:math.IT", ("cs.IT",), ()),
        ("cat:cmp-lg", ("cs.CL",), ()),
        ("cat:q-fin", ("q-fin",), ()),
        ("cat:q-fin.*", ("q-fin",), ()),
        ("cat:cs.LG+cs.CL-cs.AI", ("cs.LG", "cs.CL"), ("cs.AI",)),
        ('cat:"cs.LG, cs.CL"', ("cs.LG", "cs.CL"), ()),
    ],
)
def test_category_is_read_by_the_taxonomy(text: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> None:
    query = parse_query(text)
    assert query.tree == InCategory(CategoryExpression(include, exclude))
    assert query.problems == ()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("date:2024", "2024-01-01", "2024-12-31"),
        ("date:2024-02", "2024-02-01", "2024-02-29"),
        ("date:2023-02", "2023-02-01", "2023-02-28"),
        ("date:2024-02-29", "2024-02-29", "2024-02-29"),
        ("date:2024-01..2024-06", "2024-01-01", "2024-06-30"),
        ("date:2024..2024", "2024-01-01", "2024-12-31"),
        ("date:2024-06-15..2024-06-15", "2024-06-15", "2024-06-15"),
        ("date:2024-02..", "2024-02-01", None),
        ("date:..2024", None, "2024-12-31"),
        ("date:1991", "1991-01-01", "1991-12-31"),
        ("date:2099", "2099-01-01", "2099-12-31"),
        ('date:"2024-01 .. 2024-02"', "2024-01-01", "2024-02-29"),
        ("(date:2024)", "2024-01-01", "2024-12-31"),
    ],
)
def test_c8_part_of_a_date_stands_for_all_of_it(text: str, first: str | None, last: str | None) -> None:
    query = parse_query(text)
    assert query.tree == Dated(first and date.fromisoformat(first), last and date.fromisoformat(last))
    assert query.problems == ()


@pytest.mark.parametrize(
    ("text", "tree", "position", "piece", "told"),
    [
        ("a OR", A, 2, "OR", "nothing behind"),
        ("OR a", A, 0, "OR", "nothing before"),
        ("a AND", A, 2, "AND", "nothing behind"),
        ("AND a", A, 0, "AND", "nothing before"),
        ("a AND AND b", And((A, B)), 2, "AND", "nothing behind"),
        ("a OR OR b", Or((A, B)), 2, "OR", "nothing behind"),
        ("a NOT", A, 2, "NOT", "nothing behind"),
        ("a (b", And((A, B)), 2, "(", "never closed"),
        ("a) b", And((A, B)), 1, ")", "closes none"),
        ("a ()", A, 2, "(", "nothing in these"),
        ("a ti:", A, 2, "ti", "nothing behind"),
        ('a au:""', A, 5, '""', "between these quotes"),
        ("title: a", And((Word("title"), A)), 0, "title:", "no space"),
        ("foo:bar a", And((Word("foo:bar"), A)), 0, "foo:bar", "no field “foo”"),
        ("_exists_:b a", And((Word("_exists_:b"), A)), 0, "_exists_:b", "no field"),
        ("_id:b", Word("_id:b"), 0, "_id:b", "no field"),
        ('d -foo:"a b"', And((D, Not(Word("foo")), Not(Phrase("a b")))), 3, 'foo:"a', "no field “foo”"),
        ("d -foo:(a b)", And((D, Not(Word("foo")), Not(And((A, B))))), 3, "foo:(a", "no field “foo”"),
        ("Q* a", And((Word("Q*"), A)), 0, "Q*", "three"),
        ("gr* a", And((Word("gr*"), A)), 0, "gr*", "three"),
        ("*graph", Word("*graph"), 0, "*graph", "three"),
        ("gra*ph", Word("gra*ph"), 0, "gra*ph", "three"),
        ("a *", A, 2, "*", "three"),
        ("a date:2024-13", A, 7, "2024-13", "There is no 2024-13"),
        ("a date:2025-02-29", A, 7, "2025-02-29", "There is no 2025-02-29"),
        ("a date:0000", A, 7, "0000", "There is no 0000"),
        ("a date:today", A, 7, "today", "not a date"),
        ("a date:..", A, 7, "..", "one side"),
        ("a date:2024..2023", A, 7, "2024..2023", "earlier date first"),
        ("a date:[2023", A, 7, "[2023", "not a date"),
        ("a submitted:2024-13", A, 12, "2024-13", "There is no 2024-13"),
        ("a announced:soon", A, 12, "soon", "not a date"),
        ("a cat:cs.ZZ", A, 6, "cs.ZZ", "not a category"),
        ("a cat:cs.A,", A, 6, "cs.A,", "not a category"),
        ("a is:new", A, 5, "new", "nothing to ask for"),
        ("a id:hello", A, 5, "hello", "no identifier"),
        ("a id:1234.56789", A, 5, "1234.56789", "no identifier"),
    ],
)
def test_mistake_is_told_with_its_place_and_the_rest_is_searched(
    text: str, tree: Node, position: int, piece: str, told: str
) -> None:
    query = parse_query(text)
    assert query.tree == tree
    assert [(problem.position, problem.piece) for problem in query.problems] == [(position, piece)]
    assert told in query.problems[0].message
    assert query.problems[0].sentence.startswith(f"Character {position + 1}, “{piece}”: ")


def test_deep_parentheses_are_cut_with_a_sentence() -> None:
    query = parse_query("(" * 200 + "a OR b" + ")" * 200)
    assert query.tree == Or((A, B))
    assert [(problem.position, "20 deep" in problem.message) for problem in query.problems] == [(20, True)]
    assert parse_query("(" * 20 + "a" + ")" * 20).problems == ()


def test_many_mistakes_are_counted_and_the_first_are_told() -> None:
    query = parse_query("a " + "OR " * 100)
    assert len(query.problems) == PROBLEM_LIMIT + 1
    assert query.problems[-1].message == "92 more mistakes are not listed."


def test_filters_alone_are_a_query_and_excluded_ones_are_not() -> None:
    assert parse_query("date:2024 -graph").problems == ()
    assert messages(parse_query("-cat:cs.LG NOT (a OR b)")) == ["Every word is excluded: add one to look for."]


def test_echo_is_for_more_than_plain_words() -> None:
    assert parse_query('deep "graph networks" (learning)').is_plain
    for text in ("a OR b", "a -b", "ti:a", "graph*", "date:2024", "a,b"):
        assert not parse_query(text).is_plain


def test_words_to_mark_are_of_all_that_is_looked_for() -> None:
    assert parse_query("ti:(graph* OR net) -tree date:2024 au:smith").words == ("graph*", "net", "smith")


PIECES = st.sampled_from(
    'a;b;word; ;  ;";“;(;);-; AND ; OR ; NOT ; ANDNOT ;title:;au:;cat:;cs.LG;physics;date:;submitted:;'
    "announced:;2024;2024-02;..;venue:;"
    "ACL.2018; - ;is:;withdrawn;id:;1706.03762;P18-1001@ACL;10.1145/3292500.3330701(a);,;*;graph*;foo:;_;smith_j;é;"
    "e\u0301;\u0301;学;!;.;';\\;\0;first:;J.A;'t;, Jr.;"
    "all:;\u3000;İ;ſ;\ud800".split(";")
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(st.characters(), max_size=60))
def test_echo_is_read_as_an_equal_tree_without_problems(text: str) -> None:
    query = parse_query(text)
    again = parse_query(query.read_as)
    assert again.tree == query.tree
    assert again.read_as == query.read_as
    assert again.problems == ()


@given(st.text(st.characters()) | st.text(st.sampled_from('ab ,-"“”()*:\\$\0\ud800')) | st.lists(PIECES).map("".join))
def test_any_text_is_a_query_that_can_be_printed(text: str) -> None:
    query = parse_query(text)
    query.text.encode()
    query.read_as.encode()
    texts = [leaf.text for leaf in leaves(query.tree) if isinstance(leaf, Word | Phrase | Prefix)]
    assert len(texts) <= WORD_LIMIT
    assert all(any(map(str.isalnum, text)) for text in texts)
    assert all(0 <= problem.position <= len(text) for problem in query.problems)
    hash(query)


@pytest.mark.parametrize(
    "part", ["a", '"', "- ", "a,", "\\", "$", '-"', "a b", "a , ", ", a", " ,", "\u202e", "\ud800", "学",
             "(", ")", "(a", "a)", "a(", "ti:", "NOT ", "OR ", "x:y ", "date:2024 ", "id:1706.03762 ", "cat:cs "],
)  # fmt: skip
def test_megabyte_of_anything_is_read_at_once(part: str) -> None:
    start = time.perf_counter()
    parse_query(part * (1_000_000 // len(part)))
    assert time.perf_counter() - start < 1
