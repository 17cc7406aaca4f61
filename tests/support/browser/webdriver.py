"""A small WebDriver client (W3C WebDriver, and the DevTools commands of chromedriver) for headless Chromium."""
import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

# As PATIENCE of tests/support/command.h: limits end a test that hangs, and never judge how fast the machine is.
PATIENCE = 6
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def missing():
    """What is not installed; "" if nothing is missing."""
    return " and ".join(name for name in ("chromium", "chromedriver") if not shutil.which(name))


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="phonelab-browser.")
        # Port 0: the driver chooses, and prints what it chose.
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = None
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                port = found.group(1)
                break
        if not port:
            raise RuntimeError("chromedriver does not start")
        self.root = f"http://127.0.0.1:{port}/session"
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                            "--disable-background-networking", "--disable-component-update", "--no-proxy-server",
                            f"--user-data-dir={self.folder}", "--window-size=1600,1000"], "binary": shutil.which("chromium")}
        reply = self._call("POST", "", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.root += "/" + reply["sessionId"]

    def _call(self, method, path, body=None):
        request = urllib.request.Request(self.root + path, method=method,
                                         data=json.dumps(body).encode() if body is not None else None)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60 * PATIENCE) as reply:
            return json.load(reply)["value"]

    def close(self):
        try:
            self._call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def js(self, script, *arguments):
        """The value of a script with `return`."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, what, script, *arguments, seconds=20):
        """Wait until the script returns something true, and return it."""
        end = time.monotonic() + seconds * PATIENCE
        while True:
            value = self.js(script, *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {seconds * PATIENCE} s; the page shows:\n" + self.js("return document.body.innerText")[:3000])
            time.sleep(0.05)

    def click(self, selector):
        element = self._call("POST", "/element", {"using": "css selector", "value": selector})
        self._call("POST", f"/element/{element[ELEMENT]}/click", {})

    def enter(self, selector):
        """What follows happens in a frame of the page, until leave()."""
        self._call("POST", "/frame", {"id": self._call("POST", "/element", {"using": "css selector", "value": selector})})

    def leave(self):
        self._call("POST", "/frame", {"id": None})

    def key(self, key):
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}]})

    def devtools(self, command, **parameters):
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width, height, dark=False):
        """The size of the page in CSS pixels, and its colour scheme."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def log(self):
        """What the console of the browser has: [{level, message}]."""
        return self._call("POST", "/se/log", {"type": "browser"})

    def accessible_names(self):
        """[(role, name)] of what assistive technology sees."""
        self.devtools("Accessibility.enable")
        nodes = self.devtools("Accessibility.getFullAXTree")["nodes"]
        return [(node.get("role", {}).get("value", ""), node.get("name", {}).get("value", "")) for node in nodes if not node.get("ignored")]

    def picture(self, path):
        with open(path, "wb") as out:
            out.write(base64.b64decode(self._call("GET", "/screenshot")))
