"""Chromium without a window, driven over its own protocol (--remote-debugging-
pipe): real keys, real media and sizes, and no package besides the browser."""

import base64
import fcntl
import json
import os
import select
import signal
import subprocess
import tempfile
import time

PROGRAM = "/usr/bin/chromium"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-zygote",
         "--disable-dev-shm-usage", "--disable-breakpad",
         "--disable-crash-reporter", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run",
         "--disable-extensions", "--hide-scrollbars", "--mute-audio",
         "--remote-debugging-pipe"]
KEYS = {"Tab": 9, "Enter": 13, " ": 32, "Escape": 27}


class Failed(Exception):
    """The page threw, or the browser refused a command."""


class Browser:
    """One browser with one page."""

    def __init__(self, folder, seconds=60):
        self.seconds = seconds
        self.number = 0
        self.events = []
        self.buffer = b""
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # Above 3 and 4, which the browser wants them as.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20)
                for fd in (theirs_in, theirs_out)]

        def in_place():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [PROGRAM, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(3, 4), preexec_fn=in_place, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": str(folder),
                 "TMPDIR": str(folder)})
        for fd in (theirs_in, theirs_out, *high):
            os.close(fd)
        self.read_fd, self.write_fd = ours_in, ours_out
        self.session = None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(it for it in targets if it["type"] == "page")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=page["targetId"])["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def close(self):
        os.close(self.write_fd)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(timeout=30)
        os.close(self.read_fd)

    def _next(self, until):
        """The next message, waited for until that time."""
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.read_fd], [], [], left)[0]:
                raise Failed("the browser does not answer")
            data = os.read(self.read_fd, 1 << 16)
            if not data:
                raise Failed("the browser has ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.write_fd, data):]
        until = time.monotonic() + self.seconds
        while True:
            message = self._next(until)
            if message.get("id") == self.number:
                if "error" in message:
                    raise Failed(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def open(self, path, fragment="", width=1280, height=900, dark=False,
             media=""):
        """Loads the file and waits until it is there."""
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=width < 600)
        self.media(media, dark)
        self._load("about:blank")
        self.events.clear()
        self._load(f"file://{path}{fragment}")

    def _load(self, url):
        loader = self.call("Page.navigate", url=url)["loaderId"]
        self.wait(lambda it: it["method"] == "Page.lifecycleEvent" and
                  it["params"]["loaderId"] == loader and
                  it["params"]["name"] == "load")

    def wait(self, wanted):
        """Waits for an event; it may have come already."""
        until = time.monotonic() + self.seconds
        while not any(map(wanted, self.events)):
            self.events.append(self._next(until))

    def media(self, media, dark):
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])

    def run(self, script):
        """What the script's last expression is; promises are waited for."""
        result = self.call("Runtime.evaluate", expression=script,
                           returnByValue=True, awaitPromise=True,
                           userGesture=True)
        if "exceptionDetails" in result:
            raise Failed(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def press(self, key, shift=False):
        """A key, as from the keyboard."""
        text = {"Enter": "\r", " ": " "}.get(key)
        common = {"key": key, "code": "Space" if key == " " else key,
                  "windowsVirtualKeyCode": KEYS[key],
                  "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common,
                  **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def screenshot(self, path, whole=False):
        data = self.call("Page.captureScreenshot", format="png",
                         captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF")["data"])

    def complaints(self):
        """What the page threw, what its policy refused, what it loaded."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(params["exceptionDetails"]))
            elif event["method"] == "Log.entryAdded":
                found.append(str(params["entry"]))
            elif event["method"] == "Network.requestWillBeSent":
                url = params["request"]["url"]
                if not url.startswith(("file:///", "about:")):
                    found.append(f"requests {url}")
        return found


def started():
    """A browser, and the folder of its own that ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="browser-",
                                         ignore_cleanup_errors=True)
    return folder, Browser(folder.name)
