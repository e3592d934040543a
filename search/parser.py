"""Tokens → the tree of a query.

Pure; never raises. AND, ANDNOT, NOT and OR are operators in capitals alone; words side by side are ANDed; AND binds
tighter than OR, NOT and a minus tightest. A field before a group holds for all of it, but for what names another. What
is wrong is told as a `Problem` and left out, and the rest is read on.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from search.fields import FIELDS, Field, is_filter, leaf
from search.nodes import Node, all_of, any_of, not_of
from search.tokens import Kind, Problem, Token

WORD_LIMIT = 64  # those in phrases and between hyphens too: a phrase of 900 common words would take 0.4 s
PART = re.compile(r"[\u2e80-\U0003ffff]|[^\W_\u2e80-\U0003ffff]+")  # scripts without spaces: each character
_NOTHING_BEFORE = gettext_lazy("{operator} has nothing before it: it is left out.")
_NOTHING_BEHIND = gettext_lazy("{operator} has nothing behind it: it is left out.")


class _Read(NamedTuple):
    """What stood in a place: whether anything did, and what it asks for (a sign alone asks for nothing)."""

    present: bool
    node: Node | None


_NOTHING = _Read(False, None)


class Parser:
    """One pass over the tokens of a text."""

    def __init__(self, tokens: Sequence[Token], problems: list[Problem]) -> None:
        self._tokens = tokens
        self._problems = problems
        self._at = 0
        self._left = WORD_LIMIT

    def parse(self) -> Node | None:
        """The whole tree; None where nothing is asked for."""
        return self._alternatives("").node

    def list_of_any(self) -> Node | None:
        """The tree of tokens that are nothing but words of which any may match."""
        return any_of(node for token in self._tokens if (node := self._leaf(token, "").node))

    def _next(self, *kinds: Kind) -> Token | None:
        """The next token, taken, where it is one of these kinds."""
        if self._at < len(self._tokens) and self._tokens[self._at].kind in kinds:
            self._at += 1
            return self._tokens[self._at - 1]
        return None

    def _alternatives(self, field: Field) -> _Read:
        """Parts joined by OR."""
        read = self._conjunction(field)
        found, present = [read.node], read.present
        while operator := self._next("OR"):
            right = self._conjunction(field)
            if not read.present:
                self._tell(operator, _NOTHING_BEFORE.format(operator="OR"))
            elif not right.present:
                self._tell(operator, _NOTHING_BEHIND.format(operator="OR"))
            read = right if right.present else read
            found.append(right.node)
            present = present or right.present
        return _Read(present, any_of(node for node in found if node))

    def _conjunction(self, field: Field) -> _Read:
        """Parts joined by AND, ANDNOT or nothing at all."""
        found: list[Node | None] = []
        waiting: Token | None = None  # an operator whose right side is still to come
        while True:
            if operator := self._next("AND", "ANDNOT"):
                if waiting:
                    self._tell(waiting, _NOTHING_BEHIND.format(operator=waiting.text))
                elif not found and operator.kind == "AND":
                    self._tell(operator, _NOTHING_BEFORE.format(operator="AND"))
                waiting = operator
                continue
            part = self._part(field)
            if not part.present:
                break
            excluded = waiting is not None and waiting.kind == "ANDNOT"
            found.append(not_of(part.node) if excluded and part.node else part.node)
            waiting = None
        if waiting and (found or waiting.kind == "ANDNOT"):
            self._tell(waiting, _NOTHING_BEHIND.format(operator=waiting.text))
        return _Read(bool(found), all_of(node for node in found if node))

    def _part(self, field: Field) -> _Read:
        """One term or group, with the NOTs and fields before it."""
        excluded = False
        last: Token | None = None
        while token := self._next("NOT", "minus", "field"):
            if token.kind == "field":
                field = FIELDS[token.text.lower()]
            else:
                excluded = not excluded
            last = token
        read = self._term(field)
        if last and not read.present:
            sign = f"{last.text}{':' if last.kind == 'field' else ''}"
            self._tell(last, _("“{sign}” has nothing behind it: it is left out.").format(sign=sign))
        return _Read(read.present, not_of(read.node)) if excluded and read.node else read

    def _term(self, field: Field) -> _Read:
        """A word, a phrase or a group."""
        if token := self._next("word", "phrase"):
            return self._leaf(token, field)
        if token := self._next("("):
            inside = self._alternatives(field)
            self._next(")")
            if not inside.present:
                self._tell(token, _("There is nothing in these parentheses: they are left out."))
            return _Read(True, inside.node)
        return _NOTHING

    def _leaf(self, token: Token, field: Field) -> _Read:
        """What a word or phrase asks for, within the limit of words."""
        text = self._within_limit(token, field)
        if text is None:
            return _Read(True, None)
        node, told = leaf(field, text, quoted=token.kind == "phrase")
        if told:
            self._tell(token, told)
        elif node is None and token.kind == "phrase" and field:
            self._tell(token, _("There is nothing to look for between these quotes: they are left out."))
        return _Read(True, node)

    def _within_limit(self, token: Token, field: Field) -> str | None:
        """The token's text, cut where the words so far are WORD_LIMIT; None where they were that before it."""
        if self._left < 0:
            return None
        ends = [match.end() for match in PART.finditer(token.text)]
        room = self._left
        self._left -= min(len(ends), 1) if is_filter(field) else len(ends)
        if self._left >= 0:
            return token.text
        self._tell(token, _("Only the first {limit} words are searched.").format(limit=WORD_LIMIT))
        return token.text[: ends[room - 1]] if room else None

    def _tell(self, token: Token, message: str) -> None:
        piece = f'"{token.text}"' if token.kind == "phrase" else token.text
        self._problems.append(Problem(message, token.position, piece))
