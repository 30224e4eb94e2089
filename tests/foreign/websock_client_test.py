"""websock-client as a process: exit codes, pipes, files, signals. websock_client_test.py CLIENT ECHO CLOSE."""

import base64
import hashlib
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from foreign_process import PATIENCE, Client
from server_process import ServerProcess

client = echo = close = None

ACCEPTED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "


class RawServer:
    """Takes one connection, does the opening handshake, and hands the socket to `talk(connection, head)`."""

    def __init__(self, talk, answer=None):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._talk, self._answer = talk, answer
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join(PATIENCE)
        self._listener.close()

    def _serve(self):
        connection, _ = self._listener.accept()
        connection.settimeout(PATIENCE)
        with connection:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            connection.sendall(self._answer or opening_answer(head))
            self._talk(connection)


def opening_answer(head):
    key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    digest = hashlib.sha1(key.split(b":")[1].strip() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return ACCEPTED.encode() + base64.b64encode(digest) + b"\r\n\r\n"


def read_frame(connection):
    """A client's short frame: its first octet and the payload."""
    first, second = connection.recv(2, socket.MSG_WAITALL)
    mask = connection.recv(4, socket.MSG_WAITALL)
    payload = connection.recv(second & 127, socket.MSG_WAITALL)
    return first, bytes(octet ^ mask[index % 4] for index, octet in enumerate(payload))


def read_to_end(connection):
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


class CommandLine(unittest.TestCase):
    def check(self, code, pattern, *arguments):
        result = client.run(*arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertRegex(result.stderr if code else result.stdout, pattern)
        return result

    def test_help_has_the_commands_and_the_exit_codes(self):
        text = self.check(0, r"/close \[CODE \[REASON\]\]", "--help").stdout
        self.assertRegex(text, r"(?s)Exit codes:.*0 .*1 .*2 .*3 ")
        self.check(0, r"websock-client \d+\.\d+\.\d+", "--version")

    def test_a_wrong_command_line_is_2_and_says_what_would_be_right(self):
        self.check(2, "URL is required")
        self.check(2, "--bogus", "--bogus", echo.url)
        self.check(2, 'expected "Name: value"', "--header", "name", echo.url)
        self.check(2, "no field name", "--header", "na me: value", echo.url)
        self.check(2, "a time such as 10s", "--timeout", "10", echo.url)
        self.check(2, "a size such as 64MiB", "--max-message", "much", echo.url)
        self.check(2, "--key.*--cert", "--key", "x.key", echo.url)
        self.check(2, "no-such.pem", "--ca", "no-such.pem", "wss://127.0.0.1:1/")

    def test_a_wrong_url_is_2(self):
        for url in ("localhost:8888/ws", "ftp://localhost/", "ws://", "ws://localhost:99999/", "ws://localhost/#part"):
            with self.subTest(url):
                self.check(2, "URL", url)

    def test_no_connection_is_3(self):
        with socket.socket() as bound:  # and not listening
            bound.bind(("127.0.0.1", 0))
            self.check(3, "refused", f"ws://127.0.0.1:{bound.getsockname()[1]}/")

    def test_a_server_that_says_nothing_is_3_after_the_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.check(3, "--timeout", "--timeout", "100ms", f"ws://127.0.0.1:{silent.getsockname()[1]}/")

    def test_a_refusal_shows_its_status_and_its_body_escaped(self):
        self.check(3, r"404 Not Found", f"{echo.base_url()}/nowhere")
        body = b"first \x1b[31m line\nsecond\xff line"
        answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        with RawServer(lambda connection: None, answer) as server:
            result = self.check(3, r"403 Forbidden", server.url)
        self.assertIn("first \\x1b[31m line\n  second\\xff line\n", result.stderr)


class Pipes(unittest.TestCase):
    def talk(self, stdin, *arguments, code=0):
        result = client.run(*arguments, echo.url, stdin=stdin)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def test_lines_come_back_before_the_end_of_the_input_closes(self):
        result = self.talk("hello\n\nlast without a newline")
        self.assertEqual((result.stdout, result.stderr), ("hello\n\nlast without a newline\n", ""))

    def test_the_end_of_the_input_can_be_lingered_over(self):
        def answer_late(connection):
            read_frame(connection)
            connection.sendall(b"\x81\x04late\x88\x02\x03\xe8")
            read_to_end(connection)

        for time in ("30s", "none"):
            with self.subTest(time), RawServer(answer_late) as server:
                result = client.run("--linger", time, server.url, stdin="question\n")
                self.assertEqual((result.returncode, result.stdout), (0, "late\n"), result.stderr)
        self.assertEqual(self.talk("one\n", "--linger", "100ms").stdout, "one\n")

    def test_a_pipe_is_exact(self):
        lines = "\x1b[31mred\0\r\u202e\tüß 日本\n"
        result = client.run(echo.url, stdin=lines.encode())
        self.assertEqual(result.stdout, lines.encode())

    def test_commands(self):
        result = self.talk("/ping\n//slash\n/ping payload\n/nonsense\n/close 1006\n/close 1000 " + "x" * 124 + "\nend\n")
        self.assertEqual(result.stdout, "/slash\nend\n")
        self.assertRegex(
            result.stderr,
            r"(?s)pong after \d+\.\d+ ms.*pong after.*line 4: unknown command \"/nonsense\".*/help"
            r".*line 5: .*1006.*3000-4999.*line 6: .*at most 123")

    def test_close_sends_its_code_and_reads_no_further(self):
        result = self.talk("/close 4000 enough of it\nnot sent\n", code=1)
        self.assertEqual(result.stdout, "")
        self.assertIn("4000", result.stderr)
        self.assertIn("enough of it", result.stderr)
        self.talk("/close\n")
        self.talk("/quit\n")

    def test_raw_has_no_commands(self):
        self.assertEqual(self.talk("/ping\n//x\n", "--raw").stdout, "/ping\n//x\n")

    def test_a_line_that_cannot_be_sent_is_told_and_the_next_one_is_sent(self):
        result = client.run(echo.url, stdin=b"\xff\xfe\ngood\n")
        self.assertEqual((result.returncode, result.stdout), (0, b"good\n"))
        self.assertIn(b"line 1: not sent: it is not valid UTF-8", result.stderr)
        result = self.talk("12345\n1234\n" + "x" * 200000 + "\nabc", "--max-message", "4")
        self.assertEqual(result.stdout, "1234\nabc\n")
        self.assertRegex(result.stderr, r"line 1: not sent: it is longer than 4 .*\n.*line 3: not sent")

    def test_binary(self):
        self.assertEqual(self.talk("hello\n", "--binary").stdout, "[binary, 5 bytes] 68 65 6c 6c 6f\n")
        self.assertEqual(self.talk("\n", "--binary").stdout, "[binary, 0 bytes]\n")
        octets = " ".join(["78"] * 32)
        self.assertEqual(self.talk("x" * 33, "--binary").stdout, f"[binary, 33 bytes] {octets} ...\n")

    def test_exec_prints_one_reply(self):
        for message in ("hello", "", "{}", "[1, 2]", '{"a": [true]}', "/ping", "two\nlines"):
            with self.subTest(message):
                result = client.execute(message, echo.url)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, message + "\n", ""))

    def test_exec_without_a_reply_is_1(self):
        result = client.execute("hello", f"{close.base_url()}/close/1000")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("before a reply", result.stderr)
        with RawServer(read_to_end) as server:
            result = client.execute("hello", "--timeout", "200ms", server.url)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("no reply within 200ms", result.stderr)

    def test_the_servers_close_code_decides(self):
        for code, expected in ((1000, 0), (1001, 0), (1008, 1), (1011, 1), (3000, 1)):
            with self.subTest(code):
                # Standard input stays open: that the server closes is enough.
                process = client.start(
                    f"{close.base_url()}/close/{code}", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, text=True)
                self.assertEqual(process.wait(PATIENCE), expected)
                with process:
                    self.assertEqual(process.stderr.read() == "", expected == 0)

    def test_a_lost_connection_is_1(self):
        for bye in (b"", b"\x81\x05he"):
            with self.subTest(bye), RawServer(lambda connection, bye=bye: connection.sendall(bye)) as server:
                result = client.run(server.url)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertNotEqual(result.stderr, "")

    def test_verbose_shows_the_handshake_but_no_password(self):
        url = echo.url.replace("ws://", "ws://alice:secret@")
        result = client.run("--verbose", "--header", "X-Test: yes", url)
        self.assertEqual((result.returncode, result.stdout), (0, ""), result.stderr)
        self.assertRegex(result.stderr, r"(?m)^> GET /ws HTTP/1.1$")
        self.assertRegex(result.stderr, r"(?mi)^> X-Test: yes$")
        self.assertRegex(result.stderr, r"(?mi)^> Authorization: Basic \[not shown\]$")
        self.assertRegex(result.stderr, r"(?m)^< HTTP/1.1 101 Switching Protocols$")


