#!/usr/bin/env python3
"""Drive the message sequence and the own web page of a phone (page.py has the command line).

The first phone has sent a CDP frame and a SIP message with hostile texts, and its configuration has a label that is markup."""
import re
import subprocess
import sys
import tempfile
import urllib.request

from page import drive

ONE = "SEP001122AABB01"
DOWN, END = "\ue015", "\ue010"
ROWS = """return [...document.querySelectorAll('#sequence .arrow')].map((one) => ({number: +one.id.slice(6), name: one.ariaLabel,
    protocol: one.querySelector('.protocol').textContent, says: one.querySelector('.says').textContent}))"""
FRAME = "document.querySelector('#sequence .frame')"


def tick(page, label):
    page.browser.js("[...document.querySelectorAll('#sequence label')].find((one) => one.textContent.includes(arguments[0])).click()", label)


def fetch(page, target):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(page.url + target, timeout=60) as reply:
        return reply.read()


def tshark(capture, wanted, fields, *more):
    """[[number, field, ...], ...] of the frames, as tshark reads them, with the number of our comment; of a field that occurs several
    times the first."""
    words = ["tshark", "-r", capture, "-Y", wanted, "-T", "fields", "-E", "occurrence=f"] + [word for field in ["frame.comment"] + fields for word in ("-e", field)]
    done = subprocess.run(words + list(more), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [[re.match(r"frame (\d+)", row[0]).group(1)] + row[1:] for row in rows]


def of(rows, protocol, pattern):
    """[[number, match], ...] of the rows of a protocol whose summary matches."""
    found = [(row["number"], re.match(pattern, row["says"])) for row in rows if row["protocol"] == protocol]
    return [[str(number), match.group(1)] for number, match in found if match]


def check_boot(page):
    """Reset a phone on its page: the boot that was watched is there as arrows, and the capture that is downloaded has the same."""
    page.open("#/phone/" + ONE)
    page.browser.wait("the ladder is done", "return document.querySelectorAll('.rung.done, .rung.skipped').length === 14")
    page.press("Unplug")
    page.browser.wait("the phone is dark", "return document.querySelector('.display.off') !== null")
    page.press("Plug in")
    page.browser.wait("the phone is registered", "return document.querySelector('.lead').textContent.startsWith('registered')"
                      " && document.querySelectorAll('.rung.done, .rung.skipped').length === 14", seconds=60)
    page.browser.wait("the sequence shows the whole boot", "return [...document.querySelectorAll('#sequence .says')].some((one) => one.textContent.includes('Ringlist'))")
    names = [row["name"] for row in page.browser.js(ROWS)]
    wanted = [r"cdp, Switch to phone", r"dhcp, phone to DHCP: DISCOVER.*step 4", r"dhcp, DHCP to phone: OFFER", r"dhcp, phone to DHCP: REQUEST",
              r"dhcp, DHCP to phone: ACK", r"http, phone to Files: GET CTLSEP", r"http, phone to Files: GET SEP001122AABB01.cnf.xml.*step 7",
              r"http, Files to phone: 200", r"sip, phone to Call manager: REGISTER.*step 11", r"sip, Call manager to phone: 200 OK \(REGISTER\)"]
    at = 0
    for pattern in wanted:
        found = next((i for i in range(at, len(names)) if re.search(pattern, names[i])), None)
        assert found is not None, f"{pattern} is not in order in {names}"
        at = found


def check_capture(page):
    """tshark reads the capture, and finds the same messages in the same frames."""
    page.open("#/phone/" + ONE)
    page.browser.wait("the sequence", "return document.querySelectorAll('#sequence .arrow').length > 20")
    tick(page, "Every frame")
    tick(page, "Earlier boots")
    target = page.browser.js("return document.querySelector('.download').getAttribute('href')")
    assert page.browser.js("return document.querySelector('.download').download") == ONE + ".pcapng"
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
        file.write(fetch(page, target))
        file.flush()
        rows = page.browser.js(ROWS)
        # Meanwhile there may be newer frames, and the oldest may have left the recording.
        first, last = int(tshark(file.name, "frame", [])[0][0]), rows[-1]["number"]
        rows = [row for row in rows if row["number"] >= first]
        upto = lambda frames: [frame for frame in frames if int(frame[0]) <= last]
        assert [[str(row["number"])] for row in rows] == upto(tshark(file.name, "frame", [])), "frames are missing in the page or in the capture"
        types = {"1": "DISCOVER", "2": "OFFER", "3": "REQUEST", "5": "ACK"}
        dhcp = [[number, types.get(kind, kind)] for number, kind in upto(tshark(file.name, "dhcp", ["dhcp.option.dhcp"]))]
        assert of(rows, "dhcp", r"(\S+)") == dhcp and len(dhcp) >= 4, (of(rows, "dhcp", r"(\S+)"), dhcp)
        sip = upto(tshark(file.name, "sip.Method", ["sip.Method"]))
        assert of(rows, "sip", r"([A-Z]+) ") == sip and ["REGISTER"] == sorted({one[1] for one in sip} & {"REGISTER"}), (of(rows, "sip", r"([A-Z]+) "), sip)
        answers = upto(tshark(file.name, "sip.Status-Code", ["sip.Status-Code"]))
        assert of(rows, "sip", r"(\d{3}) ") == answers and answers, (of(rows, "sip", r"(\d{3}) "), answers)
        alone = ("-d", "tcp.port==6970,http", "-o", "tcp.desegment_tcp_streams:FALSE")
        files = [[number, uri.split("/", 1)[1]] for number, uri in upto(tshark(file.name, "http.request", ["http.request.uri"], *alone))]
        assert of(rows, "http", r"GET (\S+)") == files and files, (of(rows, "http", r"GET (\S+)"), files)
        codes = upto(tshark(file.name, "http.response", ["http.response.code"], *alone))
        assert of(rows, "http", r"(\d{3}) for") == codes and codes, (of(rows, "http", r"(\d{3}) for"), codes)
        asked = upto(tshark(file.name, "tftp.opcode == 1", ["tftp.source_file"]))
        assert of(rows, "tftp", r"RRQ (\S+)") == asked, (of(rows, "tftp", r"RRQ (\S+)"), asked)


def check_frame(page):
    """The arrow keys move through the frames; a frame shows its decode and its octets."""
    page.open("#/phone/" + ONE)
    page.browser.wait("the sequence", "return document.querySelectorAll('#sequence .arrow').length > 20")
    page.browser.js("document.querySelector('#sequence .arrows').focus()")
    page.browser.key(DOWN)
    page.browser.wait("the first frame", f"return {FRAME}.querySelector('pre') !== null")
    page.browser.js("""[...document.querySelectorAll('#sequence .arrow')].find((one) => one.textContent.includes('DISCOVER')).click()""")
    page.browser.wait("the decode of DISCOVER", f"return /type.?discover/.test({FRAME}.textContent) && {FRAME}.textContent.includes('client_mac')")
    text = page.text("#sequence .frame pre")
    assert "ff ff ff ff ff ff 00 11" in text and "0000  " in text and '"' in text, text
    before = page.browser.js("return document.querySelector('[aria-selected=true]').id")
    page.browser.key(DOWN)
    page.browser.wait("the next frame", "const list = document.querySelector('#sequence .arrows'), at = document.querySelector('[aria-selected=true]');"
                      " return at.id !== arguments[0] && list.getAttribute('aria-activedescendant') === at.id && at.previousSibling.id === arguments[0]", before)
    roles = page.browser.accessible_names()
    assert ("listbox" in {role for role, _ in roles}) or ("listBox" in {role for role, _ in roles}), {role for role, _ in roles}
    assert any("phone to DHCP: DISCOVER" in name for _, name in roles), [name for _, name in roles if "DISCOVER" in name]


def check_hostile(page):
    """Markup and control characters in frames are text: in the sequence, in the decode, among the octets."""
    page.open("#/phone/" + ONE)
    page.browser.wait("the sequence", "return document.querySelectorAll('#sequence .arrow').length > 20")
    tick(page, "Earlier boots")
    for what in ("<script>owned=1</script>", "<img src=x onerror=owned=1"):
        page.browser.wait(what, "const row = [...document.querySelectorAll('#sequence .arrow')].find((one) => one.textContent.includes(arguments[0])); row?.click(); return !!row", what)
        page.browser.wait(f"the decode of {what}", f"return {FRAME}.querySelector('dl')?.textContent.includes(arguments[0])", what)
    assert not re.search("[\u202a-\u202e\u0000-\u0008\u001b]", page.text("main")), "a control character is in the page"
    assert page.browser.js("return window.owned === undefined && !document.querySelector('main img, main script')"), "markup became active"


def check_own_page(page):
    """The phone's own page is in a frame that runs no script and reaches nothing but the pages of the phone."""
    browser = page.browser
    page.open("#/phone/" + ONE)
    browser.wait("the section", "const summary = document.querySelector('#own-page summary'); summary?.click(); return summary !== null")
    browser.wait("the frame", "return document.querySelector('iframe') !== null")
    assert browser.js("const frame = document.querySelector('iframe'); return frame.getAttribute('sandbox') === '' && frame.contentDocument === null")
    browser.enter("iframe")
    browser.wait("the page of the phone", "return document.body.textContent.includes(arguments[0]) && document.querySelector('img')?.naturalWidth > 0", ONE)
    assert browser.js("return self.origin") == "null"
    assert browser.js("""const script = document.createElement('script'); script.textContent = 'owned = 1'; document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<svg onload="owned = 2"></svg><img src="x" onerror="owned = 3">');
        return window.owned === undefined""")
    browser.wait("the page of the lab is out of reach", "try { parent.document.title; return false; } catch { return true; }")
    assert browser.js("return fetch('events').then(() => 'read', () => 'refused')") == "refused"
    # No handler of an event runs here: ask the picture itself.
    browser.js("const one = new Image(); one.id = 'probe'; one.src = 'icon.svg'; document.body.append(one)")
    browser.wait("the answer to a picture of the lab", "return document.getElementById('probe').complete")
    assert browser.js("return document.getElementById('probe').naturalWidth") == 0, "the frame reads a file of the lab"
    browser.js("[...document.querySelectorAll('a')].find((one) => one.textContent.toLowerCase() === 'network setup').click()")
    browser.wait("a link inside", "return document.querySelector('h2')?.textContent.toLowerCase() === 'network setup' && document.body.textContent.includes('10.110.0.')", seconds=30)
    assert browser.js("return window.owned === undefined")
    browser.leave()
    assert browser.js("return window.owned === undefined")


def check_looks(page):
    def prepare():
        page.browser.wait("the sequence", "return document.querySelectorAll('#sequence .arrow').length > 20")
        page.browser.js("document.querySelector('#own-page summary').click();"
                        "[...document.querySelectorAll('#sequence .arrow')].find((one) => one.textContent.includes('ACK for')).click()")
        page.browser.wait("the frame", f"return {FRAME}.querySelector('pre') !== null")
        page.browser.js("document.querySelector('#sequence').scrollIntoView()")
    page.check_looks({"sequence": "#/phone/" + ONE}, prepare)


# What check_own_page tries is refused, and the browser reports it.
sys.exit(drive((check_boot, check_capture, check_frame, check_hostile, check_own_page, check_looks), accepted=r"/show\?|events|icon\.svg|phone-page|Blocked script|Content Security Policy|/x |/x$"))
