"""Addresses of the site, in papers.cool's grammar (docs/architecture.md tells what each answers)."""

from django.urls import path, re_path

from coolpapers.pages import branches, errors, go, home
from coolpapers.pages.search import search

urlpatterns = [
    path("", home.home),
    path("search", search),
    path("search/feed", search, {"feed": True}),
    path("go", go.go),
    re_path(r"^(?P<branch>arxiv|venue)/?$", branches.index),
    re_path(r"^arxiv/(?P<rest>.+)$", branches.arxiv),
    re_path(r"^venue/(?P<rest>.+)$", branches.venue),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
