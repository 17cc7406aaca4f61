#!/usr/bin/env python3
"""A lab with an exercise shows no fault, on no page (page.py has the command line)."""
import sys

from page import drive


def check_no_faults(page):
    page.open("#/faults")
    page.browser.wait("the page says so", "return /this lab is an exercise/.test(document.querySelector('main').textContent)")
    assert page.browser.js("return document.querySelectorAll('.fault, .active-fault, form, button').length") == 0
    page.open("#/lab")
    page.browser.wait("the phones", "return document.querySelector('.phones tbody tr') !== null")
    assert page.browser.js("return document.querySelectorAll('.short li').length") == 0


sys.exit(drive((check_no_faults,), accepted=r"/fault/(list|active)"))
