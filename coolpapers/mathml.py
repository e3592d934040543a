"""A LaTeX formula → MathML that is safe to put into a page.

Pure. latex2mathml does the mathematics, but hands on what the formula carries (a script inside \\text, a link from
\\href, a style): its tree is therefore rebuilt here from a list of allowed elements and attributes, every text escaped.
Guarantee: the result is well-formed MathML of those elements, or the escaped source in <code>; never an exception.
"""

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

from coolpapers.tex import formula_source

ELEMENTS = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mspace",
        "msup",
        "msub",
        "msubsup",
        "mover",
        "munder",
        "munderover",
        "mfrac",
        "msqrt",
        "mroot",
        "mtable",
        "mtr",
        "mtd",
        "mpadded",
        "mphantom",
        "mstyle",
        "menclose",
        "mmultiscripts",
        "mprescripts",
        "none",
    ]
)
# attribute → what its value must look like
ATTRIBUTES = {
    name: re.compile(pattern)
    for name, pattern in {
        "display": r"inline|block",
        "mathvariant": r"[a-z-]{1,30}",
        "stretchy": r"true|false",
        "fence": r"true|false",
        "form": r"prefix|infix|postfix",
        "accent": r"true|false",
        "accentunder": r"true|false",
        "movablelimits": r"true|false",
        "linethickness": r"[0-9.]{1,6}(?:px|em|pt|%)?",
        "columnalign": r"[a-z ]{1,60}",
        "rowspacing": r"[0-9. a-z]{1,60}",
        "columnspacing": r"[0-9. a-z]{1,60}",
        "width": r"-?[0-9.]{1,6}(?:px|em|ex|pt|mu)?",
        "lspace": r"-?[0-9.]{1,6}(?:px|em|ex|pt)?",
        "rspace": r"-?[0-9.]{1,6}(?:px|em|ex|pt)?",
        "minsize": r"[0-9.]{1,6}(?:px|em|ex|pt|%)?",
        "maxsize": r"[0-9.]{1,6}(?:px|em|ex|pt|%)?",
        "scriptlevel": r"[+-]?[0-9]",
        "displaystyle": r"true|false",
        "notation": r"[a-z ]{1,40}",
    }.items()
}
# Definitions could grow without bound (\def\a{\b\b}\def\b{\c\c}…); the rest would load or link.
REFUSED = re.compile(
    r"\\(?:def|gdef|edef|let|newcommand|renewcommand|providecommand|DeclareMathOperator|require)(?![a-z])"
)
DEPTH_LIMIT = 80
_FONT_WITHOUT_BRACES = re.compile(r"\\(math(?:cal|bb|bf|frak|rm|sf|tt|scr|it))\s*([A-Za-z0-9])")


def _safe(element: Element, depth: int = 0) -> str:
    """The element as text, from allowed parts only; the children of others stand in their place."""
    if depth > DEPTH_LIMIT:
        return ""
    inside = html.escape(html.unescape(element.text or ""), quote=False)
    for child in element:
        inside += _safe(child, depth + 1) + html.escape(html.unescape(child.tail or ""), quote=False)
    if element.tag not in ELEMENTS:
        return inside
    attributes = "".join(
        f' {name}="{html.escape(value)}"'
        for name, value in element.attrib.items()
        if name in ATTRIBUTES and ATTRIBUTES[name].fullmatch(value)
    )
    return f"<{element.tag}{attributes}>{inside}</{element.tag}>"


def _source(formula: str) -> str:
    return f'<code class="tex">{html.escape(formula)}</code>'


@lru_cache(maxsize=4096)
def to_mathml(formula: str) -> str:
    """A formula with its delimiters → one <math> element, or its source where it is not understood."""
    source = formula_source(formula)
    if REFUSED.search(source):
        return _source(formula)
    display = "block" if formula.startswith(("$$", r"\[")) else "inline"
    source = _FONT_WITHOUT_BRACES.sub(r"\\\1{\2}", source)
    try:
        tree = convert_to_element(source, display=display)
        safe = _safe(tree)
    except Exception:  # the converter raises whatever the formula trips over; the reader then sees the source
        return _source(formula)
    if not safe.startswith("<math"):
        return _source(formula)
    return f'<math alttext="{html.escape(formula)}"{safe.removeprefix("<math")}'
