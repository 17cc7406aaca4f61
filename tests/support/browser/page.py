"""What the tests of the pages of a lab share: opening pages, running commands, checking looks."""
import os
import pathlib
import re
import subprocess
import sys

import webdriver

CHECKS = pathlib.Path(__file__).with_name("page_checks.js").read_text()
TAB, ENTER = "\ue004", "\ue007"


class Page:
    def __init__(self, url, phonelab, pictures):
        self.url, self.phonelab, self.pictures = url, phonelab, pictures
        self.browser = webdriver.Browser()

    def command(self, words):
        done = subprocess.run(f"{self.phonelab} {words}", shell=True, capture_output=True, text=True)
        assert done.returncode == 0, f"phonelab {words}: {done.stdout}{done.stderr}"

    def open(self, place):
        self.browser.open("about:blank")
        self.browser.open(self.url + place)
        self.browser.wait(f"{place} is live", "return document.getElementById('link')?.textContent === 'live'"
                          " && document.querySelector('main h1') !== null && document.querySelector('.reading') === null")

    def row(self, what, phone, script, seconds=60):
        """Wait for something in the row of a phone on the page of the lab; `row` in the script."""
        return self.browser.wait(what, "const row = [...document.querySelectorAll('.phones tbody tr')]"
                                 f".find((one) => one.querySelector('a').textContent === arguments[0]); return row && {script}", phone, seconds=seconds)

    def text(self, selector):
        return self.browser.js("return document.querySelector(arguments[0])?.textContent ?? ''", selector)


    def press(self, label, inside="main"):
        """Click the button with this text."""
        self.browser.wait(f"the button {label}", "const button = [...document.querySelectorAll(`${arguments[1]} button`)].find((one) =>"
                          " one.textContent.trim() === arguments[0] && !one.disabled); button?.click(); return button !== undefined", label, inside)

    def check_looks(self, places, prepare=lambda: None):
        """Pages {name: place} at both widths, light and dark: contrast, names, structure, no overflow. prepare: what to do on
        each page before."""
        for name, place in places.items():
            self.open(place)
            prepare()
            for width in (400, 1600):
                for dark in (False, True):
                    self.browser.size(width, 1000, dark)
                    complaints = self.browser.js(CHECKS)
                    assert not complaints, f"{place} at {width}, {'dark' if dark else 'light'}: {complaints}"
                    if self.pictures:
                        os.makedirs(self.pictures, exist_ok=True)
                        self.browser.picture(f"{self.pictures}/{name}-{width}-{'dark' if dark else 'light'}.png")
        self.browser.size(1600, 1000)


def drive(checks, accepted=r"/(show\?|fault/active)"):
    """Run the checks on the page of the command line: URL 'PHONELAB --lab LAB' [FOLDER FOR PICTURES]. accepted: requests that
    may fail. The exit status: 0 good; 1 a check failed; 77 a program is missing."""
    missing = webdriver.missing()
    if missing:
        print(f"{missing} is not installed; ci/deps test installs it")
        return 77
    page = Page(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
    try:
        for check in checks:
            try:
                check(page)
            except AssertionError as failed:
                print(f"{check.__name__}: {failed}")
                return 1
        errors = [entry for entry in page.browser.log() if entry["level"] == "SEVERE" and not re.search(accepted, entry["message"])]
        if errors:
            print(f"the console of the browser has errors: {errors}")
        return 1 if errors else 0
    finally:
        page.browser.close()
