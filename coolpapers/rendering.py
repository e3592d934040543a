"""Clean text of the store → HTML that is safe in a page: formulas as MathML, everything else escaped.

Pure. Guarantee: the only elements in the result are <mark>, MathML and <code class="tex">; no character of the text can
become markup. A mark never stands inside a formula: it holds the whole formula or none of it.
"""

from collections.abc import Sequence
from html import escape  # Django's own also looks for lazy and safe strings, which these are not

from django.utils.safestring import SafeString

from coolpapers.mathml import to_mathml
from coolpapers.tex import split_math

Span = tuple[int, int]


def _words(text: str) -> str:
    """A stretch without formulas: escaped, and \\$ shown as the dollar that it is."""
    return escape(text.replace(r"\$", "$"))


def _marked_words(text: str, start: int, end: int, marks: Sequence[Span]) -> str:
    """text[start:end] with the parts of the spans that lie in it in <mark>."""
    parts = []
    for left, right in marks:
        left, right = max(left, start), min(right, end)
        if left >= right:
            continue
        parts += [_words(text[start:left]), "<mark>", _words(text[left:right]), "</mark>"]
        start = right
    return "".join([*parts, _words(text[start:end])])


def render_text(text: str, marks: Sequence[Span] = ()) -> SafeString:
    """The text as HTML; `marks` are spans of it, in order and apart, to stand out."""
    if "$" not in text and "\\" not in text:
        return SafeString(_marked_words(text, 0, len(text), marks) if marks else escape(text))
    parts = []
    for part in split_math(text):
        if not part.math:
            parts.append(_marked_words(text, part.start, part.end, marks))
            continue
        formula = to_mathml(text[part.start : part.end])
        hit = any(left < part.end and right > part.start for left, right in marks)
        parts.append(f"<mark>{formula}</mark>" if hit else formula)
    return SafeString("".join(parts))  # words are escaped, formulas rebuilt from allowed parts


def plain_text(text: str) -> str:
    """The text for places that show no markup (feeds, metadata): formulas as their source."""
    return text.replace(r"\$", "$")
