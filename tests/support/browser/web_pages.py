#!/usr/bin/env python3
"""Drive the pages Servers, Faults and Runs, and the configuration lines of a switch (page.py has the command line).

The lab has the servers dhcp and tftp, the call manager cucm, and the phones 1001 to 1003; the folder of evidence has one run, whose name
is in PHONELAB_RUN."""
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

from page import drive

ONE, TWO = "SEP001122AABB01", "SEP001122AABB02"
RUN = os.environ["PHONELAB_RUN"]
MARKUP = "<img src=x onerror=owned=1>"

# From inside the node dhcp: a TFTP read request, an HTTP request and a REGISTER, each with a hostile name, and a DISCOVER with a hostile
# host name and vendor class. The call manager takes the User-Agent into its table.
HOSTILE = r'''
import os, socket, sys, time
MARKUP, files, manager = sys.argv[1].encode(), sys.argv[2], sys.argv[3]
evil = MARKUP + b"\x1b]0;x\x07\xe2\x80\xae"
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.settimeout(20)
udp.sendto(b"\0\1" + evil + b"\0octet\0", (files, 69))
assert udp.recv(600)[:2] == b"\0\5"
http = socket.create_connection((files, 6970), 20)
http.sendall(b"GET /" + MARKUP.replace(b" ", b"%20") + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
assert b" 404 " in http.recv(600)
me = socket.create_connection((manager, 5060), 20)
own = me.getsockname()
me.sendall((f"REGISTER sip:{manager} SIP/2.0\r\nVia: SIP/2.0/TCP {own[0]}:{own[1]};branch=z9hG4bKhostile\r\n"
            f"From: <sip:1003@{manager}>;tag=a\r\nTo: <sip:1003@{manager}>\r\nCall-ID: hostile\r\nCSeq: 101 REGISTER\r\nMax-Forwards: 70\r\n"
            f'Contact: <sip:b@{own[0]}:{own[1]};transport=tcp>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-001122aabb03>"'
            ';+u.sip!devicename.ccm.cisco.com="SEP001122AABB03";+u.sip!model.ccm.cisco.com="36224"\r\n'
            f"User-Agent: {MARKUP.decode()}\r\nExpires: 120\r\nContent-Length: 0\r\n\r\n").encode())
got = b""
while b"200 OK" not in got:
    part = me.recv(4000)
    assert part, got
    got += part
option = lambda code, value: bytes([code, len(value)]) + value
discover = (b"\1\1\6\0\1\2\3\4\0\0\x80\0" + bytes(16) + b"\2\0\0\0\0\x66" + bytes(202) + b"\x63\x82\x53\x63" + option(53, b"\1") + option(12, evil)
            + option(60, evil) + b"\xff")
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
out.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
out.bind(("", 68))
out.sendto(discover, ("255.255.255.255", 67))
# The binding is there as long as its connection: somebody keeps it open, at most until the lab ends.
if os.fork() == 0:
    os.setsid()
    for fd in range(3):
        os.close(fd)
    time.sleep(1800)
    os._exit(0)
'''


def words(page, *arguments):
    """The output of a command of phonelab with these arguments, and its status."""
    done = subprocess.run([*page.phonelab.split(), *arguments], capture_output=True, text=True)
    return done.stdout, done.returncode


def inside(page, node, *arguments):
    output, status = words(page, "exec", node, "--", *arguments)
    assert status == 0, f"{node}: {arguments}: {output}"
    return output


def status_of(page):
    return json.loads(words(page, "status", "--json")[0])


def set_value(page, selector, value):
    page.browser.js("const input = document.querySelector(arguments[0]); input.value = arguments[1];"
                    " input.dispatchEvent(new Event('input')); input.dispatchEvent(new Event('change'))", selector, value)


def check_looks(page):
    page.check_looks({"servers": "#/servers", "dhcp": "#/servers/dhcp", "files": "#/servers/tftp", "call-manager": "#/servers/cucm", "faults": "#/faults",
                      "runs": "#/runs", "run": "#/runs/" + RUN, "configure": "#/switch/sw1"})


def check_leases(page):
    """The table shows the lines of the lease file of dnsmasq, as the server has them."""
    page.open("#/servers/dhcp")
    lines = [line.split() for line in inside(page, "dhcp", "cat", "/run/phonelab/dhcp/leases").splitlines()]
    assert len(lines) == 3, lines
    page.browser.wait("all leases", "return document.querySelectorAll('table tbody tr').length === 4")
    rows = page.browser.js("return [...document.querySelectorAll('main .panel')].find((one) => one.textContent.startsWith('Leases')).innerText")
    for _, mac, address, name, client in lines:
        assert re.search(rf"{re.escape(address)}\s+{mac}\s+{name}\s+[\d:]+\s+{client}", rows), (address, rows)


