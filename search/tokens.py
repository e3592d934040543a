"""The text of a query → its tokens, with what can't be one told as a `Problem`.

Pure and linear. Signs mean something only where a term may begin: `(` behind a space opens a group, the one in SU(2) is
part of the word; a minus before a word takes it away, the one in t-SNE does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from search.fields import FIELDS

DEPTH_LIMIT = 20  # parentheses within parentheses

Kind = Literal["word", "phrase", "field", "minus", "(", ")", "AND", "OR", "NOT", "ANDNOT"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, as a sentence; the character of the query where it stands, and the piece of text there.

    Without a piece it is about the query as a whole.
    """

    message: str
    position: int
    piece: str = ""

    @property
    def sentence(self) -> str:
        """With its place, counted from 1, as it is shown."""
        if not self.piece:
            return self.message
        piece = f"{self.piece[:40]}{'…' if len(self.piece) > 40 else ''}"
        place = self.position + 1
        return _("Character {place:,}, “{piece}”: {message}").format(place=place, piece=piece, message=self.message)


@dataclass(frozen=True, slots=True)
class Token:
    """A part of the text: its kind, its text (of a phrase what is between the quotes) and where it begins."""

    kind: Kind
    text: str
    position: int


QUOTES = '"“”„‟«»'
_CLOSING = re.compile(rf"[{QUOTES}]")
_MINUS = re.compile(r"-(?=[^\s-])")
_FIELD = re.compile(r"([A-Za-z_]+):(?=([^\s])?)")
_WORD = re.compile(rf"[^\s{QUOTES}()]+|[()]")
_OPERATORS: dict[str, Kind] = {"AND": "AND", "OR": "OR", "NOT": "NOT", "ANDNOT": "ANDNOT"}


class Reader:
    """One pass over a text. `problems` is filled while `tokens()` is read."""

    def __init__(self, text: str, problems: list[Problem]) -> None:
        self._text = text
        self._problems = problems
        self._at = 0
        self._open: list[tuple[str, int]] = []  # "group", "deep" (not read as one) or "word"; where it stands
        self._depth = 0  # groups among them
        self._too_deep = False

    def tokens(self) -> Iterator[Token]:
        text = self._text
        after_space = True  # or after what a term may follow directly
        while self._at < len(text):
            start, sign = self._at, text[self._at]
            if sign.isspace():
                self._at, after_space = start + 1, True
            elif sign in QUOTES:
                yield from self._phrase(start)
                # after_space stays: `-"` without a partner excludes the word behind it
            elif sign == "(":
                self._at, after_space = start + 1, True
                yield from self._opened(start)
            elif sign == ")":
                self._at, after_space = start + 1, False
                yield from self._closed(start)
            elif after_space and _MINUS.match(text, start):
                self._at = start + 1
                yield Token("minus", "-", start)
            elif name := self._field(start):
                self._at, after_space = start + len(name) + 1, True
                yield Token("field", name, start)
            else:
                yield (word := self._word(start))
                after_space = False
                if word.text.endswith(":") and text[start - 1 : start] == "-" and text[self._at :][:1].strip():
                    yield Token("minus", "-", start - 1)  # -foo:"a b": what an unknown field holds is left out too
        for kind, position in self._open:
            if kind == "group":
                message = _("This parenthesis is never closed: the group goes on to the end.")
                self._problems.append(Problem(message, position, "("))

    def _phrase(self, start: int) -> Iterator[Token]:
        closing = _CLOSING.search(self._text, start + 1)
        self._at = start + 1
        if closing:
            yield Token("phrase", self._text[start + 1 : closing.start()], start)
            self._at = closing.end()
        else:
            message = _("This quotation mark has no partner: the words after it are read one by one.")
            self._problems.append(Problem(message, start, self._text[start]))

    def _opened(self, start: int) -> Iterator[Token]:
        if self._depth < DEPTH_LIMIT:
            self._depth += 1
            self._open.append(("group", start))
            yield Token("(", "(", start)
            return
        if not self._too_deep:
            self._too_deep = True
            message = _("Parentheses are read {limit} deep: those from here on inwards are left out.")
            self._problems.append(Problem(message.format(limit=DEPTH_LIMIT), start, "("))
        self._open.append(("deep", start))

    def _closed(self, start: int) -> Iterator[Token]:
        kind = self._open.pop()[0] if self._open else ""
        if kind == "group":
            self._depth -= 1
            yield Token(")", ")", start)
        elif not kind:
            self._problems.append(Problem(_("This parenthesis closes none: it is left out."), start, ")"))

    def _field(self, start: int) -> str:
        """The name of the field that begins here, "" where none does."""
        match = _FIELD.match(self._text, start)
        if match is None:
            return ""
        name, follower = match.groups()
        if name.lower() in FIELDS:
            if follower:
                return name
            if self._text[match.end() :].strip():
                message = _("A field has no space behind its colon: “{name}” is read as a word.")
                self._problems.append(Problem(message.format(name=name), start, f"{name}:"))
                return ""
            return name
        if follower and (follower.isalnum() or follower in QUOTES or follower == "("):
            piece = re.split(r"\s", self._text[start : start + 60], maxsplit=1)[0]
            message = _("There is no field “{name}”: this is read as words.").format(name=name[:40])
            self._problems.append(Problem(message, start, piece))
        return ""

    def _word(self, start: int) -> Token:
        """The word from here on; its parentheses are its own."""
        text, at = self._text, start
        while match := _WORD.match(text, at):
            if match[0] == "(":
                if text[at - 1] == ":" and _FIELD.match(text, start):  # an unknown field before a group
                    break
                self._open.append(("word", at))
            elif match[0] == ")":
                if not self._open or self._open[-1][0] != "word":
                    break
                self._open.pop()
            at = match.end()
        self._at = at
        word = text[start:at]
        return Token(_OPERATORS.get(word, "word"), word, start)
