"""OpenSSL's s_client, Python's ssl and websockets as TLS peers of the echo server.

foreign_tls_test.py ECHO CLIENT MAKE_CERTIFICATES
"""

import asyncio
import contextlib
import json
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

import websockets

from foreign_process import PATIENCE, Certificates, Client
from server_process import ServerProcess

echo_program = client = certificates = None

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
UPGRADE = (b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: hbr3lLZ7IX8r2mOOX5TV3A==\r\nSec-WebSocket-Version: 13\r\n\r\n")


@contextlib.contextmanager
def serving(tls, folder=None):
    """The echo server with one TLS listener on the loopback."""
    with tempfile.TemporaryDirectory() as own:
        configuration = pathlib.Path(folder or own) / "server.json"
        configuration.write_text(json.dumps({
            "listeners": [{"address": "127.0.0.1", "port": 0, "tls": tls}],
            "threads": 2,
            "routes": [{"path": "/ws", "handler": "echo", "limits": {"message": "64MiB"}},
                       {"path": "/healthz", "handler": "health"}],
        }))
        with ServerProcess(echo_program, "--config", configuration) as server:
            yield server


def s_client(server, *options, request=HEALTH, until="-ign_eof"):
    """What `openssl s_client` says of one request, both streams."""
    command = ["/usr/bin/openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
               "-CAfile", certificates / "ca.pem", until, *options]
    result = subprocess.run([str(part) for part in command], input=request, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
    return result.stdout.decode(errors="replace")


def pair(name):
    return ["-cert", certificates / f"{name}.pem", "-key", certificates / f"{name}.key"]


def context(version=None):
    made = ssl.create_default_context(cafile=certificates / "ca.pem")
    if version:
        made.minimum_version = made.maximum_version = version
    return made


class OpenSSL(unittest.TestCase):
    def check_accepted(self, text, *patterns):
        self.assertIn("200 OK", text)
        for pattern in patterns:
            self.assertRegex(text, pattern)

    def check_refused(self, text, pattern):
        self.assertNotIn("200 OK", text)
        self.assertRegex(text, pattern)

    def test_versions(self):
        with serving(certificates.tls("server")) as server:
            self.check_accepted(s_client(server, "-tls1_3"), "TLSv1.3, Cipher is", r"Verify return code: 0 \(ok\)")
            self.check_accepted(s_client(server, "-tls1_2"), "TLSv1.2, Cipher is ECDHE", r"Verify return code: 0 \(ok\)")
            old = s_client(server, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
            self.check_refused(old, "alert protocol version")
        with serving(certificates.tls("server", minimum_version="1.3")) as server:
            self.check_accepted(s_client(server), "TLSv1.3, Cipher is")
            self.check_refused(s_client(server, "-tls1_2"), "alert protocol version")

    def test_no_weak_ciphers_and_no_renegotiation(self):
        with serving(certificates.tls("server")) as server:
            self.check_refused(
                s_client(server, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:AES128-GCM-SHA256:@SECLEVEL=0"),
                "alert handshake failure")
            # "R" on a line of its own asks s_client to renegotiate, unless it looks at no such letters.
            self.assertRegex(s_client(server, "-tls1_2", request=b"R\n", until="-no_ign_eof"),
                             "(?s)RENEGOTIATING.*no renegotiation")

    def test_the_end_is_a_close_notify(self):
        with serving(certificates.tls("server")) as server:
            for version in ("-tls1_2", "-tls1_3"):
                text = s_client(server, version)
                self.check_accepted(text, r"(?m)^closed$")
                self.assertNotIn("unexpected eof", text)

    def test_the_certificate_is_chosen_by_name(self):
        names = ("server", "a", "b", "c", "chained")
        listener = {"certificates": [certificates.tls(name) for name in names]}
        with serving(listener) as server:
            for asked, subject in (("localhost", "localhost"), ("a.example", "a.example"), ("B.EXAMPLE", "b.example"),
                                   ("x.c.example", r"\*.c.example"), ("c.example", "localhost"),
                                   ("x.y.c.example", "localhost"), ("unknown.example", "localhost")):
                with self.subTest(asked):
                    self.check_accepted(s_client(server, "-servername", asked), rf"subject=CN = {subject}\n")
            self.check_accepted(s_client(server, "-noservername"), r"subject=CN = localhost\n")

    def test_intermediates_are_sent(self):
        with serving(certificates.tls("chained")) as server:
            self.check_accepted(s_client(server), r"Verify return code: 0 \(ok\)", "CN = websock test intermediate")

    def test_client_certificates(self):
        ca = {"client_ca": str(certificates / "ca.pem")}
        for mode in ("required", "optional"):
            with serving(certificates.tls("server", client_certificate=mode, **ca)) as server:
                for version in ("-tls1_2", "-tls1_3"):
                    with self.subTest(mode=mode, version=version):
                        self.check_accepted(s_client(server, version, *pair("client")), "Acceptable client certificate CA")
                        for bad in ("client_untrusted", "client_expired", "server"):
                            self.check_refused(s_client(server, version, *pair(bad)), "alert|errno")
                        if mode == "optional":
                            self.check_accepted(s_client(server, version))
                        else:
                            self.check_refused(s_client(server, version), "alert (handshake failure|certificate required)|errno")

    def test_sessions_are_resumed(self):
        with serving(certificates.tls("server")) as server, tempfile.TemporaryDirectory() as folder:
            for version in ("-tls1_2", "-tls1_3"):
                with self.subTest(version):
                    ticket = pathlib.Path(folder) / version
                    self.check_accepted(s_client(server, version, "-sess_out", ticket), "(?m)^New, ")
                    self.check_accepted(s_client(server, version, "-sess_in", ticket), "(?m)^Reused, ")

    def test_a_session_is_not_resumed_after_a_reload(self):
        with serving(certificates.tls("server")) as server, tempfile.TemporaryDirectory() as folder:
            ticket = pathlib.Path(folder) / "ticket"
            self.check_accepted(s_client(server, "-sess_out", ticket))
            server.signal(signal.SIGHUP)
            server.wait_for_line(r"(?i)configuration")
            self.check_accepted(s_client(server, "-sess_in", ticket), "(?m)^New, ")

    def test_alpn(self):
        with serving(certificates.tls("server")) as server:
            self.check_accepted(s_client(server, "-alpn", "h2,http/1.1"), "ALPN protocol: http/1.1")
            self.check_accepted(s_client(server), "No ALPN negotiated")
            self.check_refused(s_client(server, "-alpn", "h2"), "alert no application protocol")


class Python(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    async def test_websockets_talk_in_both_versions(self):
        with serving(certificates.tls("server")) as server:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                async with websockets.connect(server.url, ssl=context(version), max_size=None) as connection:
                    for size in (0, 1, 125, 65536, 16 * 2**20):
                        await connection.send("x" * size)
                        self.assertTrue(await asyncio.wait_for(connection.recv(), PATIENCE) == "x" * size)
                    await asyncio.wait_for(await connection.ping(), PATIENCE)
                    await asyncio.wait_for(connection.close(3000, "genug"), PATIENCE)
                    self.assertEqual((connection.close_rcvd.code, connection.close_rcvd.reason), (3000, "genug"))

    async def test_the_close_frame_is_followed_by_close_notify(self):
        with serving(certificates.tls("server")) as server:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as plain, \
                        context(version).wrap_socket(
                            plain, server_hostname="localhost", suppress_ragged_eofs=False) as secure:
                    secure.sendall(UPGRADE)
                    head = b""
                    while not head.endswith(b"\r\n\r\n"):
                        head += secure.recv(1)
                    secure.sendall(bytes.fromhex("888200000000" + "03e8"))
                    received = b""
                    while chunk := secure.recv(100):  # an end without close_notify raises
                        received += chunk
                    self.assertEqual(received, bytes.fromhex("880203e8"))

    async def test_plain_text_is_no_handshake(self):
        with serving(certificates.tls("server")) as server:
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as plain:
                plain.sendall(UPGRADE)
                received = b""
                with contextlib.suppress(ConnectionResetError):
                    while chunk := plain.recv(100):
                        received += chunk
                self.assertNotIn(b"HTTP", received)
            self.assertEqual(client.execute("still there", server.url).stdout, "still there\n")


class Reload(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.install("server")

    def install(self, name):
        for suffix in ("pem", "key"):
            shutil.copy(certificates / f"{name}.{suffix}", self.folder / f"new.{suffix}")
            (self.folder / f"new.{suffix}").rename(self.folder / f"live.{suffix}")

    def serving(self):
        return serving({"certificate": "live.pem", "key": "live.key"}, self.folder)

    @staticmethod
    def subject(server):
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as plain, \
                context().wrap_socket(plain, server_hostname="localhost") as secure:
            return dict(entry for part in secure.getpeercert()["subject"] for entry in part)["commonName"]

    async def test_sighup_takes_the_new_certificate_and_sessions_live_on(self):
        with self.serving() as server:
            async with websockets.connect(server.url, ssl=context()) as connection:
                self.assertEqual(self.subject(server), "localhost")
                self.install("renewed")
                server.signal(signal.SIGHUP)
                server.wait_for_line(r"(?i)configuration")
                self.assertEqual(self.subject(server), "renewed")
                await connection.send("still there")
                self.assertEqual(await asyncio.wait_for(connection.recv(), PATIENCE), "still there")

    async def test_files_that_changed_are_read_again(self):
        with self.serving() as server:
            async with websockets.connect(server.url, ssl=context()) as connection:
                self.install("renewed")
                await self.becomes(server, "renewed")
                await connection.send("still there")
                self.assertEqual(await asyncio.wait_for(connection.recv(), PATIENCE), "still there")

    async def test_a_pair_that_does_not_fit_is_told_and_the_old_one_stays(self):
        with self.serving() as server:
            shutil.copy(certificates / "unrelated.key", self.folder / "live.key")
            server.signal(signal.SIGHUP)
            server.wait_for_line(r"live\.key: does not belong")
            self.assertEqual(self.subject(server), "localhost")

    async def becomes(self, server, name):
        """New connections get that certificate, sooner or later."""

        async def look():
            while self.subject(server) != name:
                await asyncio.sleep(0.05)  # between two attempts

        await asyncio.wait_for(look(), PATIENCE)


class OurClient(unittest.TestCase):
    """Both sides are ours; what is tested is what the command line says."""

    def check(self, code, pattern, *arguments):
        result = client.execute("hello", *arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertRegex(result.stderr if code else result.stdout, pattern)
        return result

    def test_the_system_does_not_trust_a_test(self):
        with serving(certificates.tls("server")) as server:
            result = Client(client.program).execute("hello", server.url)
            self.assertEqual(result.returncode, 3)
            self.assertRegex(result.stderr, "(?s)issuer.*not trusted.*--ca FILE.*--insecure")

    def test_names_and_addresses(self):
        with serving(certificates.tls("server")) as server:
            self.check(0, "^hello\n$", server.url)
            self.check(0, "^hello\n$", server.url.replace("localhost", "127.0.0.1"))
        with serving(certificates.tls("a")) as server:
            self.check(3, "another host", server.url)
            self.check(3, "another host", server.url.replace("localhost", "127.0.0.1"))
            self.check(0, "^hello\n$", "--insecure", server.url)

    def test_verbose_shows_what_tls_has_agreed_on(self):
        with serving(certificates.tls("server")) as server:
            result = self.check(0, "^hello\n$", "--verbose", server.url)
            self.assertRegex(result.stderr, r"(?m)^\* TLSv1.3, TLS_\w+$")
            self.assertRegex(result.stderr, r"(?m)^\* certificate: CN=localhost$")

    def test_client_certificates(self):
        tls = certificates.tls("server", client_certificate="required", client_ca=str(certificates / "ca.pem"))
        with serving(tls) as server:
            self.check(0, "^hello\n$", "--cert", certificates / "client.pem", "--key", certificates / "client.key", server.url)
            self.check(3, r"alert(?s:.*)--cert FILE --key FILE", server.url)
            self.check(3, r"alert(?s:.*)--cert FILE --key FILE", "--cert", certificates / "client_untrusted.pem",
                       "--key", certificates / "client_untrusted.key", server.url)
            self.check(2, "does not belong", "--cert", certificates / "client.pem", "--key", certificates / "unrelated.key",
                       server.url)
            self.check(2, "encrypted.key", "--cert", certificates / "server.pem", "--key", certificates / "encrypted.key",
                       server.url)
            both = certificates / "both.pem"
            both.write_bytes((certificates / "client.pem").read_bytes() + (certificates / "client.key").read_bytes())
            self.check(0, "^hello\n$", "--cert", both, server.url)

    def test_a_plain_server_is_no_tls_server(self):
        with ServerProcess(echo_program, "--port", "0") as server:
            self.check(3, "TLS", server.url.replace("ws://", "wss://"))
        with serving(certificates.tls("server")) as server:
            self.check(3, "websock-client: ", server.url.replace("wss://", "ws://"))


def main():
    global echo_program, client, certificates
    echo_program, client_program, make_certificates = sys.argv[-3:]
    del sys.argv[-3:]
    with Certificates(make_certificates) as certificates:
        client = Client(client_program, "--ca", certificates / "ca.pem")
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
