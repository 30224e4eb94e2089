"""websock-load against the real echo server, and against servers that are wrong on purpose.

load_test.py LOAD ECHO MAKE_CERTIFICATES
"""

import contextlib
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "foreign"))

from foreign_process import PATIENCE, Certificates
from server_process import ServerProcess
from websock_client_test import RawServer, read_frame

load_program = echo_program = certificates = None

SHORT = ["--duration", "300ms", "--warm-up", "100ms"]


@contextlib.contextmanager
def serving(*listeners, **tls):
    """The echo server on the loopback, and on further listeners."""
    with tempfile.TemporaryDirectory() as folder:
        configuration = pathlib.Path(folder) / "server.json"
        configuration.write_text(json.dumps({
            "listeners": [{"address": "127.0.0.1", "port": 0, **tls}, *listeners],
            "threads": 1,
            "routes": [{"path": "/ws", "handler": "echo", "limits": {"message": "64MiB"}, "permessage_deflate": {}},
                       {"path": "/plain", "handler": "echo"}],
        }))
        with ServerProcess(echo_program, "--config", configuration) as server:
            yield server


def run(*arguments):
    line = [str(part) for part in (load_program, *arguments)]
    return subprocess.run(
        line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=2 * PATIENCE, check=False)


class Loads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.server = stack.enter_context(serving())

    def measure(self, *arguments, url=None, code=0):
        result = run(*arguments, "--json", "-", url or self.server.url)
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(result.stdout)

    def check_good(self, found):
        self.assertEqual((found["wrong"], found["lost"], found["broken"], found["first_error"]), (0, 0, 0, None))

    def check_latency(self, latency):
        order = [latency[name] for name in ("p50", "p90", "p99", "p99_9", "p99_99", "max")]
        self.assertEqual(order, sorted(order))
        self.assertGreater(order[0], 0)

    def test_closed_loop(self):
        found = self.measure(*SHORT, "--connections", 8, "--depth", 4, "--pid", self.server.pid())
        self.check_good(found)
        self.check_latency(found["latency_us"])
        self.assertEqual([found[name] for name in ("mode", "connections", "depth", "size")], ["closed_loop", 8, 4, 64])
        self.assertGreater(found["messages"], 0)
        self.assertEqual(found["messages"], sum(interval["count"] for interval in found["intervals"]))
        self.assertAlmostEqual(found["messages_per_second"], found["messages"] / found["seconds"], places=3)
        self.assertGreater(found["server"]["cpu_us_per_message"], 0)
        self.assertGreater(found["server"]["resident_bytes"], 0)
        # A head of two octets; what is in flight at the borders of the time may be one more or less.
        self.assertAlmostEqual(found["octets_in_per_message"], 66, delta=66 * 100 / found["messages"] + 1)

    def test_messages_of_every_kind(self):
        for arguments in (["--type", "text"], ["--type", "text", "--payload", "utf8", "--size", "16k"],
                          ["--type", "text", "--payload", "ascii", "--size", "1000"], ["--size", 0],
                          ["--size", "1m", "--connections", 2, "--depth", 2],
                          ["--payload", "json", "--verify", "length"], ["--verify", "none"]):
            with self.subTest(arguments):
                self.check_good(self.measure(*SHORT, *arguments))

    def test_messages_that_are_counted(self):
        found = self.measure("--messages", 500, "--connections", 4, "--threads", 2)
        self.check_good(found)
        self.assertEqual((found["messages"], found["threads"]), (500, 2))

    def test_large_messages_in_flight_hold_nobody_up(self):
        found = self.measure("--messages", 40, "--size", "2m", "--depth", 16)
        self.check_good(found)
        self.assertEqual(found["messages"], 40)

    def test_open_loop(self):
        found = self.measure("--rate", 2000, "--messages", 400, "--connections", 5, "--warm-up", "0ms")
        self.check_good(found)
        self.check_latency(found["latency_us"])
        self.assertEqual((found["mode"], found["rate"], found["messages"]), ("open_loop", 2000, 400))

    def test_a_rate_that_is_not_reached_is_seen_in_the_latency(self):
        fast = self.measure(*SHORT, "--rate", 1e8, "--depth", 2)
        self.check_good(fast)
        self.assertGreater(fast["latency_us"]["max"], fast["seconds"] * 1e6 / 2)

    def test_idle_connections(self):
        found = self.measure("--idle", 50, "--touch", "--duration", "200ms", "--pid", self.server.pid(), "--sources", 3)
        self.check_good(found)
        self.assertEqual((found["mode"], found["still_open"]), ("idle", 50))
        self.assertIn("touched_bytes_per_connection", found["memory"])
        self.check_latency(found["handshake_us"])

    def test_cycles_of_connections(self):
        found = self.measure(*SHORT, "--connect-rate", "--connections", 3, "--sources", 5, "--pid", self.server.pid())
        self.check_good(found)
        self.check_latency(found["cycle_us"])
        self.check_latency(found["handshake_us"])
        self.assertGreater(found["cycles"], 0)
        self.assertGreater(found["server"]["cpu_us_per_cycle"], 0)

    def test_deflate(self):
        arguments = [*SHORT, "--type", "text", "--size", "1k", "--connections", 2, "--deflate"]
        found = self.measure(*arguments)
        self.check_good(found)
        self.assertEqual(found["deflate"]["server_max_window_bits"], 15)
        self.assertLess(found["octets_in_per_message"], 700)
        parameters = ["--server-no-context-takeover", "--client-max-window-bits", 10, "--level", 1]
        self.check_good(self.measure(*arguments, *parameters))

    def test_a_server_without_deflate_is_told(self):
        result = run("--deflate", self.server.base_url() + "/plain")
        self.assertEqual(result.returncode, 3)
        self.assertIn("did not agree to permessage-deflate", result.stderr)

    def test_wss(self):
        with serving(tls=certificates.tls("server")) as server:
            arguments = [*SHORT, "--connections", 2, "--size", "16k"]
            self.check_good(self.measure(*arguments, "--ca", certificates / "ca.pem", url=server.url))
            self.check_good(self.measure(*arguments, "--insecure", url=server.url))
            self.assertEqual(run(*arguments, server.url).returncode, 3)

    def test_a_unix_socket(self):
        with tempfile.TemporaryDirectory() as folder, serving({"unix": f"{folder}/socket"}):
            found = self.measure(*SHORT, url=f"ws+unix:{folder}/socket:/ws")
            self.check_good(found)
            self.assertIsNone(found["octets_in_per_message"])

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            figures, picture = pathlib.Path(folder) / "run.json", pathlib.Path(folder) / "run.svg"
            result = run(*SHORT, "--label", "<this & that>", "--json", figures, "--plot", picture, self.server.url)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stdout, r"(?s)^1 connection, 64 B binary, 1 in flight\n.*\nerrors +none\n$")
            self.assertEqual(json.loads(figures.read_text())["label"], "<this & that>")
            svg = xml.etree.ElementTree.parse(picture).getroot()
        names = {"s": "http://www.w3.org/2000/svg"}
        self.assertEqual(svg.find("s:title", names).text, "<this & that>: 1 connection, 64 B binary, 1 in flight")
        self.assertEqual(len(svg.findall("s:polyline", names)), 4)

    def test_progress_is_a_line_a_second(self):
        result = run("--duration", "2200ms", self.server.url)
        self.assertRegex(result.stderr, r"(?m)\A(\[\d/2 s\] \S+/s(, p50 .*, p99 .*)?\n)+\Z")

    def test_an_interrupt_ends_the_measuring_and_shows_what_there_is(self):
        line = [str(part) for part in (load_program, "--duration", "1h", "--json", "-", self.server.url)]
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            process.stderr.readline()  # it runs
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0)
        self.assertTrue(json.loads(output)["interrupted"])


