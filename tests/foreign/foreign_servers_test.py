"""websock-client against servers that others wrote: the package `ws`, python3-websockets, libwebsockets.

foreign_servers_test.py NODE CLIENT MAKE_CERTIFICATES
"""

import asyncio
import contextlib
import http
import json
import logging
import pathlib
import ssl
import sys
import unittest

import websockets

from foreign_process import PATIENCE, Certificates, Client, ForeignServer
from server_process import ServerProcess

node = program = client = certificates = None

SIZES = (0, 1, 125, 126, 65535, 65536, 2**20, 16 * 2**20)
CODES = (1000, 1001, 1008, 1011, 3000, 4999)


def expected(code):
    return 0 if code in (1000, 1001) else 1


class NodeServer(unittest.TestCase):
    """The package `ws`, with and without TLS."""

    @classmethod
    def setUpClass(cls):
        script = pathlib.Path(__file__).with_name("node_server.js")
        cls.servers = [
            cls.enterClassContext(ServerProcess(node, script)),
            cls.enterClassContext(
                ServerProcess(node, script, certificates / "server.pem", certificates / "server.key")),
        ]

    def each(self, path):
        for server in self.servers:
            with self.subTest(server.scheme):
                yield server.base_url() + path

    def test_text_of_every_length_form(self):
        for url in self.each("/echo"):
            lines = "".join("x" * size + "\n" for size in SIZES) + "κόσμε 日本語 🌍\n"
            result = client.run(url, stdin=lines)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertTrue(result.stdout == lines)

    def test_binary(self):
        for url in self.each("/echo"):
            for size in SIZES[:-1]:
                result = client.execute("x" * min(size, 65536), "--binary", url)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertRegex(result.stdout, rf"^\[binary, {min(size, 65536)} bytes?\]")

    def test_fragments_with_pings_between_them(self):
        for url in self.each("/fragments"):
            result = client.run(url)
            self.assertEqual((result.returncode, result.stdout),
                             (0, "behind\n[binary, 6 bytes] 62 65 68 69 6e 64\n"), result.stderr)

    def test_the_servers_close_codes(self):
        for url in self.each("/close/"):
            for code in CODES:
                result = client.execute("/raw", "--raw", f"{url}{code}")
                self.assertEqual(result.returncode, 1)  # no reply came
                self.assertRegex(result.stderr, rf"closed with {code} \(.*\): as asked")

    def test_our_close_codes_come_back(self):
        for url in self.each("/echo"):
            for code in CODES:
                result = client.run(url, stdin=f"/close {code} enough\n")
                self.assertEqual(result.returncode, expected(code), result.stderr)

    def test_pings_both_ways(self):
        for url in self.each("/ping"):
            result = client.run(url, stdin="/ping\n/ping payload\n")
            self.assertEqual((result.returncode, result.stdout), (0, "are you there\n"), result.stderr)
            self.assertRegex(result.stderr, r"(?s)pong after \d.*pong after \d")

    def test_the_requests_head(self):
        for url in self.each("/head?x=1&y=%20"):
            url = url.replace("://", "://alice:p%40ss@")
            result = client.execute(
                "x", "--header", "X-One: 1", "--header", "Cookie: a=b; c=d", "--origin", "https://example.com",
                "--subprotocol", "first", "--subprotocol", "second", url)
            self.assertEqual(result.returncode, 0, result.stderr)
            head = json.loads(result.stdout)
            self.assertEqual(head["url"], "/head?x=1&y=%20")
            fields = head["headers"]
            self.assertEqual(fields["authorization"], "Basic YWxpY2U6cEBzcw==")
            self.assertEqual((fields["x-one"], fields["cookie"], fields["origin"]), ("1", "a=b; c=d", "https://example.com"))
            self.assertEqual(fields["sec-websocket-protocol"].replace(" ", ""), "first,second")
            self.assertRegex(fields["user-agent"], r"^websock/\d")
            self.assertRegex(fields["host"], r":\d+$")

    def test_the_subprotocol_that_the_server_chose(self):
        for url in self.each("/echo"):
            result = client.run("--verbose", "--subprotocol", "first", "--subprotocol", "second", url)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stderr, r"(?mi)^< Sec-WebSocket-Protocol: second$")

    def test_a_refusal_shows_its_body(self):
        for url in self.each("/refused"):
            result = client.run(url)
            self.assertEqual(result.returncode, 3)
            self.assertRegex(result.stderr, r"(?s)403 Forbidden.*\n  not for you!\n")

    def test_a_redirect_is_followed_or_not(self):
        for url in self.each("/redirect"):
            self.assertEqual(client.execute("hello", url).stdout, "hello\n")
            result = client.execute("hello", "--max-redirects", "0", url)
            self.assertEqual(result.returncode, 3)
            self.assertIn("302", result.stderr)