def check_location(page):
    """The table of the call manager is Kamailio's own, and follows it: what another client registers appears."""
    page.open("#/servers/cucm")
    page.browser.wait("three bindings", "return document.querySelector('main').textContent.includes('3 bindings')")
    dump = inside(page, "cucm", "kamcmd", "-s", "unix:/run/phonelab/cucm/cucm/ctl", "ul.dump", "brief")
    contacts = page.browser.js("return [...document.querySelectorAll('.wide')].at(-1).innerText")
    for contact in re.findall(r"sip:[\w.-]+@[\d.]+:\d+", dump):
        assert contact in contacts, (contact, contacts)


def check_hostile(page):
    """Markup, control characters and bidirectional overrides that servers have logged are text."""
    address = {one["name"]: one["address"] for one in status_of(page)["services"]}
    page.command("unplug SEP001122AABB03")  # its next REGISTER would replace the hostile one
    inside(page, "dhcp", "python3", "-c", HOSTILE, MARKUP, address["tftp"], address["cucm"])
    places = {"tftp": ("Files by TFTP", "tftp.log"), "cucm": ("Location table", "cucm.log"), "dhcp": ("Leases", "dhcp.log")}
    for node, (title, log) in places.items():
        page.open("#/servers/" + node)
        page.browser.wait(f"the log {log}", "return document.querySelector('.log').textContent.length > 100")
        if node != "dhcp":
            page.browser.wait(f"the hostile name in {title}", "return [...document.querySelectorAll('main .panel')].find((one) =>"
                              " one.textContent.startsWith(arguments[0])).querySelector('table')?.textContent.includes(arguments[1])", title, MARKUP)
        if node != "cucm":
            page.browser.wait("the hostile name in the log", "return document.querySelector('.log').textContent.includes(arguments[0])", MARKUP)
        text = page.text("main")
        assert not re.search("[\u202a-\u202e\u0000-\u0008\u001b]", text), f"a control character is on the page of {node}"
        assert page.browser.js("return window.owned === undefined && !document.querySelector('main img, main script')"), "markup became active"


def check_log_follows(page):
    """The log and the requests grow while they are viewed, and the log stays at its end."""
    page.open("#/servers/tftp")
    page.browser.wait("the log", "return document.querySelector('.log').textContent.includes('TFTP root')")
    address = next(one["address"] for one in status_of(page)["services"] if one["name"] == "tftp")
    inside(page, "dhcp", "python3", "-c", "import socket, sys\nudp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nudp.settimeout(20)\n"
           "for i in range(60):\n    udp.sendto(b'\\0\\1grown-%d.xml\\0octet\\0' % i, (sys.argv[1], 69)); udp.recv(600)", address)
    page.browser.wait("the newest line", "return document.querySelector('.log').textContent.includes('grown-59.xml')")
    page.browser.wait("the newest request is first", "return [...document.querySelectorAll('.requests')].at(-1).querySelector('tbody tr').textContent.includes('grown-59.xml')")
    assert page.browser.js("const log = document.querySelector('.log'); return log.scrollHeight > log.clientHeight"
                           " && log.scrollTop + log.clientHeight >= log.scrollHeight - 4"), "the log does not stay at its end"


def check_stop(page):
    """Stop and start on the page: the programs are gone, and there again."""
    page.open("#/servers")
    for name, pattern in (("cucm", "kamailio -f"), ("dhcp", "dhcp/dnsmasq.conf")):
        running = "pgrep -f '[%s]%s' | wc -l" % (pattern[0], pattern[1:])
        state = ("return [...document.querySelectorAll('.programs tbody tr')].find((one) => one.querySelector('th').textContent === arguments[0])"
                 ".cells[3].textContent === arguments[1]")
        press = "document.querySelector(`[aria-label='${arguments[1]} ${arguments[0]}']`).click()"
        assert int(inside(page, "dhcp", "sh", "-c", running)) >= 1, name
        page.browser.js(press, name, "Stop")
        page.browser.wait(f"{name} is stopped", state, name, "stopped")
        assert int(inside(page, "dhcp", "sh", "-c", running)) == 0, f"{name} still runs"
        page.browser.js(press, name, "Start")
        page.browser.wait(f"{name} runs", state, name, "running")
        assert int(inside(page, "dhcp", "sh", "-c", running)) >= 1, f"{name} does not run"


