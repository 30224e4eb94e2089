"""Headless Chromium on the echo server's page: chromium_test.py ECHO_SERVER CLOSE_SERVER."""

import json
import pathlib
import sys
import unittest

from chromium import Chromium
from server_process import ServerProcess

echo = close = browser = None

# Keeps its promise once the condition holds; the page changes by events, which the frame timer outpaces.
UNTIL = """
new Promise((done, fail) => {
  const deadline = performance.now() + 30000;
  const look = () => {
    if (%(condition)s) done(true);
    else if (performance.now() > deadline) fail(new Error('never: ' + %(quoted)s + '; the page shows: ' + document.body.innerText));
    else setTimeout(look, 10);
  };
  look();
})
"""


def until(condition):
    browser.evaluate(UNTIL % {"condition": condition, "quoted": json.dumps(condition)})


def text_of(element):
    return browser.evaluate(f"document.getElementById('{element}').textContent").strip()


def click(element):
    browser.evaluate(f"document.getElementById('{element}').click()")


def shows(element, text):
    return f"document.getElementById('{element}').textContent.includes({json.dumps(text)})"


class EchoPage(unittest.TestCase):
    def setUp(self):
        browser.open(f"http://{echo.host}:{echo.port}/")

    def connect(self):
        click("connect")
        until("/\\b(open|connected)\\b/i.test(document.getElementById('status').textContent)")

    def send(self, text):
        browser.evaluate(f"document.getElementById('message').value = {json.dumps(text)}")
        click("send")

    def test_it_offers_this_servers_address(self):
        self.assertEqual(browser.evaluate("document.getElementById('url').value"), echo.url)

    def test_it_shows_the_echo_and_its_latency(self):
        self.connect()
        self.send("Grüße, 世界 🌍")
        until(shows("log", "Grüße, 世界 🌍"))
        until("/\\d/.test(document.getElementById('latency').textContent)")

    def test_it_shows_what_is_sent_as_text_not_as_markup(self):
        self.connect()
        self.send("<b id='injected'>&amp;</b>")
        until(shows("log", "<b id='injected'>&amp;</b>"))
        self.assertTrue(browser.evaluate("document.getElementById('injected') === null"))

    def test_it_shows_the_close_code_of_our_close(self):
        self.connect()
        click("disconnect")
        until(shows("close-code", "1000"))

    def test_it_shows_the_code_and_the_reason_of_the_servers_close(self):
        browser.evaluate(f"document.getElementById('url').value = '{close.base_url()}/close/4999'")
        click("connect")
        until(shows("close-code", "4999"))
        self.assertIn("as asked", text_of("close-reason"))


class BrowserApi(unittest.TestCase):
    def test_every_case(self):
        browser.open(f"http://{echo.host}:{echo.port}/")
        browser.evaluate(pathlib.Path(__file__).with_name("browser_api_cases.js").read_text() + "; null")
        # A page may close with 1000 and with 3000 to 4999 only.
        browser.evaluate(
            f"globalThis.cases = websocketCases(WebSocket, '{echo.url}', '{close.base_url()}', [1000, 3000, 4999]); null")
        names = browser.evaluate("Object.keys(cases)")
        self.assertGreater(len(names), 20)
        for name in names:
            with self.subTest(name):
                browser.evaluate(f"cases[{json.dumps(name)}]().then(() => null)")


# Keeps its promise once every text came back as it was sent; its value is what the socket says of extensions.
DEFLATE = """
new Promise((done, fail) => {
  const texts = [1, 300, 65536, 1 << 20, 8 << 20].flatMap((size) => ['{"key":"value"},', 'ß€😀日本語'].map(
    (unit) => unit.repeat(Math.ceil(size / new Blob([unit]).size))));
  const socket = new WebSocket(%(url)s);
  let received = 0;
  socket.onopen = () => texts.forEach((text) => socket.send(text));
  socket.onclose = (event) => fail(new Error(`closed with ${event.code} after ${received} messages`));
  socket.onmessage = (event) => {
    if (event.data !== texts[received]) fail(new Error(`message ${received} differs`));
    if (++received < texts.length) return;
    socket.onclose = (event) => (event.wasClean ? done(socket.extensions) : fail(new Error('not a clean close')));
    socket.close(1000);
  };
})
"""


class Compression(unittest.TestCase):
    def test_large_texts_come_back_whole_through_permessage_deflate(self):
        browser.open(f"http://{echo.host}:{echo.port}/")
        extensions = browser.evaluate(DEFLATE % {"url": json.dumps(echo.url)})
        self.assertRegex(extensions, r"^permessage-deflate\b")


def main():
    global echo, close, browser
    close_program, echo_program = sys.argv.pop(), sys.argv.pop()
    with ServerProcess(echo_program, "--port", "0") as echo, ServerProcess(close_program) as close, Chromium() as browser:
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
