#!/usr/bin/env python3
"""Take the exercise two-desks, seed 7, to its mark on its page (page.py has the command line).

PHONELAB_TRAINEE: the name of the trainee, which is markup. PHONELAB_RESULTS: the file of results."""
import csv
import json
import os
import re
import subprocess
import sys
import time

import replies
import webdriver
from page import drive

RESULTS = os.environ["PHONELAB_RESULTS"]
FORM = "return document.querySelector('form.check') !== null"
seen = {}  # the replies during the exercise


def lab_json(page, words):
    done = subprocess.run(f"{page.phonelab} {words}", shell=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def set_answer(page, component, cause, choice):
    """Fill in the form; choice: the text of a choice of the cause, or "" for own words."""
    page.browser.js("""const [component, cause, choice] = arguments, form = document.querySelector('form.check');
        document.getElementById('component').value = component;
        document.getElementById('cause').value = cause;
        const label = [...form.querySelectorAll('.choice')].find((one) => one.textContent.trim() === (choice || 'In your own words'));
        label.firstChild.checked = true;""", component, cause, choice)


def check_ticket(page):
    page.open("#/exercise")
    page.browser.wait("the ticket", FORM)
    assert page.text("h1") == "Two dark phones", page.text("h1")
    assert "cleaning crew" in page.text(".lead"), page.text(".lead")
    assert page.browser.js("return document.querySelectorAll('.choice').length") == 7
    assert page.browser.js("return [...document.querySelectorAll('.tools a')].map((one) => one.getAttribute('href'))") == ["#/lab", "#/switch/sw1", "#/servers"]
    # The id of the exercise may tell the fault.
    assert "two-desks" not in page.browser.js("return document.documentElement.innerHTML")
    assert page.browser.js("return document.getElementById('exercises').hidden"), "the list is shown during an exercise"


def check_trainee(page):
    """The name is text, without its control characters."""
    shown = page.text("#about")
    assert "<img src=x onerror=owned=1>" in shown, shown
    assert not re.search("[\u202a-\u202e\u0000-\u0008\u001b]", shown), shown
    assert page.browser.js("return window.owned === undefined && !document.querySelector('main img')"), "markup became active"


def check_looks(page):
    page.check_looks({"exercise": "#/exercise"})


def check_hint(page):
    """A hint asks before, is shown with its price, and is there after the page is loaded again."""
    page.press("Take a hint")
    assert lab_json(page, "exercise show --json")["taken"] == 0, "a hint was taken before the question was answered"
    page.press("No")
    page.press("Take a hint")
    page.press("Yes, for 10 points")
    page.browser.wait("the hint", "return document.querySelectorAll('.hints li').length === 1")
    assert lab_json(page, "exercise show --json")["given"][0]["text"].replace("`", "") in page.text(".hints li")
    page.open("#/exercise")
    page.browser.wait("the hint after loading", "return document.querySelectorAll('.hints li').length === 1"
                      " && document.querySelector('#about').textContent.includes('Spent10 points')")


def check_replies(page):
    """Remember every reply of the server while the exercise is open."""
    phones = [phone["name"] for phone in lab_json(page, "status --json")["phones"]]
    seen.update(replies.collect(page.url, phones))
    assert any("Two dark phones" in text for text in seen.values()), "no reply has the ticket"
    assert any("interface GigabitEthernet1/0/5" in text for text in seen.values()), "no reply has the configuration"
    assert "dnsmasq" in seen["/follow"], seen["/follow"][:300]
    assert "event: board" in seen["/events"] and "event: events" in seen["/events"], seen["/events"][:300]


def repair(page):
    """Repair with the tools of the trainee; the port and the phone that were broken."""
    status = lab_json(page, "status --json")
    shut = [port["name"] for port in status["switches"][0]["ports"] if port.get("admin") == "down"]
    unplugged = [phone["name"] for phone in status["phones"] if phone["state"] == "dark" and not phone.get("port")]
    assert len(shut) == 1 and len(unplugged) == 1, (shut, unplugged)
    page.command(f'configure sw1 "interface {shut[0]}" "no shutdown"')
    page.command(f"plug {unplugged[0]}")
    return shut[0], unplugged[0]


def check_mark(page):
    """A check of a lab that differs costs points; the next one ends the exercise, with the mark that `exercise score` prints."""
    port, phone = repair(page)
    page.command('configure sw1 "interface Gi1/0/20" "shutdown"')
    set_answer(page, port, "", "the port is shut down")
    page.press("Check")
    page.browser.wait("the difference", "return document.querySelector('#result').textContent.includes('differs')", seconds=60)
    assert page.text("#result").count("switch sw1 differs") == 1, page.text("#result")
    page.browser.wait("the price", "return document.querySelector('#about').textContent.includes('Spent15 points')")
    seen["the page"] = page.browser.js("return document.documentElement.innerHTML")
    page.command('configure sw1 "interface Gi1/0/20" "no shutdown"')
    # The page is left during the check: the result is written all the same.
    set_answer(page, f"{port}, {phone}", "the port is shut down, the cable is unplugged", "")
    page.press("Check")
    page.browser.wait("the check has begun", "return document.querySelector('main').textContent.includes('is being checked')")
    page.open("#/exercise")
    page.browser.wait("the mark", "return document.querySelector('.points b') !== null", seconds=60)
    points = page.text(".points b")
    page.browser.wait("the list", "return !document.getElementById('exercises').hidden")
    assert points == "85" and "passed" in page.text(".points") and "not passed" not in page.text(".points"), page.text(".points")
    assert [row["points"] for row in wait_for_rows(2)] == ["0", points]
    printed = subprocess.run([page.phonelab.split()[0], "exercise", "score", "--json", "--csv", RESULTS], capture_output=True, text=True).stdout
    last = json.loads(printed.splitlines()[-1])
    assert (last["points"], last["hints"], last["attempts"]) == (points, "-10", "-5"), last
    assert last["trainee"].startswith("<img src=x"), last


def wait_for_rows(n):
    """The rows of results, once there are n."""
    deadline = time.monotonic() + 20 * webdriver.PATIENCE
    while True:
        with open(RESULTS, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if len(rows) >= n:
            return rows
        assert time.monotonic() < deadline, rows
        time.sleep(0.1)


def check_secrets(page):
    """What only the finished exercise reports was in no reply before."""
    state = json.loads(replies.fetch(page.url + "exercise"))
    result, parts = state["result"], state["result"]["parts"]
    assert state["phase"] == "closed" and len(parts) == 2, state
    titles = {part["title"] for part in parts}
    ids = [fault["id"] for fault in lab_json(page, "fault ls --json")["faults"] if fault["title"] in titles]
    assert len(ids) == 2, (ids, titles)
    secrets = ids + [state["exercise"]["id"], result["explanation"]] + [part[key] for part in parts for key in ("title", "what", "find", "repair")]
    for path, text in seen.items():
        for secret in secrets:
            assert secret not in text and json.dumps(secret, ensure_ascii=False)[1:-1] not in text, f"{path} reveals: {secret}"
    shown = page.text("#result").replace("`", "")
    for secret in (part[key] for part in parts for key in ("title", "what", "find", "repair")):
        assert secret.replace("`", "") in shown, f"the finished exercise does not explain: {secret}"


def check_next(page):
    """After the mark: the next exercise, as a command for this lab."""
    name = page.phonelab.split()[-1]
    page.browser.wait("the list", "return !document.getElementById('exercises').hidden")
    assert f"phonelab --lab {name} exercise new dark-desk" in page.text("#exercises"), page.text("#exercises")[:300]
    page.check_looks({"exercise-mark": "#/exercise"})


sys.exit(drive((check_ticket, check_trainee, check_looks, check_hint, check_replies, check_mark, check_secrets, check_next)))
