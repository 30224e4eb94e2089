"""The echo server over networks that delay, lose and end, and addresses that come and go.

    network_test.py ECHO_SERVER

Namespaces and netem need root and a kernel that has them; what is not permitted here is skipped, and says why. A proxy
in user space can delay and cut a stream in pieces; it cannot lose or reorder packets.
"""

import asyncio
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import websockets

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "foreign"))
from server_process import PATIENCE, ServerProcess  # noqa: E402

program = None
ADDRESS = "192.0.2.1"  # RFC 5737: for documentation, so nobody's


def configuration(*addresses, **session):
    return {
        "listeners": [{"address": address, "port": 0} for address in addresses],
        "threads": 2,
        "routes": [{"path": "/ws", "handler": "echo", **session}],
    }


def ip(*arguments):
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=30, check=True).stdout


class Namespace:
    """A network namespace with a link to this one's end of it; gone at the end."""

    def __init__(self):
        self.name = f"websock-{os.getpid()}-{random.randrange(10**6)}"
        if shutil.which("ip") is None:
            raise unittest.SkipTest("skipped: there is no `ip` here (iproute2)")
        made = subprocess.run(["ip", "netns", "add", self.name], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise unittest.SkipTest(f"skipped: no network namespaces here: {made.stderr.strip()}")
        try:
            self.inside("ip", "link", "set", "lo", "up")
            self.inside("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo")
        except subprocess.CalledProcessError as error:
            self.remove()
            raise unittest.SkipTest(f"skipped: addresses cannot be set here: {error.stderr}") from error

    def command(self, *arguments):
        return ["ip", "netns", "exec", self.name, *[str(part) for part in arguments]]

    def inside(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=30, check=True).stdout

    def remove(self):
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True, check=False)


class Slow:
    """A proxy that passes a stream on late and in small pieces, each way."""

    def __init__(self, port, delay, largest):
        self.port, self.delay, self.largest = port, delay, largest
        self.chance = random.Random(1)

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/ws"
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def serve(self, reader, writer):
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self.pass_on(reader, there_writer), self.pass_on(there_reader, writer))

    async def pass_on(self, reader, writer):
        queue = asyncio.Queue()

        async def write_late():
            while (late := await queue.get()) is not None:
                due, data = late
                await asyncio.sleep(max(0, due - time.monotonic()))
                writer.write(data)
                await writer.drain()
            writer.close()

        writing = asyncio.create_task(write_late())
        try:
            while data := await reader.read(self.chance.randint(1, self.largest)):
                queue.put_nowait((time.monotonic() + self.delay, data))
        except ConnectionError:
            pass
        queue.put_nowait(None)
        try:
            await writing
        except ConnectionError:
            pass


async def echo_all(url, messages, patience=PATIENCE):
    async with websockets.connect(url, open_timeout=patience, close_timeout=patience) as connection:

        async def send():
            for message in messages:
                await connection.send(message)

        sending = asyncio.create_task(send())
        for message in messages:
            assert await asyncio.wait_for(connection.recv(), patience) == message
        await sending
        await connection.close()
        return connection.close_code


MESSAGES = ["hello", "x" * 20000, "", "y" * 125, "z" * 126] * 3