class PythonServer(unittest.IsolatedAsyncioTestCase):
    """python3-websockets, in this process."""

    @contextlib.asynccontextmanager
    async def serving(self, handler, tls=None, **options):
        async with websockets.serve(handler, "localhost", 0, ssl=tls, max_size=None, family=2, **options) as server:
            port = server.sockets[0].getsockname()[1]
            yield f"{'wss' if tls else 'ws'}://localhost:{port}/chat?x=1"

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    async def run_client(self, *arguments, stdin=""):
        return await asyncio.to_thread(client.run, *arguments, stdin=stdin)

    async def run_client_until_closed(self, *arguments, stdin):
        return await asyncio.to_thread(client.run_until_closed, *arguments, stdin=stdin)

    @staticmethod
    async def echo(connection):
        async for message in connection:
            await connection.send(message)

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "chained.pem", certificates / "chained.key")
        return context

    async def test_echo_with_and_without_tls(self):
        async def echo_all(connection):
            for _ in SIZES:
                await connection.send(await connection.recv())

        for tls in (None, self.context()):
            async with self.serving(echo_all, tls) as url:
                lines = "".join("y" * size + "\n" for size in SIZES)
                result = await self.run_client_until_closed(url, stdin=lines)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertTrue(result.stdout == lines)

    async def test_what_the_server_still_sends_behind_our_last_line_is_printed(self):
        async def answer_late(connection):
            received = [await connection.recv()]
            for number in range(1000):
                await connection.send(f"{received[0]} {number}")

        async with self.serving(answer_late) as url:
            # This server sends nothing behind a Close frame of ours.
            result = await self.run_client("--linger", "30s", url, stdin="late\n")
        self.assertEqual(result.stdout.split("\n"), [f"late {number}" for number in range(1000)] + [""])

    async def test_close_codes_both_ways(self):
        async def close(connection):
            await connection.close(int(await connection.recv()), "wie gewünscht")

        async with self.serving(close) as url:
            for code in CODES:
                result = await self.run_client_until_closed("--verbose", url, stdin=f"{code}\n")
                self.assertRegex(result.stderr, rf"closed with {code} \(.*\): wie gewünscht")

        closed = asyncio.Queue()

        async def wait(connection):
            await connection.wait_closed()
            await closed.put((connection.close_rcvd.code, connection.close_rcvd.reason))

        async with self.serving(wait) as url:
            for code in CODES:
                result = await self.run_client(url, stdin=f"/close {code} bis später\n")
                self.assertEqual(result.returncode, expected(code), result.stderr)
                self.assertEqual(await asyncio.wait_for(closed.get(), PATIENCE), (code, "bis später"))

    async def test_pings_of_the_server_are_answered(self):
        async def ping(connection):
            pong = await connection.ping(b"\0payload")
            await asyncio.wait_for(pong, PATIENCE)
            await connection.send("answered")

        async with self.serving(ping) as url:
            self.assertEqual((await self.run_client("--exec", "x", url)).stdout, "answered\n")

    async def test_basic_authentication(self):
        protocol = websockets.basic_auth_protocol_factory(realm="chat", credentials=("alice", "p:w"))
        async with self.serving(self.echo, create_protocol=protocol) as url:
            result = await self.run_client("--exec", "x", url.replace("://", "://alice:p%3Aw@"))
            self.assertEqual((result.returncode, result.stdout), (0, "x\n"), result.stderr)
            for userinfo in ("", "alice:Secret7@"):
                result = await self.run_client("--exec", "x", url.replace("://", "://" + userinfo))
                self.assertEqual(result.returncode, 3)
                self.assertRegex(result.stderr, r"(?s)401 Unauthorized.*NAME:PASSWORD@")
                self.assertNotIn("Secret7", result.stderr)

    async def test_a_refusal_shows_its_body(self):
        async def refuse(path, headers):
            return http.HTTPStatus.SERVICE_UNAVAILABLE, [("Retry-After", "5")], b"come back later\n" * 100

        async with self.serving(self.echo, process_request=refuse) as url:
            result = await self.run_client(url)
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"(?s)503 Service Unavailable.*come back later\n.*more bytes")

    async def test_certificates_that_do_not_hold(self):
        cases = (("expired", "expired|time"), ("not_yet_valid", "not yet valid"), ("wrong_host", "(?i)hostname|another host"),
                 ("untrusted", "issuer"), ("self_signed", "self.signed"), ("chain_missing", "issuer"))
        for name, why in cases:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
            async with self.serving(self.echo, context) as url:
                with self.subTest(name):
                    result = await self.run_client("--exec", "x", url)
                    self.assertEqual(result.returncode, 3)
                    self.assertRegex(result.stderr, why)
                    self.assertRegex(result.stderr, "--ca.*--insecure")
                    result = await self.run_client("--insecure", "--exec", "x", url)
                    self.assertEqual((result.returncode, result.stdout), (0, "x\n"), result.stderr)

    async def test_a_client_certificate(self):
        context = self.context()
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificates / "ca.pem")

        async def tell(connection):
            subject = dict(pair for part in connection.transport.get_extra_info("peercert")["subject"] for pair in part)
            await connection.send(subject["commonName"])

        async with self.serving(tell, context) as url:
            identity = ["--cert", certificates / "client.pem", "--key", certificates / "client.key"]
            result = await self.run_client(*identity, "--exec", "x", url)
            self.assertEqual((result.returncode, result.stdout), (0, "alice\n"), result.stderr)
            for arguments in ([], ["--cert", certificates / "client_untrusted.pem",
                                   "--key", certificates / "client_untrusted.key"]):
                result = await self.run_client(*arguments, "--exec", "x", url)
                self.assertEqual(result.returncode, 3, result.stderr)  # asyncio drops OpenSSL's alert