class FilesAndSignals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_files_as_standard_input_and_output(self):
        lines, replies = self.folder / "lines", self.folder / "replies"
        lines.write_bytes(b"".join(b"line %d\n" % number for number in range(20000)) + b"x" * 3000000 + b"\n")
        with lines.open("rb") as source, replies.open("wb") as sink:
            process = client.start(echo.url, stdin=source, stdout=sink, stderr=subprocess.PIPE)
            self.assertEqual(process.wait(PATIENCE), 0)
        process.stderr.close()
        self.assertTrue(lines.read_bytes() == replies.read_bytes())

    def test_a_device_as_standard_input(self):
        with open("/dev/null", "rb") as nothing:
            process = client.start(echo.url, stdin=nothing, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertEqual(process.wait(PATIENCE), 0)

    def test_a_peer_that_does_not_read_stops_the_reading_of_a_large_file(self):
        stop = threading.Event()
        with RawServer(lambda connection: stop.wait(PATIENCE)) as server:
            reading, writing = os.pipe()
            process = client.start(server.url, stdin=reading, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            os.close(reading)
            os.set_blocking(writing, False)
            taken, line = 0, b"x" * 65535 + b"\n"
            # Full for a second: nobody takes more. The buffers of two sockets and 1 MiB of output are allowed.
            while select.select([], [writing], [], 1)[1]:
                taken += os.write(writing, line)
                self.assertLess(taken, 64 * 2**20)
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
            os.close(writing)
            stop.set()

    def test_both_signals_close_with_1001(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            received = []

            def talk(connection):
                connection.sendall(b"\x81\x02hi")
                received.append(read_frame(connection))
                connection.sendall(b"\x88\x02\x03\xe9")

            with self.subTest(number), RawServer(talk) as server:
                process = client.start(server.url, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                with process:
                    self.assertEqual(process.stdout.readline(), b"hi\n")
                    process.send_signal(number)
                    self.assertEqual(process.wait(PATIENCE), 0)
                self.assertEqual(received, [(0x88, b"\x03\xe9")])

    def test_a_server_that_does_not_answer_a_close_holds_it_no_longer_than_the_timeout(self):
        stop = threading.Event()

        def talk(connection):
            connection.sendall(b"\x81\x02hi")
            stop.wait(PATIENCE)

        with RawServer(talk) as server:
            process = client.start(
                "--timeout", "300ms", server.url, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            with process:
                process.stdout.readline()
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(PATIENCE), 1)
            stop.set()

    def test_a_signal_ends_connecting(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            process = client.start(
                "--timeout", "none", f"ws://127.0.0.1:{silent.getsockname()[1]}/", stdin=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True)
            connection, _ = silent.accept()
            with process, connection:
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(PATIENCE), 3)
                self.assertIn("interrupted", process.stderr.read())

    def test_who_stops_reading_our_output_ends_it_quietly(self):
        process = client.start(echo.url, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write(b"first\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"first\n")
        process.stdout.close()
        process.stdin.write(b"second\n")
        process.stdin.flush()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        process.stdin.close()

    def test_output_that_cannot_be_written_is_1(self):
        with open("/dev/full", "wb") as full:
            process = client.start("--exec", "x", echo.url, stdout=full, stderr=subprocess.PIPE, text=True)
            with process:
                self.assertEqual(process.wait(PATIENCE), 1)
                self.assertIn("standard output: No space left", process.stderr.read())

    def test_a_pager_that_waits_does_not_hold_a_signal_up(self):
        def talk(connection):
            frame = b"\x82\x7f" + (2**20).to_bytes(8, "big") + bytes(2**20)
            text = b"\x81\x7e\xff\xff" + b"x" * 65535
            try:
                for _ in range(64):
                    connection.sendall(text)
                connection.sendall(frame)
                read_to_end(connection)
            except OSError:
                pass

        with RawServer(talk) as server:
            reading, writing = os.pipe()  # nobody reads it
            process = client.start("--timeout", "300ms", server.url, stdin=subprocess.PIPE, stdout=writing,
                                   stderr=subprocess.DEVNULL)
            os.close(writing)
            with process:
                select.select([reading], [], [], PATIENCE)
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE)
            os.close(reading)


def main():
    global client, echo, close
    client_program, echo_program, close_program = sys.argv[-3:]
    del sys.argv[-3:]
    client = Client(client_program)
    with ServerProcess(echo_program, "--port", "0") as echo, ServerProcess(close_program) as close:
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
