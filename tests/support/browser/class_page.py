#!/usr/bin/env python3
"""The board of a class of ann and ben, both in quiet-day (page.py has the command line).

PHONELAB_CLASS: the file of the class. PHONELAB_SERVER: the process that serves the board."""
import csv
import io
import json
import os
import subprocess
import sys
import time

import replies
import webdriver
from page import drive

FILE, SERVER = os.environ["PHONELAB_CLASS"], os.environ["PHONELAB_SERVER"]
ROWS = "[...document.querySelectorAll('.board tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent))"


def board(page):
    program = page.phonelab.split()[0]
    return json.loads(subprocess.run([program, "exercise", "board", FILE, "--json"], capture_output=True, text=True).stdout)


def children():
    """Page faults of the children that the server has waited for: each process that it runs adds some."""
    with open(f"/proc/{SERVER}/stat", encoding="ascii") as file:
        return int(file.read().rsplit(")", 1)[1].split()[8])


def check_board(page):
    page.open("#/class")
    page.browser.wait("two rows", f"return {ROWS}.length === 2")
    rows = page.browser.js(f"return {ROWS}")
    assert [row[1] for row in rows] == ["ann", "ben"] and [row[5] for row in rows] == ["open", "open"], rows
    assert [row[4] for row in rows] == ["quiet-day", "quiet-day"] and [row[2] for row in rows] == ["0", "0"], rows
    page.check_looks({"class": "#/class"})


def check_live(page):
    """A hint and a check in the labs show without loading the page again."""
    page.open("#/class")
    page.browser.js("window.same = true")
    name, program = board(page)["class"], page.phonelab.split()[0]
    subprocess.run([program, "--lab", f"{name}-ann", "exercise", "hint"], capture_output=True, check=True)
    subprocess.run([program, "--lab", f"{name}-ben", "exercise", "check", "--component", "none", "--cause", "nothing"], capture_output=True, check=True)
    page.browser.wait("ben is first", f"const rows = {ROWS}; return rows[0][1] === 'ben' && rows[0][2] === '100' && rows[0][5] === 'finished'"
                      " && rows[1][7] === '1'", seconds=60)
    assert page.browser.js("return window.same") and page.text("#sum") == "1 of 2 finished", page.text("#sum")


def check_sort(page):
    page.press("Trainee")
    page.browser.wait("by trainee", f"return {ROWS}[0][1] === 'ann' && location.hash === '#/class?sort=trainee'")
    page.press("Trainee")
    page.browser.wait("by trainee, descending", f"return {ROWS}[0][1] === 'ben' && document.querySelector('[aria-sort=descending]').textContent === 'Trainee'")
    page.open("#/class?sort=hints&down=1")
    page.browser.wait("the sort of the link", f"return {ROWS}[0]?.[1] === 'ann'")


def check_csv(page):
    """The file has what `exercise board` prints."""
    assert page.browser.js("return document.querySelector('a[download]').getAttribute('href')") == "class.csv"
    rows = list(csv.DictReader(io.StringIO(replies.fetch(page.url + "class.csv"), newline="")))
    own = board(page)["board"]
    for row in rows + own:
        row.pop("seconds")  # of an exercise that goes on
    assert rows == [{key: str(value) for key, value in row.items()} for row in own] and len(rows) == 2, (rows, own)


def check_rest(page):
    """While somebody views, processes read the board; with nobody, none does."""
    before = children()
    deadline = time.monotonic() + 30 * webdriver.PATIENCE
    while children() == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert children() > before, "the board is not read while somebody views"
    page.browser.open("about:blank")
    still, since = children(), time.monotonic()
    while time.monotonic() < since + 5:  # twice the pause
        if children() != still:
            assert time.monotonic() < deadline, "the board is read while nobody views"
            still, since = children(), time.monotonic()
        time.sleep(0.1)


sys.exit(drive((check_board, check_live, check_sort, check_csv, check_rest)))
