"""Reads the index.html of a bundle with Python's standard library: a line per link.

phone SEP... STEP PATH     where to look for the cause of a phone that is not ready
file PATH WHAT             what a file is
script                     the page has a script
"""
import sys
from html.parser import HTMLParser


class Index(HTMLParser):
    def __init__(self):
        super().__init__()
        self.table = self.row = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "script" or any(name.startswith("on") for name in attributes):
            print("script")
        if tag == "table":
            self.table = attributes.get("id")
        if tag == "tr":
            self.flush()
            self.row = {"cells": [], "links": []}
        if tag in ("td", "th") and self.row is not None:
            self.row["cells"].append("")
        if tag == "a" and self.row is not None:
            self.row["links"].append(attributes["href"])

    def handle_data(self, data):
        if self.row and self.row["cells"]:
            self.row["cells"][-1] += data

    def handle_endtag(self, tag):
        if tag == "tr":
            self.flush()

    def flush(self):
        row, self.row = self.row, None
        if not row or not row["links"]:
            return
        if self.table == "phones":
            for link in row["links"]:
                print("phone", row["cells"][0][:15], row["cells"][1].split()[0], link)
        if self.table == "files":
            print("file", row["links"][0], row["cells"][1].strip())


index = Index()
index.feed(open(sys.argv[1], encoding="utf-8").read())
index.flush()