class Network(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "server.json"

    def write(self, config):
        self.file.write_text(json.dumps(config))

    def namespace(self):
        space = Namespace()
        self.addCleanup(space.remove)
        return space

    def echo_inside(self, space, url, text="hello"):
        """A client in the namespace; what it got."""
        code = (
            "import asyncio, sys, websockets\n"
            "async def main():\n"
            "    async with websockets.connect(sys.argv[1], open_timeout=10) as connection:\n"
            "        await connection.send(sys.argv[2]); print(await connection.recv(), end='')\n"
            "asyncio.run(main())"
        )
        done = subprocess.run(
            space.command(sys.executable, "-c", code, url, text), capture_output=True, text=True, timeout=30, check=False
        )
        return done.stdout

    def test_200_ms_of_delay_and_small_pieces_change_nothing(self):
        self.write(configuration("127.0.0.1", keepalive={"ping_interval": "300ms", "ping_timeout": "1500ms"}))

        async def through(port):
            async with Slow(port, 0.2, 700) as proxy:
                return await asyncio.gather(*(echo_all(proxy.url, MESSAGES) for _ in range(5)))

        with ServerProcess(program, "--config", self.file) as server:
            self.assertEqual(asyncio.run(through(server.port)), [1000] * 5)

    def test_loss_delay_and_reordering_change_nothing(self):
        space = self.namespace()
        shaped = subprocess.run(
            space.command(*"tc qdisc add dev lo root netem delay 100ms 20ms loss 5% reorder 25% 50%".split()),
            capture_output=True, text=True, check=False,
        )
        if shaped.returncode != 0:
            self.skipTest(f"skipped: no netem here: {shaped.stderr.strip()}")
        self.write(configuration("127.0.0.1", keepalive={"ping_interval": "1s", "ping_timeout": "10s"}))
        with ServerProcess(*space.command(program, "--config", self.file)) as server:
            for _ in range(3):
                self.assertEqual(self.echo_inside(space, server.url, "x" * 5000), "x" * 5000)

    def test_a_listener_whose_address_goes_away_leaves_the_others(self):
        space = self.namespace()
        self.write(configuration("127.0.0.1", ADDRESS))
        with ServerProcess(*space.command(program, "--config", self.file)) as server:
            there = server.wait_for_line(r"listening on (\S+)")[1]
            self.assertEqual(self.echo_inside(space, there), "hello")
            space.inside("ip", "address", "delete", f"{ADDRESS}/32", "dev", "lo")
            self.assertEqual(self.echo_inside(space, server.url), "hello")
            # A reload keeps the listener; one that asks for an address that is not there is refused.
            port = int(there.rsplit(":", 1)[1].split("/")[0])
            config = configuration("127.0.0.1", ADDRESS)
            config["listeners"][0]["port"] = server.port
            config["listeners"][1]["port"] = port
            self.write(config)
            server.signal(signal.SIGHUP)
            server.wait_for_line("configuration was read again")
            self.write(configuration("127.0.0.1", "192.0.2.2"))
            server.signal(signal.SIGHUP)
            server.wait_for_line("the old configuration stays: cannot listen on 192.0.2.2")
            self.assertEqual(self.echo_inside(space, server.url), "hello")
            space.inside("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo")
            self.assertEqual(self.echo_inside(space, there), "hello")

    def test_a_peer_behind_a_link_that_went_down_is_dropped_in_time(self):
        space = self.namespace()
        here = f"ws{os.getpid() % 10**8}"
        try:
            ip("link", "add", here, "type", "veth", "peer", "name", "inner", "netns", space.name)
            self.addCleanup(lambda: subprocess.run(["ip", "link", "delete", here], capture_output=True, check=False))
            ip("address", "add", "198.51.100.1/30", "dev", here)
            ip("link", "set", here, "up")
            space.inside("ip", "address", "add", "198.51.100.2/30", "dev", "inner")
            space.inside("ip", "link", "set", "inner", "up")
        except subprocess.CalledProcessError as error:
            self.skipTest(f"skipped: no virtual links here: {error.stderr}")
        self.write(configuration("198.51.100.2", keepalive={"ping_interval": "200ms", "ping_timeout": "300ms"}))

        async def vanish(url):
            connections = [await websockets.connect(url, ping_interval=None) for _ in range(10)]
            before = len(descriptors())
            ip("link", "set", here, "down")
            deadline = time.monotonic() + PATIENCE
            while len(descriptors()) > before - 10:
                self.assertLess(time.monotonic(), deadline)
                await asyncio.sleep(0.02)
            for connection in connections:
                connection.transport.abort()

        with ServerProcess(*space.command(program, "--config", self.file)) as server:
            descriptors = lambda: os.listdir(f"/proc/{server.pid()}/fd")  # noqa: E731; `ip netns exec` becomes it
            asyncio.run(vanish(server.url))

    def test_a_server_that_was_stopped_keeps_who_answers(self):
        self.write(configuration("127.0.0.1", keepalive={"ping_interval": "100ms", "ping_timeout": "200ms"}))

        async def stop_and_go(server):
            connections = [await websockets.connect(server.url, ping_interval=None) for _ in range(20)]
            server.signal(signal.SIGSTOP)
            await asyncio.sleep(1.5)  # the fault itself
            server.signal(signal.SIGCONT)
            for connection in connections:
                await connection.send("still here")
                self.assertEqual(await asyncio.wait_for(connection.recv(), PATIENCE), "still here")
                await connection.close()

        with ServerProcess(program, "--config", self.file) as server:
            asyncio.run(stop_and_go(server))


if __name__ == "__main__":
    program = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
