#!/usr/bin/env python3
"""What ci/bench-web measures of one lab: web.py PHONELAB LAB URL. Prints one JSON object."""
import json
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/support/browser"))
import webdriver  # noqa: E402  (the path of the line above)

REST_S = 10
BOOT_S = 300
# What the page shows of each step, as soon as a frame with it is drawn; and how late the browser's own timers are.
WATCH = """window.drawn = []; window.late = [];
const named = (rect) => rect.closest("tr").querySelector("a").textContent, number = (rect) => [...rect.parentNode.querySelectorAll("rect")].indexOf(rect) + 1;
new MutationObserver((list) => requestAnimationFrame((now) => {
    for (const {target} of list) if (target.tagName === "rect" && target.closest("tr")) drawn.push([now, named(target), number(target), target.getAttribute("class")]);
})).observe(document.querySelector("main"), {subtree: true, attributes: true, attributeFilter: ["class"]});
let due = performance.now() + 50;
setInterval(() => { const now = performance.now(); late.push(now - due); due = now + 50; }, 50);"""


class Bench:
    def __init__(self, phonelab, lab, url):
        self.lab, self.words = lab, [phonelab, "--lab", lab]
        found = subprocess.run(["pgrep", "-f", "--", f"--lab {lab} web$"], capture_output=True, text=True, check=True)
        self.server = int(found.stdout.split()[0])
        self.url = url

    def command(self, *words):
        done = subprocess.run(self.words + list(words), capture_output=True, text=True, timeout=120)
        if done.returncode > 1:
            raise SystemExit(f"phonelab {' '.join(words)}: {done.stderr}")
        return done.stdout

    def cost(self):
        """CPU of the server so far (ms), and how often it ran."""
        run, _, slices = pathlib.Path(f"/proc/{self.server}/schedstat").read_text().split()
        return int(run) / 1e6, int(slices)

    def rest(self):
        """CPU (ms) and wake-ups of the server while the lab rests."""
        before = self.cost()
        time.sleep(REST_S)
        after = self.cost()
        return {"cpu_ms": after[0] - before[0], "wakeups": after[1] - before[1], "seconds": REST_S}

    def ranges(self):
        """[(switch, "Gi1/0/1-42")]: the ports of the phones, per stack member."""
        status, found = json.loads(self.command("status", "--json")), {}
        for sw in status["switches"]:
            for port in sw["ports"]:
                if (port.get("device") or "").startswith("SEP"):
                    member, number = port["name"].rsplit("/", 1)
                    found.setdefault((sw["name"], member), []).append(int(number))
        return [(switch, f"{member}/{min(numbers)}-{max(numbers)}") for (switch, member), numbers in found.items()]

    def configure(self, line):
        for switch, ports in self.phone_ports:
            self.command("configure", switch, f"interface range {ports}", line)

    def events(self):
        """[(ms, phone, step, state)] of the ladder."""
        lines = (json.loads(line) for line in self.command("events", "--json").splitlines())
        return [(one["t"] / 1000, one["node"], one["step"], one["event"][5:]) for one in lines if one.get("event", "").startswith("step.") and one["node"].startswith("SEP")]

    def registered(self):
        return sum(phone["state"] == "registered" for phone in json.loads(self.command("status", "--json"))["phones"])

    def run(self):
        result = {"no_viewer": self.rest()}
        self.phone_ports = self.ranges()
        phones = len(json.loads(self.command("status", "--json"))["phones"])
        browser = webdriver.Browser()
        try:
            self.view(browser, phones, result)
        finally:
            browser.close()
        time.sleep(2)
        result["after_viewer"] = self.rest()
        return result

    def view(self, browser, phones, result):
        browser.open(self.url + "#/lab")
        browser.wait("all rows", "return document.querySelectorAll('.phones tbody tr').length === arguments[0] && performance.getEntriesByType('paint').length > 0", phones)
        result["first_paint_ms"] = browser.js("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
        time.sleep(2)
        result["one_viewer"] = self.rest()
        self.configure("power inline never")
        browser.wait("no phone has power", "return document.querySelectorAll('.phones tr.dark').length === arguments[0]", phones, seconds=60)
        # One clock: that of the browser counts from its own origin.
        before = time.monotonic()
        now = browser.js(WATCH + "return performance.now()")
        origin = (before + time.monotonic()) / 2 * 1000 - now
        started, cost = time.monotonic(), self.cost()
        self.configure("power inline auto")
        while self.registered() < phones and time.monotonic() < started + BOOT_S:
            time.sleep(0.5)
        time.sleep(3)
        after = self.cost()
        result["boot"] = {"cpu_ms": after[0] - cost[0], "seconds": time.monotonic() - started, "registered": self.registered(), "phones": phones}
        drawn, late = browser.js("return [drawn, late]")
        result["late_ms"] = percentiles(late)
        result.update(latencies([(at + origin, *rest) for at, *rest in drawn], [event for event in self.events() if event[0] >= started * 1000]))


def percentiles(values):
    cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else [0] * 99
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "most": max(values, default=0)}


def latencies(drawn, events):
    """From each event of a step to the first frame that shows it, or a later one of the same step."""
    shown, steps = {}, {}
    for at, phone, step, state in drawn:
        shown.setdefault((phone, step), []).append((at, state))
    for at, phone, step, state in events:
        steps.setdefault((phone, step), []).append((at, state))
    delays, missing = [], []
    for key, states in steps.items():
        for i, (at, state) in enumerate(states):
            later = {other for _, other in states[i:]}
            found = [when - at for when, other in shown.get(key, []) if when >= at and other in later]
            if found:
                delays.append(found[0])
            elif state != "pending":
                missing.append([*key, state])
    return {"events": len(delays), "not_shown": missing[:10], "event_to_page_ms": percentiles(delays)}


print(json.dumps(Bench(*sys.argv[1:]).run()))
