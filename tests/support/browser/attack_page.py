#!/usr/bin/env python3
"""Open every page of a lab whose names are hostile, as far as links lead: nothing becomes active (page.py has the command line)."""
import re
import sys

from page import drive

PAGES = 60
HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f]")
# Elements that the pages never have, and attributes that run scripts.
ACTIVE = """return [...document.querySelectorAll("body *")].filter((one) => ["SCRIPT", "IMG", "OBJECT", "EMBED", "BASE"].includes(one.tagName)
    || one.matches("form[action]")
    || [...one.attributes].some(({name, value}) => name.startsWith("on") || /^\\s*(javascript|data|vbscript):/i.test(value)))
    .filter((one) => !one.closest("noscript")).map((one) => one.outerHTML.slice(0, 120))"""


def check_every_page(page):
    """Follow the links of the pages; each one shows the names as text."""
    waiting, seen, hostile = ["#/lab"], set(), 0
    while waiting and len(seen) < PAGES:
        place = waiting.pop(0)
        if place in seen:
            continue
        seen.add(place)
        page.open(place)
        assert page.browser.js("return window.owned === undefined"), f"{place}: a name became active"
        assert not page.browser.js(ACTIVE), f"{place}: {page.browser.js(ACTIVE)}"
        text = page.browser.js("return document.body.textContent")
        assert not HIDDEN.search(text), f"{place}: a control character: {HIDDEN.search(text).group()!r}"
        hostile += "owned=1" in text
        links = page.browser.js("""return [...document.querySelectorAll("a[href]")].map((one) => one.getAttribute("href"))""")
        waiting += [link for link in links if link.startswith("#/")]
    print(f"{len(seen)} pages, {hostile} with hostile names")
    assert hostile >= 2, f"only {hostile} of {sorted(seen)} show a hostile name"


sys.exit(drive([check_every_page]))
