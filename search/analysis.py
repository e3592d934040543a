"""Text → the words that are looked up: one chain for documents, queries and the marking of hits.

Guarantees: lower case, accents folded (Schrödinger, schrodinger), English stems (images, image); nothing is left out as
a stop word; a character of a script without spaces is a word of its own; C++, C# keep their signs. Lone surrogates, NUL
and signs only part words.

Besides search.engines.embedded this is the one module that uses tantivy, for its filters alone and no index: marking
must stem and fold exactly as the index did, and a second implementation would differ in some word sooner or later. A
word costs 0.4 µs and then a look into a cache.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

VERSION = 2  # raise it when a word comes out otherwise: the index is then rebuilt

# Kana, Han, Hangul; the last range holds the rarer Han.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_COMBINING = "\u0300-\u036f"  # what is left of them after composition stands on no letter of its own
_SIGNED = re.compile(r"(?<![^\W_])([A-Za-z])(\+\+|#)")
_SIGN_WORDS = {"++": "plusplus", "#": "sharp"}
_MARKS = re.compile(f"[{_COMBINING}]+")
_UNSPACED_ONE = re.compile(f"[{_UNSPACED}]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_BREAK = re.compile(r"[\W_]+")
_WORD = re.compile(
    rf"(?<![^\W_])[A-Za-z](?:\+\+|#)|[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:[{_COMBINING}]+[^\W_{_UNSPACED}]*)*"
)


def stemmed_analyzer() -> TextAnalyzer:
    """For titles and abstracts. Folding comes before lower case, which would leave a dot on İ."""
    folded = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.ascii_fold()).filter(Filter.lowercase())
    return folded.filter(Filter.stemmer("english")).build()


def plain_analyzer() -> TextAnalyzer:
    """For names, which are not English words."""
    return TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.ascii_fold()).filter(Filter.lowercase()).build()


# Letters that have another spelling besides the one without their sign; æ, œ and ß are folded to two letters anyway.
_SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa"}
)
_STEMMED = stemmed_analyzer()
_PLAIN = plain_analyzer()


def prepare(text: str) -> str:
    """What an analyzer is given: words of letters and digits between spaces and ASCII signs.

    tantivy's simple tokenizer then finds the words that `words_of` finds. (Its regular expression tokenizer could do
    all this alone, and halves the speed of indexing: measured 16,000 against 32,000 papers a second.)
    """
    if "+" in text or "#" in text:
        text = _SIGNED.sub(lambda match: f"{match[1]}{_SIGN_WORDS[match[2]]} ", text)
    if text.isascii():
        return text
    text = _MARKS.sub("", unicodedata.normalize("NFC", text))
    return _BREAK.sub(" ", _UNSPACED_ONE.sub(r" \g<0> ", text))


def spelled_out(text: str) -> str:
    """The text in letters that every keyboard has: Schroedinger for Schrödinger; the same text where there are none."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_SPELLED_OUT)


def spellings(text: str) -> tuple[str, ...]:
    """The text, and as it is spelled out where that is another one."""
    if text.isascii():
        return (text,)
    composed = unicodedata.normalize("NFC", text)
    return tuple(dict.fromkeys((composed, spelled_out(composed))))


def spelled_out_parts(prepared: str) -> list[str]:
    """What an index holds besides a prepared text: its words that are spelled out otherwise, with one neighbour each.

    Only the text tells them: a query's "oe" may be one (Schroedinger) or none (Joel, who is not Jöl). The neighbours
    are for phrases such as "Schroedinger equation".
    """
    if prepared.isascii():
        return []
    words = prepared.split()
    return [
        spelled_out(" ".join(words[max(0, place - 1) : place + 2]))
        for place, word in enumerate(words)
        if word != spelled_out(word)
    ]


def stems(text: str) -> tuple[str, ...]:
    """The words of a text as titles and abstracts are looked up, in order."""
    return tuple(_STEMMED.analyze(prepare(text)))


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a text as names are looked up, in order."""
    return tuple(_PLAIN.analyze(prepare(text)))


@lru_cache(maxsize=65_536)
def stem_of(word: str) -> str:
    """One word as `words_of` cuts it → its stem; "" where the chain finds none."""
    return next(iter(stems(word)), "")


def words_of(text: str, start: int = 0) -> Iterator[tuple[int, int, str]]:
    """Start, end and stem of each word from `start` on, in characters of the text, which is NFC as all stored text."""
    return _words_among(text, _WORD.finditer(text, start))


def _words_among(text: str, matches: Iterable[re.Match[str]]) -> Iterator[tuple[int, int, str]]:
    for match in matches:
        start, end = match.span()
        if stem := stem_of(text[start:end]):  # none: a character that Unicode has not assigned
            yield start, end, stem


def words_beginning(text: str, wanted: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """`words_of`, also as they are spelled out, or at least those that can be one of the wanted stems or beginnings.

    An abstract in 10, not 80 µs.
    Folding leaves ASCII as it is, and stemming leaves the first letter, and the first two of a stem of four or more
    (Snowball's English chain: "dying" is "die", but nothing longer changes so early), so that most texts can be sieved.
    """
    lowered = text.lower()
    signed = ("+" in text or "#" in text) and _SIGNED.search(text)
    starts = frozenset(word[:2] if len(word) > 3 else word[:1] for word in wanted if word.isascii())
    if text.isascii() and not signed:
        for match in _sieve(starts).finditer(lowered):
            yield match.start(), match.end(), stem_of(match.group())
        return
    sieved = not signed and not _MARKS.search(text) and len(lowered) == len(text)  # İ gets one more
    words = _words_among(text, _wide_sieve(text, lowered, starts)) if sieved else words_of(text)
    for start, end, stem in words:
        yield start, end, stem
        if not (word := text[start:end]).isascii() and word != (other := spelled_out(word)):
            yield start, end, stem_of(other)


@lru_cache(maxsize=256)
def _sieve(starts: frozenset[str]) -> re.Pattern[str]:
    """Words of lower case ASCII that begin so. What stands before a word is looked at last: that is a third faster."""
    if not starts:
        return re.compile("(?!)")
    beginnings = (f"{start}(?<![a-z0-9]{start})" for start in map(re.escape, sorted(starts)))
    return re.compile(rf"(?:{'|'.join(beginnings)})[a-z0-9]*")


def _wide_sieve(text: str, lowered: str, starts: frozenset[str]) -> Iterator[re.Match[str]]:
    """The words of a text of any script that begin so when they are folded, and those with a strange first letter."""
    begins = {match.start() for match in _sieve(starts).finditer(lowered)}
    for match in _NOT_ASCII.finditer(text):
        begins |= {match.start(), max(match.start() - 1, 0)}
    for start in sorted(begins):
        inside = start and text[start - 1].isalnum() and not _UNSPACED_ONE.match(text, start - 1)
        if (not inside or _UNSPACED_ONE.match(text, start)) and (word := _WORD.match(text, start)):
            yield word
