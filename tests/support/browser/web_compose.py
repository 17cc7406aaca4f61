#!/usr/bin/env python3
"""Drive the page of a lab of containers, the office, as the page of a native lab (page.py has the command line)."""
import sys

from page import drive
from web_page import ONE, check_accessible_tree, check_fault


def check_looks(page):
    page.check_looks({"compose-lab": "#/lab", "compose-phone": "#/phone/" + ONE, "compose-switch": "#/switch/sw1/Gi1/0/1"})


sys.exit(drive((check_looks, check_accessible_tree, check_fault)))
