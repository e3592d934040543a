"""What the tests of list B share: a site that asks the fake arXiv."""

from tests.upstream.fixtures import arxiv, clock  # noqa: F401  (fixtures)
