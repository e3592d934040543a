"""What programs that read the whole web are told: /robots.txt, and the sitemap of what is worth reading.

Guarantees: the sitemap names only addresses that answer 200, each once, in parts of at most PART; robots.txt keeps
crawlers off everything whose variants have no end.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest, HttpResponse

from coolpapers.models import Branch, Category, Edition, Paper
from coolpapers.querysets import PaperQuerySet

PART = 5_000  # addresses; a file may have 50,000, but is made while somebody waits
NEWEST = 20_000  # papers of each branch; crawlers find older ones through the days

# RFC 9309: the longest rule that fits decides, * is any text.
RULES = (
    "Allow: /",
    *("Disallow: /search", "Disallow: /arxiv/search", "Disallow: /venue/search", "Disallow: /go", "Disallow: /*/feed"),
    *(
        "Disallow: /author/",
        "Disallow: /*/*/related",
        "Disallow: /*/*/bibtex",
        "Disallow: /export",
        "Disallow: /*/export",
        "Disallow: /metrics",
        "Disallow: /health",
        "Disallow: /digest",
    ),
    # Combinations of categories, lists of papers, orders and parts.
    *("Disallow: /arxiv/*+", "Disallow: /arxiv/*,", "Disallow: /arxiv/-", "Disallow: /arxiv/*.*-*.", "Disallow: /*@*,"),
    *("Disallow: /*?*sort=", "Disallow: /*?*skip=", "Disallow: /*?*show=", "Disallow: /*?*highlight="),
    *("Disallow: /*?*kind=", "Disallow: /*?*prefer=", "Disallow: /*?*of=", "Disallow: /*?*from=", "Disallow: /venue?"),
    *("Disallow: /*?*week=", "Disallow: /*?*month=", "Disallow: /choose", "Disallow: /?", "Disallow: /reading"),
    *("Disallow: /stars", "Disallow: /papers/", "Disallow: /sign-in", "Disallow: /*/*/inbox"),
)


def robots(request: HttpRequest) -> HttpResponse:
    """/robots.txt"""
    lines = ["User-agent: *", *RULES, "", f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


class PlainSitemap(Sitemap):  # type: ignore[type-arg]  # generic for the type checker only
    """Django's, without the newest change of a whole part in the index: it would read the whole part for that."""

    limit = PART

    def get_latest_lastmod(self) -> None:
        return None


class CategoryMap(PlainSitemap):
    """The home page, and categories that hold papers with their newest day."""

    def items(self) -> Sequence[tuple[str, date | None]]:
        days = Category.objects.with_newest_days()
        rest = [(f"/arxiv/{code}", days.get(code)) for code in sorted(Category.objects.holding_papers(), key=str.lower)]
        return [("/", max(days.values(), default=None)), *rest]

    def location(self, item: tuple[str, date | None]) -> str:
        return item[0]

    def lastmod(self, item: tuple[str, date | None]) -> date | None:
        return item[1]


class EditionMap(PlainSitemap):
    """The index of venues and their editions, where there are any, with the day of the last pull."""

    def items(self) -> Sequence[tuple[str, datetime | None]]:
        editions = [(one.get_absolute_url(), one.pulled) for one in Edition.objects.holding_papers()]
        return [("/venue", None), *editions] if editions else []

    def location(self, item: tuple[str, datetime | None]) -> str:
        return item[0]

    def lastmod(self, item: tuple[str, datetime | None]) -> datetime | None:
        return item[1]


class PaperMap(PlainSitemap):
    """The newest papers of a branch."""

    def __init__(self, branch: Branch, *, newest: int = NEWEST, limit: int = PART) -> None:
        self.branch, self.newest, self.limit = branch, newest, limit

    def items(self) -> PaperQuerySet:
        papers = Paper.objects.filter(branch=self.branch).sorted_by(None).only("key", "branch", "changed")
        return papers[: self.newest]

    def lastmod(self, paper: Paper) -> datetime:
        return paper.changed


SITEMAPS = {
    "categories": CategoryMap(),
    "editions": EditionMap(),
    "arxiv": PaperMap(Branch.ARXIV),
    "venues": PaperMap(Branch.VENUE),
}
