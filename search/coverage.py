"""What meaning lacks just now though it answers: vectors of some papers, or all those of a new recipe.

Two looks at what is open already; the sentences are for readers.
"""

from search.embeddings import current_recipe
from search.engines.base import Engine

ENOUGH = 0.99  # of the papers; the last new ones are always without a vector for some seconds
SOME = "{:,} of {:,} papers have a vector so far: until the others have one, they are ranked by words alone."
OLD_RECIPE = "Meaning is that of an earlier model until every paper has its vector of the new one."


def lacking(engine: Engine) -> str | None:
    """What is told beside results that are ranked by meaning; None where nothing is lacking."""
    if engine.vectors is None:
        return None
    held, papers = engine.vectors.state(), engine.state().documents
    told = []
    if held.recipe != current_recipe():
        told.append(OLD_RECIPE)
    if held.papers < ENOUGH * papers:
        told.append(SOME.format(held.papers, papers))
    return " ".join(told) or None
