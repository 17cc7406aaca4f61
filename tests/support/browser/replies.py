"""Every reply of the web server of a lab, for tests of what it may contain. Python's own HTTP client asks, not the page."""
import pathlib
import re
import socket
import urllib.error
import urllib.parse
import urllib.request

import webdriver

GUARD = pathlib.Path("phonelab/web/guard.c")  # the table of paths: a path that is added is asked too
# Paths that stream: what is asked, and what the part that is waited for looks like.
STREAMS = {"/events": ("phone={phone}", r"event: events\ndata: .*\n\n"),
           "/follow": ("files=log/dhcp.log,log/tftp.log,log/tftp-http.log", r"(event: part\ndata: .*\n\n.*){3}")}


def fetch(url, headers=None, method="GET"):
    """The body of a reply, also of an error."""
    request = urllib.request.Request(url, headers=headers or {}, method=method)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30 * webdriver.PATIENCE) as reply:
            return reply.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.read().decode("utf-8", "replace")


def paths():
    table = GUARD.read_text(encoding="utf-8").split("class_paths[]")[0]
    found = re.findall(r'\{"(/[^"]*)", (WEB_ROUTE_\w+), (true|false)', table)
    assert len(found) > 10, "the table of paths is not readable"
    return [path for path, route, post in found if post == "false" and route != "WEB_ROUTE_FILE"]


def read_stream(url, awaited):
    """What a stream has sent, up to the awaited part."""
    parts, text = urllib.parse.urlsplit(url), ""
    with socket.create_connection((parts.hostname, parts.port), timeout=30 * webdriver.PATIENCE) as stream:
        stream.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        while not re.search(awaited, text, re.DOTALL):
            block = stream.recv(65536)
            if not block:
                break
            text += block.decode("utf-8", "replace")
    return text


def collect(root, phones):
    """{path: text}: of each path that is asked by GET, for each phone; and `why`."""
    page = fetch(root)
    secret = re.search(r'name="secret" content="([0-9a-f]{32})"', page).group(1)
    seen = {"/": page, "/why": fetch(root + "why", {"X-Phonelab-Secret": secret}, "POST")}
    for path in paths():
        text = []
        for phone in phones:
            for command in ("running-config", "interfaces status", "power inline", "logging"):
                query = urllib.parse.urlencode({"phone": phone, "switch": "sw1", "command": command, "name": "dhcp", "node": "dhcp", "server": "dhcp"})
                if path in STREAMS:
                    question, awaited = STREAMS[path]
                    text.append(read_stream(f"{root}{path[1:]}?{question.format(phone=phone)}", awaited))
                else:
                    text.append(fetch(f"{root}{path[1:]}?{query}"))
                if path != "/show":
                    break
            if path not in ("/events", "/configuration"):
                break
        seen[path] = "\n".join(text)
    return seen