class Libwebsockets(unittest.TestCase):
    """libwebsockets' test server: a mirror, and a counter."""

    def serving(self, *options):
        return ForeignServer(lambda port: [
            "/usr/bin/libwebsockets-test-server", f"--port={port}", "-i", "lo", "-d", "3", *options])

    def check(self, url):
        result = client.execute("d #000000 1 2 3 4;", "--subprotocol", "lws-mirror-protocol", url)
        self.assertEqual((result.returncode, result.stdout), (0, "d #000000 1 2 3 4;\n"), result.stderr)
        result = client.execute("reset\n", "--subprotocol", "dumb-increment-protocol", url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"^\d+\n$")
        result = client.execute("x", "--subprotocol", "no-such-protocol", url)
        self.assertEqual(result.returncode, 3)
        # Asks for our Close frame, and sends its own.
        result = client.run("--subprotocol", "dumb-increment-protocol", url, stdin="closeme\n/ping\n")
        self.assertIn(result.returncode, (0, 1))

    def test_plain(self):
        with self.serving() as server:
            self.check(f"ws://127.0.0.1:{server.port}/")

    def test_tls(self):
        with self.serving("--ssl", f"--ssl-cert={certificates / 'server.pem'}",
                          f"--ssl-key={certificates / 'server.key'}") as server:
            self.check(f"wss://localhost:{server.port}/")


def main():
    global node, program, client, certificates
    node, program, make_certificates = sys.argv[-3:]
    del sys.argv[-3:]
    assert not node.endswith("-NOTFOUND"), "there is no Node.js here; tests/run installs it"
    with Certificates(make_certificates) as certificates:
        logging.disable()  # what the servers here think of peers that they refuse
        client = Client(program, "--ca", certificates / "ca.pem")
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
