"""TeX in titles, abstracts and names, as plain text: where the formulas are, and what the rest means in Unicode.

Pure. `split_math` cuts a text into words and formulas without losing a character; `to_unicode` turns accents, letters
and text commands outside formulas into Unicode and leaves every formula as it was written. Nothing here raises.
"""

import re
import unicodedata
from dataclasses import dataclass

FORMULA_LIMIT = 2000  # characters; longer "formulas" are text with a stray dollar


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters start..end of a text; `math` when they are a formula, its delimiters included."""

    start: int
    end: int
    math: bool


_OPENING = re.compile(r"\\\\|\\\$|\$\$|\$|\\\(|\\\[")
_CLOSING = {
    "$": re.compile(r"\\\\|\\\$|\$"),
    "$$": re.compile(r"\$\$"),
    r"\(": re.compile(r"\\\)"),
    r"\[": re.compile(r"\\\]"),
}
_LOOKS_LIKE_MATH = re.compile(r"[\\^_{}=<>|]")
_TWO_WORDS = re.compile(r"[A-Za-z]{2,}\s+(?:[a-z]{2,}\s+)*[a-z]{2,}")


def _is_formula(content: str, following: str) -> bool:
    """Whether the text between two single dollars is a formula and not two prices ("$5 and then $10")."""
    if not content.strip() or "\n\n" in content:
        return False
    if _LOOKS_LIKE_MATH.search(content):
        return True
    if following[:1].isdigit() or _TWO_WORDS.search(content):
        return False
    return len(content) <= 40


def _closing(text: str, start: int, delimiter: str) -> int | None:
    """Where the formula opened before `start` ends, after its closing delimiter; None where it does not."""
    limit = min(len(text), start + FORMULA_LIMIT)
    for match in _CLOSING[delimiter].finditer(text, start, limit):
        if match.group() in {r"\$", r"\\"}:
            continue
        content = text[start : match.start()]
        good = _is_formula(content, text[match.end() : match.end() + 1]) if delimiter == "$" else bool(content.strip())
        return match.end() if good else None
    return None


def split_math(text: str) -> tuple[Segment, ...]:
    """Text → its segments in order, which together are the whole text; formulas are $…$, $$…$$, \\(…\\) and \\[…\\]."""
    segments: list[Segment] = []
    done = position = 0
    failures = 0
    while failures < 50 and (match := _OPENING.search(text, position)):
        delimiter = match.group()
        position = match.end()
        if delimiter in {r"\$", r"\\"}:
            continue
        end = _closing(text, position, delimiter)
        if end is None:
            failures += 1  # each costs a look ahead: a text of only dollars must stay cheap
            continue
        if match.start() > done:
            segments.append(Segment(done, match.start(), False))
        segments.append(Segment(match.start(), end, True))
        done = position = end
    if done < len(text):
        segments.append(Segment(done, len(text), False))
    return tuple(segments)


def formula_source(formula: str) -> str:
    """A formula as it stands in a text, without its delimiters."""
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")):
        if formula.startswith(opening) and formula.endswith(closing) and len(formula) >= len(opening + closing):
            return formula[len(opening) : len(formula) - len(closing)]
    return formula


# TeX accent command → combining character (The TeXbook, chapter 9; LaTeX's T1 for \k and \r).
_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł",
    "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
    "S": "§", "P": "¶", "copyright": "©", "pounds": "£", "textregistered": "®", "texttrademark": "™", "ldots": "…",
    "dots": "…", "textellipsis": "…", "textendash": "–", "textemdash": "—", "textasciitilde": "~",
    "textquoteright": "’", "textquotesingle": "'", "textbackslash": "\\", "textdegree": "°", "textmu": "µ",
    "LaTeX": "LaTeX", "TeX": "TeX", "slash": "/", "textless": "<", "textgreater": ">", "textbar": "|",
}  # fmt: skip
_BASE = r"(?:\\(?P<dotless%s>[ij])(?![A-Za-z])[ \t]?|(?P<base%s>[^\W\d_]))"


def _accent_pattern() -> re.Pattern[str]:
    """One accent on one letter, in the spellings that occur: \\'e \\'{e} {\\'e} {\\'{e}} \\c{c} \\c c \\"{\\i}."""
    sign = r"""(?P<sign>[`'^~="."])\s?"""
    letter = r"(?P<word>[uvHcdbkr])(?=[\s{\\])\s*"
    inner = (
        r"(?:\{\s*"
        + _BASE % ("1", "1")
        + r"\s*\}|\{\s*\{\s*"
        + _BASE % ("2", "2")
        + r"\s*\}\s*\}|"
        + _BASE % ("3", "3")
        + ")"
    )
    return re.compile(r"\\(?:" + sign + "|" + letter + ")" + inner)


_ACCENT = _accent_pattern()
_LETTER = re.compile(r"\\(" + "|".join(sorted(_LETTERS, key=len, reverse=True)) + r")(?:\{\}|(?![A-Za-z])[ \t]?)")
_SIGN = re.compile(r"\\([&%#_{}])")
_STYLE = re.compile(
    r"\\(?:emph|textit|textbf|texttt|textsc|textsf|textrm|textsl|textup|textmd|text|mbox|underline|uline|url|enquote)"
    r"\s*\{([^{}]*)\}"
)
_SWITCH = re.compile(r"\{\s*\\(?:em|it|bf|tt|sc|sf|rm|sl|itshape|bfseries)\s+([^{}]*)\}")
_LINK = re.compile(r"\\href\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_LONE_BRACES = re.compile(r"\{([^{}\\]*)\}")
_TIE = re.compile(r"(?<=[\w.,)\]])~(?=[\w(\[$\\])")
_QUOTES = (("``", "“"), ("''", "”"), ("---", "—"), ("--", "–"))


def _compose(match: re.Match[str]) -> str:
    """One accented letter, composed; the dot of i and j goes before it takes an accent."""
    sign = match["sign"] or match["word"]
    base = next(filter(None, (match[f"{kind}{n}"] for n in "123" for kind in ("dotless", "base"))))
    return unicodedata.normalize("NFC", base + _ACCENTS[sign])


def _words_to_unicode(text: str) -> str:
    """`to_unicode` for a stretch without formulas."""
    if "\\" in text:
        text = _ACCENT.sub(_compose, text)
        for _ in range(3):  # commands inside commands; deeper nesting stays as written
            text = _LINK.sub(r"\2 (\1)", _SWITCH.sub(r"\1", _STYLE.sub(r"\1", text)))
        text = _LETTER.sub(lambda match: _LETTERS[match[1]], text)
        text = _LONE_BRACES.sub(r"\1", text)
        text = _SIGN.sub(r"\1", text)
    elif "{" in text:
        text = _LONE_BRACES.sub(r"\1", text)
    for tex, character in _QUOTES:
        text = text.replace(tex, character)
    return _TIE.sub(" ", text)


def to_unicode(text: str) -> str:
    """Accents, letters, quotes, dashes and text commands outside formulas as Unicode; formulas and \\$ untouched."""
    if not any(sign in text for sign in ("\\", "{", "~", "--", "``", "''")):
        return text
    return "".join(
        text[part.start : part.end] if part.math else _words_to_unicode(text[part.start : part.end])
        for part in split_math(text)
    )
