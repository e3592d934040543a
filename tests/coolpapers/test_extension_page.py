"""/extension: the bookmark and the share target lead to /go of this site."""

import json
import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client

from coolpapers.packing import pack

pytestmark = pytest.mark.django_db


def test_the_bookmark_goes_to_this_site_with_the_pages_address(client: Client) -> None:
    page = client.get("/extension").content.decode()
    address = unescape(re.search(r'class="bookmark" href="([^"]+)"', page)[1])  # type: ignore[index]
    assert address == "javascript:location.href='http://testserver/go?url='+encodeURIComponent(location.href)"


def test_the_extension_can_be_taken_from_the_page_and_is_the_folders(client: Client) -> None:
    assert '<a href="/extension.zip" download>' in client.get("/extension").content.decode()
    answer = client.get("/extension.zip")
    assert answer["Content-Type"] == "application/zip"
    assert re.fullmatch(r'attachment; filename="cool-papers-[0-9.]+\.zip"', answer["Content-Disposition"])
    assert answer.content == pack(settings.BASE_DIR / "extension")


def test_a_host_that_is_not_ours_is_in_no_bookmark(client: Client) -> None:
    assert client.get("/extension", HTTP_HOST="evil.example'+alert(1)+'").status_code == 400


def test_a_phone_shares_with_go(client: Client, library: None) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    told = json.loads(answer.content)["share_target"]
    assert (told["action"], told["method"]) == ("/go", "GET")
    shared = {told["params"]["text"]: "Look: https://arxiv.org/abs/2606.10001", told["params"]["title"]: "A title"}
    assert client.get(told["action"], shared)["Location"] == "/arxiv/2606.10001"


def test_every_page_names_the_manifest_and_leads_here(client: Client) -> None:
    home = client.get("/").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in home
    assert 'href="/extension"' in home
