"""A Firefox driven by Marionette, its own protocol: `<length>:[0, number, command, parameters]` over TCP, answered by
`<length>:[1, number, error, result]`. Unlike WebDriver it runs scripts in the browser's own windows too, so that the
menu is the real one.
"""

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Self

from tests.e2e.conftest import free_port
from tests.instance import wait_for
from tests.programs import require_program

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how WebDriver names an element


class Refused(Exception):
    """What Firefox says went wrong."""


class Firefox:
    """A browser with a profile and a home of its own. Other hosts than this one are asked through port `proxy`."""

    def __init__(self, profile: Path, proxy: int) -> None:
        self.marionette, self.number = free_port(), 0
        prefs: dict[str, object] = {
            "marionette.port": self.marionette,
            "network.proxy.type": 1,
            "network.proxy.http": "127.0.0.1",
            "network.proxy.http_port": proxy,
            "network.proxy.ssl": "127.0.0.1",
            "network.proxy.ssl_port": 9,  # nobody
            "dom.security.https_first": False,
            "app.update.enabled": False,
            "browser.safebrowsing.update.enabled": False,
            "network.captive-portal-service.enabled": False,
            "network.connectivity-service.enabled": False,
            "services.settings.server": "http://127.0.0.1:9/",
            "datareporting.policy.dataSubmissionEnabled": False,
            "toolkit.telemetry.enabled": False,
        }
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in prefs.items())
        (profile / "user.js").write_text("".join(lines))
        self.log = (profile / "firefox.log").open("wb")
        options = ["--headless", "--no-remote", "--marionette", "--remote-allow-system-access"]
        command = [require_program("firefox"), *options, "--profile", str(profile)]
        own = os.environ | {"HOME": str(profile)}
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=own)
        try:
            self.connection = self._connect(60)
            self.send("WebDriver:NewSession", capabilities={"alwaysMatch": {"unhandledPromptBehavior": "ignore"}})
        except BaseException:
            self.close()
            raise

    def _connect(self, seconds: float) -> socket.socket:
        deadline = time.monotonic() + seconds
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", self.marionette), timeout=60)
                self.stream = connection.makefile("rb")
                self._receive()  # its greeting
                return connection
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            read = self.stream.read(1)
            if not read:
                raise ConnectionError("Firefox has ended")
            length += read
        return json.loads(self.stream.read(int(length[:-1])))

    def send(self, command: str, **parameters: Any) -> Any:
        self.number += 1
        message = json.dumps([0, self.number, command, parameters]).encode()
        self.connection.sendall(str(len(message)).encode() + b":" + message)
        _kind, _number, error, result = self._receive()
        if error:
            raise Refused(f"{command}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and result.keys() == {"value"} else result

    def run(self, script: str, *values: Any) -> Any:
        """What the script returns, in the page."""
        return self.send("WebDriver:ExecuteScript", script=script, args=list(values), sandbox=None, newSandbox=True)

    def run_to_the_end(self, script: str, *values: Any) -> Any:
        """What the script hands to its last argument, after a while, in the page."""
        return self.send(
            "WebDriver:ExecuteAsyncScript", script=script, args=list(values), sandbox=None, newSandbox=True
        )

    def run_in_browser(self, script: str, *values: Any) -> Any:
        """What the script returns or, after a while, hands to its last argument, in the browser's window."""
        self.send("Marionette:SetContext", value="chrome")
        try:
            return self.send("WebDriver:ExecuteAsyncScript", script=script, args=list(values), newSandbox=True)
        finally:
            self.send("Marionette:SetContext", value="content")

    def go(self, address: str) -> None:
        self.send("WebDriver:Navigate", url=address)

    @property
    def address(self) -> str:
        return str(self.send("WebDriver:GetCurrentURL"))

    def find(self, selector: str) -> dict[str, str]:
        found = self.send("WebDriver:FindElement", using="css selector", value=selector)
        assert isinstance(found, dict)
        return found

    def click(self, selector: str) -> None:
        self.send("WebDriver:ElementClick", id=self.find(selector)[ELEMENT])

    def fill(self, selector: str, text: str) -> None:
        element = self.find(selector)[ELEMENT]
        self.send("WebDriver:ElementClear", id=element)
        self.send("WebDriver:ElementSendKeys", id=element, text=text)

    def right_click(self, selector: str) -> None:
        """The mouse's other button, for real."""
        move = {"type": "pointerMove", "origin": self.find(selector), "x": 0, "y": 0}
        press = [{"type": kind, "button": 2} for kind in ("pointerDown", "pointerUp")]
        actions = [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move, *press]}
        ]
        self.send("WebDriver:PerformActions", actions=actions)

    def tabs(self) -> list[str]:
        return list(self.send("WebDriver:GetWindowHandles"))

    def switch(self, tab: str) -> None:
        self.send("WebDriver:SwitchToWindow", handle=tab, focus=True)

    def new_tab(self, before: list[str]) -> str:
        """The tab that is opened now and was not among those before."""
        wait_for("a tab is opened", lambda: len(self.tabs()) > len(before), 20)
        return next(tab for tab in self.tabs() if tab not in before)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        if hasattr(self, "connection"):
            self.stream.close()
            self.connection.close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)
        self.log.close()
