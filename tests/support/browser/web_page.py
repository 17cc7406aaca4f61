#!/usr/bin/env python3
"""Drive the pages Lab, Switch and Phone (page.py has the command line).

The lab has four phones, 2001 to 2004 or the like; the first has a label that is markup, and a CDP neighbour has a hostile name."""
import re
import sys

from page import ENTER, TAB, drive

ONE, TWO = "SEP001122AABB01", "SEP001122AABB02"


def check_looks(page):
    page.check_looks({"lab": "#/lab", "phone": "#/phone/" + ONE, "switch": "#/switch/sw1/Gi1/0/1"})


def check_accessible_tree(page):
    """What a screen reader sees of the lab."""
    page.open("#/lab")
    nodes = page.browser.accessible_names()
    roles = {role for role, name in nodes}
    assert {"banner", "main", "navigation", "heading", "table", "status"} <= roles, roles
    assert ("image", "all 14 steps done") in nodes or ("img", "all 14 steps done") in nodes, [one for one in nodes if "steps" in one[1]]


def check_keyboard(page):
    """Tab leads from the skip link over the navigation to the phones; Enter opens a phone; the focus is visible."""
    page.open("#/lab")
    order = []
    for _ in range(20):
        page.browser.key(TAB)
        order.append(page.browser.js("const at = document.activeElement; return [at.id || at.textContent.trim(), getComputedStyle(at).outlineStyle]"))
    names = [name for name, _ in order]
    assert names[0] == "skip" and names[1] == "Lab" and "sw1" in names, names
    assert "q" in names and ONE in names and names.index("sw1") < names.index("q") < names.index(ONE), names
    assert all(outline != "none" for _, outline in order), order
    page.browser.js("[...document.querySelectorAll('.phones a')].find((one) => one.textContent === arguments[0]).focus()", ONE)
    page.browser.key(ENTER)
    page.browser.wait("Enter opens the phone", "return document.querySelector('h1').textContent === arguments[0] && document.activeElement.tagName === 'H1'", ONE)


def check_boot(page):
    """Unplug a phone on its page, and plug it in: it climbs the ladder before the eyes of the viewer."""
    page.open("#/phone/" + TWO)
    page.browser.wait("the ladder is done", "return document.querySelectorAll('.rung.done, .rung.skipped').length === 14")
    page.browser.js("""window.seen = new Set();
        new MutationObserver(() => seen.add([...document.querySelectorAll('.rung')].map((one) => one.className).join()))
            .observe(document.querySelector('.rungs'), {subtree: true, attributes: true, childList: true})""")
    page.browser.js("[...document.querySelectorAll('.actions button')].find((one) => one.textContent === 'Unplug').click()")
    page.browser.wait("the phone is dark", "return document.querySelector('.display.off') !== null")
    page.browser.js("[...document.querySelectorAll('.actions button')].find((one) => one.textContent === 'Plug in').click()")
    page.browser.wait("the phone is registered", "return document.querySelector('.lead').textContent.startsWith('registered')"
                      " && document.querySelectorAll('.rung.done, .rung.skipped').length === 14", seconds=60)
    assert page.browser.js("return seen.size") >= 2, "no step was seen"
    page.browser.js("document.querySelectorAll('.rung summary')[3].click()")
    page.browser.wait("the evidence of step 4", "return document.querySelectorAll('.rung')[3].textContent.includes('dhcp.ack')")
    assert "BOOT-running" in page.text("#console"), page.text("#console")[:300]
    assert "ITL" in page.text("#messages"), page.text("#messages")


def check_fault(page):
    """A fault shows with its step, first in the list, and with its cause; clearing it heals the phone."""
    page.open("#/lab")
    page.command(f"fault add no-voice-vlan --phone {TWO}")
    page.command(f"fault boot no-voice-vlan --phone {TWO}")
    page.row("step 4 has failed", TWO, "row.className === 'failed' && row.textContent.includes('4 dhcp failed') && row === row.parentNode.firstChild")
    # A phone that is in the midst of a retry is listed as booting: ask again then.
    page.browser.wait("the cause", "const button = [...document.querySelectorAll('aside button')].find((one) => one.textContent.startsWith('Explain'));"
                      " if (!button.disabled && !/step 4, dhcp/.test(document.querySelector('.answer').textContent)) button.click();"
                      " return /step 4, dhcp/.test(document.querySelector('.answer').textContent)"
                      " && document.querySelector('.answer').textContent.includes('voice VLAN')", seconds=60)
    page.command("fault clear")
    page.row("the phone has recovered", TWO, "row.className === 'registered'")
    page.open(f"#/lab?q={ONE}&show=registered")
    page.browser.wait("the filter of the link", "return document.querySelectorAll('.phones tbody tr').length === 1")


def check_hostile(page):
    """Markup, control characters and bidirectional overrides in names are text."""
    page.open("#/switch/sw1")
    page.browser.wait("the hostile neighbour", "return document.querySelector('main').textContent.includes('<script>owned=1</script>')")
    text = page.text("main")
    assert not re.search("[\u202a-\u202e\u0000-\u0008\u001b]", text), "a control character is in the page"
    page.open("#/phone/" + ONE)
    page.browser.wait("the hostile label on the display", "return document.querySelector('.display').textContent.includes('<img src=x')")
    page.open("#/phone/%3Cimg%20src=x%20onerror=owned=1%3E")
    page.open("#/switch/%3Cimg%20src=x%20onerror=owned=1%3E")
    page.browser.wait("an unknown switch", "return document.querySelector('main').textContent.includes('no such switch')")
    assert page.browser.js("return window.owned === undefined && !document.querySelector('main img, main script')"), "markup became active"


if __name__ == "__main__":
    sys.exit(drive((check_hostile, check_looks, check_accessible_tree, check_keyboard, check_boot, check_fault)))
