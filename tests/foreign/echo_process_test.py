"""The echo server as a process: command line, signals, exit codes. echo_process_test.py ECHO_SERVER."""

import asyncio
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

import websockets

from server_process import ServerProcess

program = None

CONFIGURATION = {
    "listeners": [{"address": "127.0.0.1", "port": 0}],
    "threads": 2,
    "routes": [{"path": "/ws", "handler": "echo"}],
}
BAD_CONFIGURATION = """{
  "listeners": [{ "address": "127.0.0.1", "port": 0 }],
  "routes": [
    { "path": "/ws", "handler": "echo", "limits": { "message": true } }
  ]
}
"""
BAD_PLACE = r"server\.json:4:\d+: /routes/0/limits/message: "


def run(*arguments):
    return subprocess.run(
        [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
    )


async def echo_once(url):
    async with websockets.connect(url) as connection:
        await connection.send("hello")
        return await asyncio.wait_for(connection.recv(), 30)


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.configuration = pathlib.Path(folder.name) / "server.json"

    def test_help_and_version(self):
        self.assertEqual(run("--help").returncode, 0)
        self.assertIn("--check-config", run("--help").stdout)
        self.assertRegex(run("--version").stdout, r"\d+\.\d+\.\d+")

    def test_the_built_in_configuration_is_good(self):
        self.assertEqual(run("--check-config").returncode, 0)

    def test_a_good_configuration_passes_the_check(self):
        self.configuration.write_text(json.dumps(CONFIGURATION))
        result = run("--config", self.configuration, "--check-config")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_bad_configuration_is_named_by_place_and_pointer(self):
        self.configuration.write_text(BAD_CONFIGURATION)
        for arguments in (["--check-config"], []):
            with self.subTest(arguments=arguments):
                result = run("--config", self.configuration, *arguments)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertRegex(result.stderr, BAD_PLACE)

    def test_a_missing_configuration_is_named(self):
        result = run("--config", self.configuration)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn(str(self.configuration), result.stderr)

    def test_an_address_in_use_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = run("--port", str(port))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(f"127.0.0.1:{port}", result.stderr)


class Signals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.configuration = pathlib.Path(folder.name) / "server.json"
        self.configuration.write_text(json.dumps(CONFIGURATION))

    def start(self):
        server = ServerProcess(program, "--config", self.configuration).__enter__()
        self.addCleanup(server.__exit__)
        return server

    def test_both_signals_end_an_idle_server_with_success(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                server = self.start()
                server.signal(number)
                self.assertEqual(server.wait(), 0, server.output())

    def test_a_drain_closes_200_busy_sessions_with_1001_and_loses_nothing(self):
        server = self.start()
        asyncio.run(self.drain_under_load(server, sessions=200))
        self.assertEqual(server.wait(), 0, server.output())

    async def drain_under_load(self, server, sessions):
        url = f"{server.base_url()}/ws"
        connections = [
            await websockets.connect(url, ping_interval=None, compression=None, close_timeout=30)
            for _ in range(sessions)
        ]
        busy = [asyncio.Event() for _ in connections]

        async def send(connection):
            number = 0
            try:
                while True:
                    await connection.send(str(number))
                    number += 1
                    await asyncio.sleep(0)  # the other coroutines' turn
            except websockets.ConnectionClosed:
                pass

        async def receive(connection, event):
            number = 0
            try:
                while True:
                    self.assertEqual(await connection.recv(), str(number))  # none lost, in order
                    number += 1
                    if number == 3:
                        event.set()
            except websockets.ConnectionClosed:
                self.assertEqual(connection.close_rcvd.code, 1001)
                self.assertTrue(connection.close_rcvd_then_sent)

        running = [asyncio.ensure_future(send(connection)) for connection in connections]
        running += [asyncio.ensure_future(receive(*pair)) for pair in zip(connections, busy)]
        await asyncio.wait_for(asyncio.gather(*(event.wait() for event in busy)), 60)
        server.signal(signal.SIGTERM)
        await asyncio.wait_for(asyncio.gather(*running), 60)

    def test_a_second_signal_does_not_wait_for_a_silent_peer(self):
        server = self.start()
        with socket.create_connection((server.host, server.port), timeout=30) as silent:
            silent.sendall(
                f"GET /ws HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: hbr3lLZ7IX8r2mOOX5TV3A==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
            received = b""
            while b"\r\n\r\n" not in received:
                received += silent.recv(1)
            server.signal(signal.SIGTERM)
            self.assertEqual(silent.recv(4, socket.MSG_WAITALL), bytes.fromhex("880203e9"))
            # Drain waits for our Close frame now: ten seconds by default, and the close timeout is as long.
            server.signal(signal.SIGTERM)
            server.wait(timeout=5)

    def test_sighup_takes_a_new_configuration(self):
        server = self.start()
        new = dict(CONFIGURATION, routes=CONFIGURATION["routes"] + [{"path": "/new", "handler": "echo"}])
        new["listeners"] = [{"address": "127.0.0.1", "port": server.port}]
        self.configuration.write_text(json.dumps(new))
        server.signal(signal.SIGHUP)
        server.wait_for_line(r"(?i)configuration")
        self.assertEqual(asyncio.run(echo_once(f"{server.base_url()}/new")), "hello")

    def test_sighup_with_a_bad_configuration_keeps_the_old_one(self):
        server = self.start()
        self.configuration.write_text(BAD_CONFIGURATION)
        server.signal(signal.SIGHUP)
        server.wait_for_line(BAD_PLACE)
        self.assertEqual(asyncio.run(echo_once(f"{server.base_url()}/ws")), "hello")


if __name__ == "__main__":
    program = sys.argv.pop()
    unittest.main(verbosity=2)
