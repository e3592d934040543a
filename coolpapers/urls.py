"""Addresses of the site, in papers.cool's grammar (docs/architecture.md tells what each answers)."""

from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps import views as sitemaps
from django.urls import path, re_path
from django.views.decorators.http import require_safe

from coolpapers.pages import branches, crawlers, digests, errors, extension, go, home, language, reading, stars, status
from coolpapers.pages.options import Shape
from coolpapers.pages.search import search
from coolpapers.pages.selection import selection
from coolpapers.pages.suggestions import open_search, suggestions

urlpatterns = [
    path("", require_safe(home.home)),
    path("choose", require_safe(home.choose)),
    path("search", require_safe(search)),
    path("search/feed", require_safe(search), {"shape": Shape.FEED}),
    path("search/export", require_safe(search), {"shape": Shape.EXPORT}),
    path("export", require_safe(selection)),
    path("search/suggest", require_safe(suggestions)),
    path("opensearch.xml", require_safe(open_search)),
    path("go", require_safe(go.go)),
    path("digest", digests.digest_form),
    path("digest/asked", require_safe(digests.asked)),
    path("digest/confirm/<str:token>", digests.confirmation),
    path("digest/stop/<str:token>", digests.stopping),
    path("digest/never/<str:token>", digests.never),
    path("extension", require_safe(extension.extension)),
    path("extension.zip", require_safe(extension.extension_file)),
    path("manifest.webmanifest", require_safe(extension.web_manifest)),
    path("language", language.choose_language),
    path("catalog/<str:language>.js", require_safe(language.catalog), name="catalog"),
    path("status", require_safe(status.status)),
    path("status/feed", require_safe(status.incidents_feed)),
    path("health", require_safe(status.health)),
    path("metrics", require_safe(status.metrics)),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("robots.txt", require_safe(crawlers.robots)),
    path(
        "sitemap.xml",
        require_safe(sitemaps.index),
        {"sitemaps": crawlers.SITEMAPS, "sitemap_url_name": "sitemap"},
    ),
    path("sitemap-<section>.xml", require_safe(sitemaps.sitemap), {"sitemaps": crawlers.SITEMAPS}, name="sitemap"),
    path("stars", require_safe(stars.starred)),
    path("stars/feed", require_safe(stars.starred), {"shape": Shape.FEED}),
    path("stars/export", require_safe(stars.starred), {"shape": Shape.EXPORT}),
    re_path(r"^(?P<branch>arxiv|venue)/star$", stars.star),
    re_path(r"^(?P<branch>arxiv|venue)/?$", require_safe(branches.index)),
    re_path(r"^arxiv/(?P<rest>.+)$", require_safe(branches.arxiv)),
    re_path(r"^venue/(?P<rest>.+)$", require_safe(branches.venue)),
    re_path(r"^papers/(?P<rest>.+)$", require_safe(branches.papers)),
    path("reading", require_safe(reading.reading)),
    path("reading/account", require_safe(reading.account)),
    path("reading/sync", reading.sync),
    path("sign-in", reading.SignIn.as_view()),
    path("sign-out", reading.SignOut.as_view()),
    re_path(r"^author/(?P<rest>.+)$", require_safe(branches.author)),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
