"""A headless Chromium, driven over its own protocol: enough to use a page as readers do."""

import json
import shutil
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import websocket

PROGRAM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_PATIENCE: Final = 120.0
_FLAGS: Final = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *("--disable-extensions", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-default-apps", "--remote-debugging-port=0"),
)
_KEYS: Final = {
    "Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowUp": 38, "ArrowRight": 39,
    "End": 35, "Home": 36, "PageDown": 34, " ": 32,
}  # fmt: skip


class Tab:
    """An open page.

    Attributes:
        requests: URLs that it requested, except for the page itself.
        complaints: What the browser reported: policy violations, script errors.
    """

    def __init__(self, socket: websocket.WebSocket, session: str) -> None:
        """Attach to a session."""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._socket = socket
        self._session = session
        self._number = 0
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Return the result of a command; record events until it arrives."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message | {"sessionId": self._session}))
        while True:
            heard: dict[str, Any] = json.loads(self._socket.recv())
            if heard.get("sessionId") == self._session and heard.get("id") == self._number:
                assert "error" not in heard, heard["error"]
                result: dict[str, Any] = heard["result"]
                return result
            self._note(heard.get("method", ""), heard.get("params", {}))

    def _note(self, method: str, told: dict[str, Any]) -> None:
        """Record what must not happen."""
        if method == "Network.requestWillBeSent" and told["type"] != "Document":
            self.requests.append(told["request"]["url"])
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(told["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"])[:400])

    def run(self, script: str) -> Any:
        """Return the value of an expression on the page; a promise is awaited."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true on the page."""
        end = time.monotonic() + _PATIENCE
        while not self.run(f"Boolean({condition})"):
            assert time.monotonic() < end, f"never: {condition}"
            time.sleep(0.02)

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file, and wait until its findings are visible."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=path.resolve().as_uri() + fragment)
        self.wait(
            "document.readyState === 'complete' && "
            "(document.documentElement.dataset.ready || !document.getElementById('explorer'))"
        )

    def look(self, width: int, height: int, **media: str) -> None:
        """View the page in a window of some size, with media features (`prefers-…`)."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        features = [{"name": key.replace("_", "-"), "value": each} for key, each in media.items()]
        self.call("Emulation.setEmulatedMedia", features=features)

    def press(self, key: str) -> None:
        """Press and release a key."""
        code = _KEYS.get(key, ord(key[0].upper()))
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        event = {"key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text: str) -> None:
        """Type a text into the focused element."""
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click the first element that matches a selector."""
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def text(self, selector: str) -> str:
        """Return the visible text of an element."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def busy(self) -> float:
        """Return the CPU seconds that the page's thread has used."""
        self.call("Performance.enable", timeDomain="threadTicks")
        metrics = self.call("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    def picture(self) -> bytes:
        """Return a screenshot as PNG."""
        return b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def paper(self) -> bytes:
        """Return the printed page as PDF."""
        return b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])


@contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """Start a browser with its files in a folder, and yield its only tab."""
    assert PROGRAM, "look at PROGRAM first"
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - a browser that shutil found
            [PROGRAM, *_FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"],
            stdout=log,
            stderr=log,
        )
    try:
        socket = websocket.create_connection(
            _address(folder / "profile"), timeout=_PATIENCE, suppress_origin=True
        )
        try:
            yield Tab(socket, _attach(socket))
        finally:
            socket.close()
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _address(profile: Path) -> str:
    """Return the address that the browser listens on, once it does."""
    file = profile / "DevToolsActivePort"
    end = time.monotonic() + _PATIENCE
    while not (file.exists() and file.read_text("utf-8").count("\n")):
        assert time.monotonic() < end, "Chromium did not start"
        time.sleep(0.05)
    port, path = file.read_text("utf-8").split()
    return f"ws://127.0.0.1:{port}{path}"


def _attach(socket: websocket.WebSocket) -> str:
    """Open a tab, and return the session for it."""

    def ask(number: int, method: str, **parameters: object) -> dict[str, Any]:
        socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (heard := json.loads(socket.recv())).get("id") != number:
            continue
        result: dict[str, Any] = heard["result"]
        return result

    target = ask(1, "Target.createTarget", url="about:blank")["targetId"]
    attached = ask(2, "Target.attachToTarget", targetId=target, flatten=True)
    return str(attached["sessionId"])
