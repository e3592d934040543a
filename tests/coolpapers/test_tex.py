"""TeX outside formulas becomes Unicode; formulas stay as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coolpapers.tex import formula_source, split_math, to_unicode


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Schr\"odinger", "Schrödinger"),
        (r"Schr{\"o}dinger", "Schrödinger"),
        (r"Schr\"{o}dinger", "Schrödinger"),
        (r"{\'E}cole", "École"),
        (r"{\'{E}}cole", "École"),
        (r"\L ukasz", "Łukasz"),
        (r"\L{}ukasz", "Łukasz"),
        (r"\c{c}a va", "ça va"),
        (r"\c ca va", "ça va"),
        (r"Haji\v{c}", "Hajič"),
        (r"na\"{\i}ve", "naïve"),
        (r"na\"\i ve", "naïve"),
        (r"Erd\H{o}s P\'al", "Erdős Pál"),
        (r"Stra{\ss}e", "Straße"),
        (r"\AA ngstr\"om", "Ångström"),
        (r"\o re", "øre"),
    ],
)
def test_accents_become_letters(tex: str, text: str) -> None:
    assert to_unicode(tex) == text


def test_unknown_command_is_no_accent() -> None:
    # acl-anthology issue 140: \te… became a letter with a dot
    assert to_unicode(r"\test \textit{word}") == r"\test word"


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\emph{very \textbf{bold}}", "very bold"),
        (r"{\em old style} words", "old style words"),
        (r"50\% of A\&B", "50% of A&B"),
        ("``quoted'' -- and---so", "“quoted” – and—so"),
        ("D.~Knuth, about ~5", "D. Knuth, about ~5"),
        (r"see \url{http://a.b/c}", "see http://a.b/c"),
        (r"\href{http://a.b}{here}", "here (http://a.b)"),
    ],
)
def test_text_commands_become_text(tex: str, text: str) -> None:
    assert to_unicode(tex) == text


def test_formulas_stay_as_written() -> None:
    text = r"for $\alpha_{\'e} \emph{x}$ and \(\"o\) and $$\%$$"
    assert to_unicode(text) == text


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (r"$O^*(2.619^k)$ time", ["$O^*(2.619^k)$"]),
        ("if $r<s$ then", ["$r<s$"]),
        ("costs $5 and then $10", []),
        ("US$5 million to $10 million", []),
        (r"costs \$5, $n$ times", ["$n$"]),
        ("$ x $ by $ y$", ["$ x $", "$ y$"]),
        (r"$$a$$ \(b\) \[c\]", ["$$a$$", r"\(b\)", r"\[c\]"]),
        ("one $ alone", []),
        ("$$", []),
        (r"a line \\ $x$", ["$x$"]),
    ],
)
def test_formulas_are_found(text: str, formulas: list[str]) -> None:
    assert [text[s.start : s.end] for s in split_math(text) if s.math] == formulas


@given(st.text(alphabet=st.sampled_from("$\\()[]ab {}^_5"), max_size=60) | st.text(max_size=200))
def test_segments_are_the_whole_text(text: str) -> None:
    assert "".join(text[s.start : s.end] for s in split_math(text)) == text


@given(st.text(alphabet=st.sampled_from("$\\'\"`^~{}cvuHoiab% -"), max_size=80) | st.text(max_size=200))
def test_to_unicode_takes_any_text(text: str) -> None:
    to_unicode(text)


def test_only_dollars_stay_cheap() -> None:
    assert len(split_math("$a " * 50_000)) >= 1
    assert len(split_math("\\(" * 50_000)) == 1


@pytest.mark.parametrize("formula", ["$x$", "$$x$$", r"\(x\)", r"\[x\]"])
def test_delimiters_come_off(formula: str) -> None:
    assert formula_source(formula) == "x"
