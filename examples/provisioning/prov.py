#!/usr/bin/env python3
"""A provisioning server: renders the file of each phone from a template and a table."""
import csv
import http.server
import os
import re
import string

with open("phones.csv", encoding="utf-8") as table:
    PHONES = {row["device"]: row for row in csv.DictReader(table)}
with open("template.xml", encoding="utf-8") as file:
    TEMPLATE = string.Template(file.read())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = re.fullmatch(r"/(SEP[0-9A-F]{12})\.cnf\.xml", self.path)
        phone = PHONES.get(name.group(1)) if name else None
        body = b""
        if phone:
            body = TEMPLATE.substitute(phone, registrar=os.environ["REGISTRAR"]).encode()
        self.send_response(200 if phone else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.ThreadingHTTPServer(("", 6970), Handler).serve_forever()
