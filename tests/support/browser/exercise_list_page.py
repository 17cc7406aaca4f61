#!/usr/bin/env python3
"""The page of an exercise in a lab that has none: the list, easiest first (page.py has the command line)."""
import json
import subprocess
import sys

from page import drive


def check_list(page):
    page.open("#/exercise")
    page.browser.wait("the list", "return document.querySelectorAll('#exercises tbody tr').length > 0")
    own = json.loads(subprocess.run(f"{page.phonelab.split()[0]} exercise ls --json", shell=True, capture_output=True, text=True).stdout)["exercises"]
    rows = page.browser.js("return [...document.querySelectorAll('#exercises tbody tr')].map((row) => [row.querySelector('b').textContent,"
                           " row.children[1].textContent, row.querySelector('code').textContent])")
    assert rows == [[one["title"], str(one["level"]), f"phonelab exercise start {one['id']} --web"] for one in own], rows
    levels = [int(row[1]) for row in rows]
    assert levels == sorted(levels), levels
    assert not page.browser.js("return document.querySelector('form, .hints')"), "there is a form without an exercise"
    page.check_looks({"exercises": "#/exercise"})


sys.exit(drive((check_list,)))
