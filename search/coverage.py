"""What is lacking just now in an answer that is there: the newest papers, vectors of some, those of a new recipe.

A few looks at what is open already; the sentences are for readers.
"""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from search.embeddings import current_recipe
from search.engines.base import Engine
from search.sentences import Sentence

ENOUGH = 0.99  # of the papers; the last new ones are always without a vector for some seconds
SOME = _("{held:,} of {all:,} papers have a vector so far: until the others have one, they are ranked by words alone.")
OLD_RECIPE = _("Meaning is that of an earlier model until every paper has its vector of the new one.")
REBUILDING = _("The index is being built anew: until that is done the earlier one answers, without the newest papers.")


def lacking(engine: Engine, *, by_meaning: bool) -> tuple[Sentence, ...]:
    """A sentence for each; `by_meaning`: the papers were ranked by meaning too."""
    words = engine.state()
    told: list[Sentence] = []
    if words.standing_in:
        told.append(words.standing_in)
    if words.rebuilding:
        told.append(REBUILDING)
    if by_meaning and engine.vectors is not None:
        held = engine.vectors.state()
        if held.recipe != current_recipe():
            told.append(OLD_RECIPE)
        if held.papers < ENOUGH * words.documents:
            told.append(format_lazy(SOME, held=held.papers, all=words.documents))
    return tuple(told)
