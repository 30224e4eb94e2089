"""The first page: groups of cases and peers, in both roles; and a picture of it for the README."""

import base64
import html
import re

import build
from chromium import Chromium

STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
GROUPS = re.compile(r'<table class="groups">.*?</table>', re.DOTALL)
WIDTH = 1100  # of the picture, in CSS pixels


def write(roles, left_out, folder):
    """index.html and overview.png beside the folders of `roles` ("servers", "clients")."""
    pages = {role: (folder / role / "index.html").read_text() for role in roles}
    style = STYLE.search(next(iter(pages.values())))[0]
    body = "".join(section(role, page) for role, page in pages.items())
    (folder / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Conformance of WebSocket implementations</title>\n{style}\n</head>\n<body>\n"
        "<header><h1>Conformance of WebSocket implementations</h1></header>\n"
        f"<main>\n{body}{who(left_out)}</main>\n</body>\n</html>\n")
    take_picture(folder / "index.html", folder / "overview.png")


def section(role, page):
    table = GROUPS.search(page)[0].replace('href="#', f'href="{role}/index.html#')
    return (f'<h2><a href="{role}/index.html">{role.capitalize()}</a></h2>\n'
            f'<p class="intro">Cases that pass, of all cases.</p>\n{table}\n')


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
        size = browser.call("Page.getLayoutMetrics")["cssContentSize"]
        shot = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                            clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
    picture.write_bytes(base64.b64decode(shot["data"]))
