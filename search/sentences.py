"""Sentences for readers, in whatever language they are read.

What is remembered for who asks next, or raised in another thread, is lazy: it becomes words when it is shown.
"""

from functools import reduce
from typing import TypeAlias

from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import pgettext_lazy

Sentence: TypeAlias = str | Promise
_TWO = pgettext_lazy("two sentences", "{first} {second}")


def one_after_another(*sentences: Sentence) -> Sentence:
    """All of them, at least one, with what stands between two sentences."""
    return reduce(lambda first, second: format_lazy(_TWO, first=first, second=second), sentences)


class Told(Exception):
    """An error that readers may hear of: its `sentence` is in their language, and its str, for logs, in English."""

    @property
    def sentence(self) -> Sentence:
        told: Sentence = self.args[0] if self.args else ""
        return told

    def __str__(self) -> str:
        with translation.override(None):
            return super().__str__()