class Faults(unittest.TestCase):
    """Each fault of a server is found, and the exit code is 1."""

    def check_found(self, talk, expected, *arguments, duration="30s"):
        with RawServer(lambda connection: self.talk(connection, talk)) as server:
            result = run("--messages", 50, "--duration", duration, "--warm-up", "0ms", *arguments, "--json", "-",
                         server.url)
        self.assertEqual(result.returncode, 1, result.stderr)
        found = json.loads(result.stdout)
        kinds = [name for name in ("wrong", "lost", "broken") if found[name]]
        self.assertEqual(kinds, [expected], found["first_error"])
        self.assertIn("the first: " + found["first_error"], result.stderr)
        return found

    def talk(self, connection, answer):
        """Echoes, as `answer(number, payload)` has it; nothing: no answer. Ends with the client's Close frame."""
        number = 0
        while True:
            first, payload = read_frame(connection)
            if first == 0x88:
                connection.sendall(b"\x88" + bytes([len(payload)]) + payload)
                return
            echo = answer(number, payload)
            if echo is None:
                return
            connection.sendall(echo)
            number += 1

    def frame(self, payload, first=0x82):
        return bytes([first, len(payload)]) + payload

    def test_an_octet_that_differs(self):
        def answer(number, payload):
            return self.frame(payload[:9] + bytes([payload[9] ^ 1]) + payload[10:] if number == 3 else payload)
        found = self.check_found(answer, "wrong")
        self.assertEqual(found["wrong"], 1)
        self.assertRegex(found["first_error"], "differs .* from byte 9 on")

    def test_what_is_not_looked_at_is_not_found(self):
        def answer(_, payload):
            return self.frame(bytes(len(payload)))
        with RawServer(lambda connection: self.talk(connection, answer)) as server:
            result = run("--duration", "200ms", "--verify", "length", server.url)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_an_echo_that_is_too_short_or_of_the_other_type(self):
        self.check_found(lambda number, payload: self.frame(payload[number == 2:]), "wrong", "--verify", "length")
        self.check_found(lambda _, payload: self.frame(payload, 0x81), "wrong", "--payload", "ascii")

    def test_an_answer_too_many(self):
        self.check_found(
            lambda number, payload: self.frame(payload) * (2 if number == 5 else 1), "wrong", duration="1s")

    def test_an_echo_that_never_comes(self):
        found = self.check_found(
            lambda number, payload: b"" if number == 4 else self.frame(payload), "lost", duration="1s")
        self.assertEqual(found["lost"], 1)

    def test_a_connection_that_is_dropped(self):
        found = self.check_found(
            lambda number, payload: self.frame(payload) if number < 20 else None, "lost", "--depth", 3)
        self.assertEqual(found["lost"], 3)

    def test_a_server_that_closes(self):
        def answer(number, payload):
            return self.frame(payload) if number < 9 else self.frame(b"\x03\xe9", 0x88)
        found = self.check_found(answer, "lost")
        self.assertIn("closed a connection with 1001", found["first_error"])

    def test_a_frame_that_breaks_the_protocol(self):
        self.check_found(lambda number, payload: self.frame(payload, 0x82 if number < 4 else 0xF2), "lost")

    def test_a_server_that_does_not_answer_the_close_frame(self):
        def talk(connection):
            _, payload = read_frame(connection)
            connection.sendall(self.frame(payload))
            while read_frame(connection)[0] != 0x88:
                connection.sendall(self.frame(payload))
        with RawServer(talk) as server:
            result = run("--duration", "100ms", "--verify", "none", server.url)
        self.assertEqual(result.returncode, 1)
        self.assertIn("1 connections broken", result.stdout)

    def test_nobody_there(self):
        with socket.socket() as bound:  # and not listening
            bound.bind(("127.0.0.1", 0))
            result = run(f"ws://127.0.0.1:{bound.getsockname()[1]}/")
        self.assertEqual(result.returncode, 3)
        self.assertIn("refused", result.stderr)


class CommandLine(unittest.TestCase):
    def check_refused(self, pattern, *arguments):
        result = run(*arguments)
        self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
        self.assertRegex(result.stderr, pattern)

    def test_help_and_version(self):
        self.assertRegex(run("--help").stdout, r"(?s)--connections.*Exit codes:.*0 .*1 .*2 .*3 ")
        self.assertRegex(run("--version").stdout, r"websock-load \d+\.\d+\.\d+")

    def test_a_wrong_command_line_is_2(self):
        url = "ws://127.0.0.1:1/"
        self.check_refused("URL is required")
        self.check_refused("--bogus", "--bogus", url)
        self.check_refused("size such as", "--size", "much", url)
        self.check_refused("URL|scheme", "ftp://127.0.0.1/")
        self.check_refused("cannot be written", "--json", "/no/such/folder/file", url)


def main():
    global load_program, echo_program, certificates
    load_program, echo_program, make_certificates = sys.argv[-3:]
    del sys.argv[-3:]
    with Certificates(make_certificates) as certificates:
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
