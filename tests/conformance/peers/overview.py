"""The first page: groups of cases and peers, in both roles; and a picture of it for the README."""

import base64
import html
import re

import build
from chromium import Chromium

STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
GROUPS = re.compile(r'<table class="groups">.*?</table>', re.DOTALL)
WIDTH = 1280  # of the picture, in CSS pixels
OWN_STYLE = """
h2 { margin: 1.5rem 0 .5rem; }
.groups { width: 100%; }
.groups th, .groups td { overflow-wrap: normal; word-break: normal; white-space: nowrap; }
.key span { display: inline-block; border-radius: .25rem; padding: 0 .6rem; margin-right: .5rem; }
.who { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
.who dd { margin: 0; }
#picture { padding-bottom: 1rem; }
"""
LEGEND = (
    '<p class="key">Cases that pass, or how many of how many do; the colour is that of the worst: '
    '<span class="ok">good</span><span class="info">informational</span><span class="non-strict">not strict</span>'
    '<span class="unimplemented">not implemented</span><span class="by-client">TCP left open</span>'
    '<span class="wrong-code">wrong close code</span><span class="unclean">unclean close</span>'
    '<span class="failed">failed</span></p>\n')


def write(roles, left_out, folder):
    """index.html and overview.png beside the folders of `roles` ("servers", "clients")."""
    pages = {role: (folder / role / "index.html").read_text() for role in roles}
    style = STYLE.search(next(iter(pages.values())))[0]
    body = "".join(section(role, page) for role, page in pages.items())
    style = style.replace("</style>", OWN_STYLE + "</style>")
    (folder / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Conformance of WebSocket implementations</title>\n{style}\n</head>\n<body>\n"
        "<header><h1>Conformance of WebSocket implementations</h1></header>\n"
        f"<main>\n<div id=\"picture\">\n{LEGEND}{body}</div>\n{who(left_out)}</main>\n</body>\n</html>\n")
    take_picture(folder / "index.html", folder / "overview.png")


def section(role, page):
    table = GROUPS.search(page)[0].replace('href="#', f'href="{role}/index.html#')
    return f'<h2><a href="{role}/index.html">{role.capitalize()}</a></h2>\n{table}\n'


def who(left_out):
    rows = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(peer.what)}"
        + (f"; left out here: {html.escape(left_out[name])}" if name in left_out else "") + "</dd>\n"
        for name, peer in build.PEERS.items())
    return f'<h2>Who is who</h2>\n<dl class="who">\n{rows}</dl>\n'


def take_picture(page, picture):
    with Chromium() as browser:
        browser.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=800, deviceScaleFactor=1, mobile=False)
        browser.open(page.resolve().as_uri())
        height = browser.evaluate("document.querySelector('#picture').getBoundingClientRect().bottom")
        shot = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                            clip={"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1})
    picture.write_bytes(base64.b64decode(shot["data"]))
