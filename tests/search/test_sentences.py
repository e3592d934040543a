"""What search tells readers is in the language of each, whoever asked the same before, and in English to programs."""

import logging

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext_lazy

from search.engines.base import EngineUnavailable
from search.sentences import one_after_another
from tests.factories import make_paper
from tests.search.meaning import hold

pytestmark = pytest.mark.django_db
BOTH = ("en", "zh-hans", "en")


def told(client: Client, query: str, language: str) -> str:
    return client.get("/search", {"query": query, "lang": language}).content.decode()


def test_results_that_are_kept_are_told_of_in_the_language_of_who_asks(client: Client, meaning: None) -> None:
    make_paper(title="A graph", authors=["J. Smith"])
    hold()
    pages = [told(client, "J Smith", language) for language in BOTH]
    assert ["Read as an author&#x27;s name, too: “J Smith”." in page for page in pages] == [True, False, True]
    assert ["也按作者姓名搜索：“J Smith”。" in page for page in pages] == [False, True, False]


def test_what_can_not_be_read_is_told_in_the_language_of_who_typed_it(client: Client, meaning: None) -> None:
    make_paper(title="A graph")
    hold()
    pages = [told(client, "graph date:2024-13", language) for language in BOTH]
    assert ["There is no 2024-13. The field is left out." in page for page in pages] == [True, False, True]
    assert ["没有 2024-13 这个日期。该字段已忽略。" in page for page in pages] == [False, True, False]


def test_a_missing_index_is_told_to_readers_in_their_language_and_to_programs_in_english(
    client: Client, meaning: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        page = client.get("/search", {"query": "graph"}, headers={"Accept-Language": "zh-CN"})
    assert "搜索索引尚未建立" in page.content.decode()
    assert page.headers["Search-Degraded"].startswith("The search index has not been built yet")
    assert "The search index has not been built yet" in caplog.text
    feed = client.get("/search/feed", {"query": "graph"}, headers={"Accept-Language": "zh-CN"})
    assert feed.headers["Search-Degraded"] == page.headers["Search-Degraded"]


def test_an_error_of_another_thread_is_a_sentence_of_who_reads_it() -> None:
    error = EngineUnavailable(one_after_another(gettext_lazy("Search is switched off on this site."), "N."))
    with translation.override("zh-hans"):
        assert str(error.sentence) == "本站已关闭搜索。N."
        assert str(error) == "Search is switched off on this site. N."
    assert str(error.sentence) == str(error)