def check_configure(page):
    """Lines are applied in their order; the reply of the switch stands at the line that it rejects."""
    page.open("#/switch/sw1/Gi1/0/20")
    page.browser.wait("the form begins with the port", "return document.querySelector('#lines').value === 'interface Gi1/0/20\\n'")
    set_value(page, "#lines", "interface Gi1/0/20\ndescription from-the-page\nno such " + MARKUP + "\nswitchport access vlan 110\n")
    page.press("Apply", ".configure")
    page.browser.wait("a row per line", "return document.querySelectorAll('.lines li').length === 4")
    rows = page.browser.js("return [...document.querySelectorAll('.lines li')].map((one) => one.className)")
    assert rows == ["accepted", "accepted", "refused", "accepted"], rows
    assert "Invalid input" in page.text(".lines .refused") and MARKUP in page.text(".lines .refused")
    running = words(page, "show", "sw1", "running-config", "interface", "Gi1/0/20")[0]
    assert "description from-the-page" in running and "switchport access vlan 110" in running, running
    page.browser.wait("the port is read again", "return document.querySelector('.outputs').textContent.includes('from-the-page')")


def active_faults(page):
    return [one["id"] for one in json.loads(words(page, "fault", "ls", "--active", "--json")[0])["faults"]]


def check_fault(page):
    """A fault is applied to a phone: step, proof and symptom show it; reverting it heals the phone."""
    page.open("#/faults?q=403&layer=sip")
    page.browser.wait("the filter of the link", "return document.querySelectorAll('.fault').length === 1")
    page.browser.click(".fault summary")
    form = "#fault-register-403 form"
    page.browser.wait("the form", f"return document.querySelector('{form}') !== null")
    page.browser.js("const select = document.querySelector(arguments[0]);"
                    " select.value = [...select.options].find((one) => one.textContent.includes(arguments[1])).value", form + " select", TWO)
    page.press("Apply", form)
    page.browser.wait("the symptom shows", "const one = document.querySelector('.active-fault'); return one?.textContent.includes(arguments[0])"
                      " && /: shows/.test(one.textContent) && one.textContent.includes('holds: the fault is in the lab')", TWO, seconds=60)
    assert active_faults(page) == ["register-403"]
    assert words(page, "fault", "proof", "register-403", "--phone", TWO)[1] == 0
    page.open("#/lab")
    page.row("step 11 fails", TWO, "row.textContent.includes('11 register failed')")
    page.browser.wait("the lab names the fault", "return document.querySelector('.short')?.textContent.includes('register-403')")
    page.open("#/faults")
    page.press("Revert")
    page.browser.wait("no fault is active", "return document.querySelector('main').textContent.includes('No fault is active.')")
    assert words(page, "fault", "healed", "register-403", "--phone", TWO)[1] == 0
    page.open("#/lab")
    page.row("the phone has recovered", TWO, "row.className === 'registered'")


def check_fault_ends(page):
    """A fault with a duration is reverted by the lab, and leaves the page."""
    page.open("#/faults?open=ringlist-missing")
    form = "#fault-ringlist-missing form"
    page.browser.wait("the form of the fault in the link", f"return document.querySelector('{form}') !== null")
    set_value(page, "#for-ringlist-missing", "3s")
    page.browser.js("const boot = document.querySelector('#boot-ringlist-missing'); boot.value = boot.options.length - 1")
    page.press("Apply", form)
    page.browser.wait("it is active, with its time", "return /reverted in \\d+ s/.test(document.querySelector('.active-fault')?.textContent)")
    page.browser.wait("it is reverted", "return document.querySelector('main').textContent.includes('No fault is active.')")
    assert active_faults(page) == []


def check_run(page):
    """The evidence page in its frame is no part of this origin; as a page of its own it runs nothing; tshark reads the capture."""
    page.open("#/runs")
    page.browser.wait("the run", "return document.querySelector('main tbody')?.textContent.includes(arguments[0])", RUN)
    page.browser.js("document.querySelector('main tbody a').click()")
    page.browser.wait("its evidence", "return document.querySelector('iframe') !== null && document.querySelector('main').textContent.includes('Reason')")
    assert page.browser.js("return document.querySelector('iframe').contentDocument === null"), "the frame is of the same origin"
    link = page.browser.js("return document.querySelector('a[download][href*=pcapng]').href")
    place = page.browser.js("return document.querySelector('iframe').src")
    page.browser.open(place)
    assert page.browser.js("return self.origin") == "null"
    shown = page.browser.js("return document.body.innerText")
    assert "Not passed" in shown and "The ladder" in shown, shown[:400]
    assert page.browser.js("return getComputedStyle(document.querySelector('.box')).borderLeftWidth") == "5px", "its style was not applied"
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as capture:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        capture.write(opener.open(link).read())
        capture.flush()
        frames = subprocess.run(["tshark", "-r", capture.name, "-Y", "dhcp", "-T", "fields", "-e", "frame.number"], capture_output=True, text=True)
    assert frames.returncode == 0 and frames.stdout.strip(), frames.stderr


sys.exit(drive((check_leases, check_location, check_looks, check_configure, check_log_follows, check_hostile, check_stop, check_fault, check_fault_ends, check_run)))
