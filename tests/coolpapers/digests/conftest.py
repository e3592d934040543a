"""A site that sends mail, to a server of this machine, at an hour that the test sets."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.coolpapers.digests.postbox import Postbox
from tests.smtp import MailServer


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def postbox(server: MailServer, settings: Any, tmp_path: Any) -> Postbox:
    return Postbox(server, settings, tmp_path / "clock")
