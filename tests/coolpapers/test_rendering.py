"""Text from outside never becomes markup; formulas become MathML made of allowed parts only."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coolpapers.mathml import ELEMENTS, to_mathml
from coolpapers.rendering import render_text

ALLOWED = ELEMENTS | {"mark", "code"}
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</title><script>alert(1)</script>",
    r"$\text{<script>alert(1)</script>}$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{background:url(http://evil)}{x}$",
    r"$\class{evil}{x}$",
    r"$\includegraphics{http://evil/x}$",
    r"$\unicode{x3c}script\unicode{x3e}$",
    r"$\color{red;}x$",
    r"$\def\a{\b\b}\def\b{\c\c}\a$",
    r"$x<img src=y onerror=alert(1)>$",
    "{{7*7}} {% debug %}",
]


def elements(html: str) -> set[str]:
    """Names of the elements of a fragment, which must be well-formed."""
    root = ElementTree.fromstring(f"<div>{html}</div>".replace("&nbsp;", " "))
    for node in root.iter():
        assert not any(
            name.startswith("on") or name in {"href", "style", "class", "src"}
            for name in node.attrib
            if node.tag != "code"
        )
    return {node.tag for node in root.iter()} - {"div"}


@pytest.mark.parametrize("text", HOSTILE)
def test_l2_hostile_formulas_and_text_are_text(text: str) -> None:
    assert elements(render_text(text)) <= ALLOWED


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=120))
def test_any_text_gives_allowed_elements(text: str) -> None:
    assert elements(render_text(text)) <= ALLOWED


@given(st.text(alphabet=st.sampled_from(r"\{}^_&<>'\"frac textbbmathlefright()[]|.12 "), max_size=60))
def test_any_formula_gives_allowed_elements(source: str) -> None:
    assert elements(to_mathml(f"${source}$")) <= ALLOWED


def test_formula_becomes_mathml_with_its_source() -> None:
    html = render_text("time $O^*(2.619^k)$ is")
    assert html.startswith('time <math alttext="$O^*(2.619^k)$" display="inline">')
    assert "<msup>" in html
    assert html.endswith("</math> is")


def test_formula_not_understood_shows_its_source() -> None:
    assert to_mathml(r"$\def\a{\a\a}\a$") == r'<code class="tex">$\def\a{\a\a}\a$</code>'


def test_l2_deep_formula_ends() -> None:
    html = to_mathml("$" + "{" * 900 + "x" + "}" * 900 + "$")
    assert html.startswith(("<math", "<code"))


def test_escaped_dollar_is_shown_as_dollar() -> None:
    assert render_text(r"costs \$5") == "costs $5"


def test_marks_stand_in_words() -> None:
    assert render_text("deep <b> nets", [(0, 4), (9, 13)]) == "<mark>deep</mark> &lt;b&gt; <mark>nets</mark>"


def test_f4_mark_inside_a_formula_holds_the_whole_formula() -> None:
    html = render_text("a $x^2$ b", [(3, 4)])
    assert re.fullmatch(r"a <mark><math .*</math></mark> b", html)


def test_mark_across_a_formula_stays_well_formed() -> None:
    html = render_text("see $x$ now", [(0, 11)])
    assert elements(html) <= ALLOWED
    assert html.count("<mark>") == html.count("</mark>") == 3
