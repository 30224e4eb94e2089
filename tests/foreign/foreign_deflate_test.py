"""permessage-deflate with what others wrote, in both roles: python3-websockets and the package `ws`.

foreign_deflate_test.py NODE ECHO_SERVER CLIENT
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import logging
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import unittest.mock
import zlib

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory

from foreign_process import PATIENCE, Client
from server_process import ServerProcess

node = echo = echo_program = client = None

MIB = 2**20
SIZES = (0, 1, 125, 126, 1000, 65535, 65536)
DEFAULT_THRESHOLD = 256

# "permessage_deflate" of each route; None: the route has none.
ROUTES = {
    "defaults": {},
    "forgetful": {"server_no_context_takeover": True, "client_no_context_takeover": True},
    "server_forgets": {"server_no_context_takeover": True},
    "client_forgets": {"client_no_context_takeover": True},
    "bits_8": {"server_max_window_bits": 8, "client_max_window_bits": 8},
    "bits_9": {"server_max_window_bits": 9, "client_max_window_bits": 9},
    "bits_12": {"server_max_window_bits": 12, "client_max_window_bits": 12},
    "fast": {"threshold": 0, "level": 1},
    "small": {"threshold": 0, "level": 9, "memory_level": 9},
    "frugal": {"threshold": 0, "level": 9, "memory_level": 1, "server_max_window_bits": 9},
    "without": None,
}


def configuration():
    routes = [{"path": f"/{name}", "handler": "echo", **({} if deflate is None else {"permessage_deflate": deflate})}
              for name, deflate in ROUTES.items()]
    routes += [
        {"path": "/bomb", "handler": "echo", "limits": {"message": "16MiB"}, "permessage_deflate": {}},
        {"path": "/roomy", "handler": "echo", "limits": {"message": "1GiB", "inflate_ratio": 200},
         "permessage_deflate": {}},
    ]
    return {"listeners": [{"address": "127.0.0.1", "port": 0}], "threads": 1, "routes": routes}


@contextlib.contextmanager
def serving():
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "server.json")
        config.write_text(json.dumps(configuration()), encoding="utf-8")
        with ServerProcess(echo_program, "--config", config) as server:
            yield server


# --- Messages ----------------------------------------------------------------------------------


def repetitive(size):
    text = "".join(f'{{"id":{number},"name":"sensor-{number % 17}","ok":true}},' for number in range(size // 30 + 1))
    return text[:size]


def utf8(size):
    return "ß€😀日本語" * (size // 18 + 1)


def messages(largest):
    """Text and binary, compressible and not."""
    generator = random.Random(7692)
    for size in (*SIZES, *([MIB] if largest >= MIB else [])):
        yield from (repetitive(size), bytes(size), generator.randbytes(size), utf8(size))


def octets(message):
    return message.encode() if isinstance(message, str) else message


# --- What must be agreed on --------------------------------------------------------------------


def agreement(wanted, offered):
    """RFC 7692 section 7.1, of a server that wants at least this: what a client may see as agreed on."""
    client_bits = offered.get("client_max_window_bits")
    return {
        "server_no_context_takeover":
            wanted.get("server_no_context_takeover", False) or offered.get("server_no_context_takeover", False),
        "client_no_context_takeover":
            wanted.get("client_no_context_takeover", False) or offered.get("client_no_context_takeover", False),
        "server_max_window_bits":
            min(wanted.get("server_max_window_bits", 15), offered.get("server_max_window_bits") or 15),
        # A client that did not offer it cannot be asked.
        "client_max_window_bits": 15 if client_bits is None else
            min(wanted.get("client_max_window_bits", 15), 15 if client_bits is True else client_bits),
    }


def seen_by_python_client(extension):
    return {
        "server_no_context_takeover": extension.remote_no_context_takeover,
        "client_no_context_takeover": extension.local_no_context_takeover,
        "server_max_window_bits": extension.remote_max_window_bits,
        "client_max_window_bits": extension.local_max_window_bits,
    }


def with_defaults(params):
    """What `ws` has of parameters says only what was written."""
    return {"server_no_context_takeover": False, "client_no_context_takeover": False, "server_max_window_bits": 15,
            "client_max_window_bits": 15, **params}


class StrictInflater:
    """zlib also finds what is further back than the window in the output of the same call: this one makes little
    of it a call, so that a distance beyond the window is an error."""

    def __init__(self, bits, forgets):
        self._bits, self._forgets = bits, forgets
        self._inflater = zlib.decompressobj(wbits=-bits)

    def inflate(self, payload):
        if self._forgets:
            self._inflater = zlib.decompressobj(wbits=-self._bits)
        made = []
        payload += b"\0\0\xff\xff"
        for at in range(0, len(payload), 64):
            piece = payload[at:at + 64]
            while piece:
                made.append(self._inflater.decompress(piece, 16))
                piece = self._inflater.unconsumed_tail
        while more := self._inflater.decompress(b"", 16):
            made.append(more)
        return b"".join(made)


class TheStrictInflater(unittest.TestCase):
    def test_it_refuses_what_is_further_back_than_the_window(self):
        pattern = random.Random(7692).randbytes(700)
        deflater = zlib.compressobj(wbits=-10)
        payload = (deflater.compress(pattern + pattern) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]
        self.assertTrue(StrictInflater(10, False).inflate(payload) == pattern + pattern)
        with self.assertRaisesRegex(zlib.error, "too far back"):
            StrictInflater(9, False).inflate(payload)


# --- websock-echo ------------------------------------------------------------------------------


class PythonClients(unittest.IsolatedAsyncioTestCase):
    """python3-websockets against websock-echo."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    def connect(self, route, offer, **settings):
        extensions = None if offer is None else [ClientPerMessageDeflateFactory(**offer, **settings)]
        return websockets.connect(f"{echo.base_url()}/{route}", compression=None, extensions=extensions,
                                  max_size=None, ping_interval=None)

    @staticmethod
    def record(extension):
        """The data frames of the wire, as they come: (rsv1, payload)."""
        frames, decode = [], extension.decode

        def note(frame, **more):
            if frame.opcode < 8:
                frames.append((frame.rsv1, bytes(frame.data)))
            return decode(frame, **more)

        extension.decode = note
        return frames

    async def converse(self, connection, largest):
        sent = list(messages(largest))

        async def in_pieces(message):
            third = len(message) // 3
            for number, piece in enumerate((message[:third], message[third:2 * third], message[2 * third:])):
                if number == 1:
                    await asyncio.wait_for(await connection.ping(), PATIENCE)
                yield piece

        async def send_all():
            for number, message in enumerate(sent):
                await connection.send(in_pieces(message) if number % 3 == 0 else message)
                if number % 5 == 0:
                    await asyncio.wait_for(await connection.ping(b"between"), PATIENCE)

        async def receive_all():
            for number, message in enumerate(sent):
                received = await asyncio.wait_for(connection.recv(), PATIENCE)
                self.assertTrue(received == message, f"message {number}, of {len(message)}, differs")

        await asyncio.gather(send_all(), receive_all())
        return sent

    def check_wire(self, route, agreed, sent, frames):
        """That what should be compressed was, within the window, without a memory where there may be none."""
        threshold = ROUTES[route].get("threshold", DEFAULT_THRESHOLD)
        forgets = agreed["server_no_context_takeover"]
        strict = StrictInflater(agreed["server_max_window_bits"], forgets)
        self.assertEqual(len(frames), len(sent))
        for message, (is_compressed, payload) in zip(sent, frames):
            whole = octets(message)
            if len(whole) < threshold:
                self.assertFalse(is_compressed, f"{len(whole)} octets, below the threshold")
            elif not forgets:
                self.assertTrue(is_compressed, f"{len(whole)} octets")
            elif is_compressed:
                self.assertLess(len(payload), len(whole))
            if not is_compressed:
                self.assertTrue(payload == whole)
                continue
            self.assertTrue(strict.inflate(payload) == whole, f"{len(whole)} octets do not inflate within the window")
            if len(whole) >= 1000 and whole == bytes(len(whole)):
                self.assertLess(len(payload), len(whole) // 10)

    async def check(self, route, offer, largest=65536, **settings):
        with self.subTest(route=route, offer=offer, **settings):
            if offer is not None:
                offer = {"client_max_window_bits": True, **offer}  # what the factory takes for granted
            async with self.connect(route, offer, **settings) as connection:
                if offer is None or ROUTES[route] is None:
                    self.assertEqual(connection.extensions, [])
                    await self.converse(connection, largest)
                    return
                (extension,) = connection.extensions
                agreed = seen_by_python_client(extension)
                self.assertEqual(agreed, agreement(ROUTES[route], offer))
                frames = self.record(extension)
                sent = await self.converse(connection, largest)
            self.assertEqual(connection.close_rcvd.code, 1000)
            await asyncio.to_thread(self.check_wire, route, agreed, sent, frames)

    OFFERS = (
        {"client_max_window_bits": None},
        {"client_max_window_bits": True},
        {"client_max_window_bits": 9},
        {"client_max_window_bits": 12, "server_max_window_bits": 9},
        {"server_max_window_bits": 8},
        {"server_max_window_bits": 15},
        {"server_no_context_takeover": True},
        {"client_no_context_takeover": True},
        {"server_no_context_takeover": True, "client_no_context_takeover": True, "server_max_window_bits": 10,
         "client_max_window_bits": 10},
    )

    async def test_every_route_with_every_offer(self):
        for route, wanted in ROUTES.items():
            for offer in self.OFFERS:
                # zlib, and with it this client, cannot compress with a window of 8 bits; without a value it would
                # have to.
                if (wanted or {}).get("client_max_window_bits") == 8 and offer.get("client_max_window_bits", True):
                    continue
                await self.check(route, offer)
            await self.check(route, None)

    async def test_large_messages(self):
        for route in ROUTES:
            await self.check(route, {"client_max_window_bits": None}, largest=MIB)

    async def test_what_the_client_compresses_with(self):
        for settings in ({"level": 1}, {"level": 9, "memLevel": 9}, {"level": 0}, {"memLevel": 1},
                         {"strategy": zlib.Z_FIXED}, {"strategy": zlib.Z_HUFFMAN_ONLY}, {"strategy": zlib.Z_RLE}):
            await self.check("defaults", {}, compress_settings=settings)


class NodeClients(unittest.TestCase):
    """The package `ws` against websock-echo."""

    OPTIONS = (
        True,
        {"serverNoContextTakeover": True},
        {"clientNoContextTakeover": True},
        {"serverNoContextTakeover": True, "clientNoContextTakeover": True, "threshold": 0},
        {"serverMaxWindowBits": 8},
        {"serverMaxWindowBits": 9, "clientMaxWindowBits": 9},
        {"serverMaxWindowBits": 15, "clientMaxWindowBits": 15},
        {"clientMaxWindowBits": 8},
        {"clientMaxWindowBits": 12, "threshold": 0, "zlibDeflateOptions": {"level": 9, "memLevel": 9}},
        {"clientMaxWindowBits": False, "zlibDeflateOptions": {"level": 1, "memLevel": 1}},
        {"clientMaxWindowBits": True, "zlibDeflateOptions": {"level": 0}},
        False,
    )

    @staticmethod
    def offer(options):
        options = {} if options is True else options
        offered = {"client_max_window_bits": options.get("clientMaxWindowBits", True) or None}
        for name, key in (("server_no_context_takeover", "serverNoContextTakeover"),
                          ("client_no_context_takeover", "clientNoContextTakeover"),
                          ("server_max_window_bits", "serverMaxWindowBits")):
            if key in options:
                offered[name] = options[key]
        return offered

    def test_every_route_with_every_option(self):
        cases = [(route, options) for route in ROUTES for options in self.OPTIONS]
        given = [{"url": f"{echo.base_url()}/{route}", "options": options, "large": options is True}
                 for route, options in cases]
        script = pathlib.Path(__file__).with_name("deflate_client.js")
        ended = subprocess.run([node, script], input=json.dumps(given), capture_output=True, text=True, timeout=200,
                               check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        for (route, options), result in zip(cases, json.loads(ended.stdout), strict=True):
            with self.subTest(route=route, options=options):
                self.assertNotIn("error", result)
                if options is False or ROUTES[route] is None:
                    self.assertEqual((result["extensions"], result["params"]), ("", None))
                    self.assertGreater(result["wireIn"], result["sent"])
                    continue
                self.assertEqual(result["extensions"], "permessage-deflate")
                self.assertEqual(with_defaults(result["params"]), agreement(ROUTES[route], self.offer(options)))
                # A quarter is random; the rest all but vanishes.
                self.assertLess(result["wireIn"], result["sent"] * 0.45)
                if options is True or options.get("zlibDeflateOptions", {}).get("level") != 0:
                    self.assertLess(result["wireOut"], result["sent"] * 0.5)


# --- websock-client ----------------------------------------------------------------------------

ANSWERED = re.compile(r"(?mi)^< Sec-WebSocket-Extensions: (.*)$")


def lines_to_send():
    generator = random.Random(7692)
    for size in (*SIZES, MIB):
        yield from (repetitive(size), "x" * size, generator.randbytes(size // 2).hex(), utf8(size))


class NodeServers(unittest.TestCase):
    """websock-client against the package `ws`."""

    # What the server is given, and what it must make of the offer `client_max_window_bits`.
    SERVERS = (
        (True, {}),
        ({"threshold": 0}, {}),
        ({"serverNoContextTakeover": True}, {"server_no_context_takeover": True}),
        ({"clientNoContextTakeover": True}, {"client_no_context_takeover": True}),
        ({"serverNoContextTakeover": True, "clientNoContextTakeover": True, "threshold": 0},
         {"server_no_context_takeover": True, "client_no_context_takeover": True}),
        ({"serverMaxWindowBits": 8}, {"server_max_window_bits": 8}),
        ({"serverMaxWindowBits": 9, "clientMaxWindowBits": 9},
         {"server_max_window_bits": 9, "client_max_window_bits": 9}),
        ({"clientMaxWindowBits": 8}, {"client_max_window_bits": 8}),
        ({"clientMaxWindowBits": 12, "clientNoContextTakeover": True},
         {"client_max_window_bits": 12, "client_no_context_takeover": True}),
        ({"clientMaxWindowBits": False, "serverMaxWindowBits": False}, {}),
        ({"zlibDeflateOptions": {"level": 1, "memLevel": 1}}, {}),
        ({"zlibDeflateOptions": {"level": 9, "memLevel": 9}}, {}),
        ({"zlibDeflateOptions": {"level": 0}}, {}),
        (False, None),
    )

    @classmethod
    def setUpClass(cls):
        script = pathlib.Path(__file__).with_name("deflate_server.js")
        options = json.dumps([given for given, _ in cls.SERVERS])
        cls.server = cls.enterClassContext(ServerProcess(node, script, options))

    def test_text(self):
        lines = "".join(line + "\n" for line in lines_to_send())
        for number, (given, agreed) in enumerate(self.SERVERS):
            for more in ([], ["--no-compression"]):
                with self.subTest(server=given, client=more):
                    result = client.run(
                        "--verbose", *more, f"{self.server.base_url()}/{number}", stdin=lines + "report\n")
                    self.assertEqual(result.returncode, 0, result.stderr[-2000:])
                    self.assertTrue(result.stdout.startswith(lines), "what came back differs")
                    report = json.loads(result.stdout[len(lines):])
                    if more or agreed is None:
                        self.assertIsNone(report["params"])
                        self.assertNotRegex(result.stderr, ANSWERED)
                        self.assertGreater(report["wireIn"], len(lines))
                    else:
                        self.assertEqual(with_defaults(report["params"]), with_defaults(agreed))
                        self.assertRegex(ANSWERED.search(result.stderr)[1], r"^permessage-deflate\b")
                        self.assertLess(report["wireIn"], len(lines.encode()) * 0.45)

    def test_binary(self):
        for number, (given, _) in enumerate(self.SERVERS):
            with self.subTest(server=given):
                lines = [line for line in lines_to_send() if len(line) <= 65536]
                result = client.run("--binary", f"{self.server.base_url()}/{number}",
                                    stdin="".join(line + "\n" for line in lines))
                self.assertEqual(result.returncode, 0, result.stderr)
                came = re.findall(r"(?m)^\[binary, (\d+) bytes?\]", result.stdout)
                self.assertEqual([int(size) for size in came], [len(line.encode()) for line in lines])


class PythonServers(unittest.IsolatedAsyncioTestCase):
    """websock-client against python3-websockets."""

    SERVERS = (
        {},
        {"server_no_context_takeover": True},
        {"client_no_context_takeover": True},
        {"server_no_context_takeover": True, "client_no_context_takeover": True},
        {"server_max_window_bits": 9},
        {"server_max_window_bits": 12, "client_max_window_bits": 12, "compress_settings": {"memLevel": 5}},
        {"client_max_window_bits": 8},
        {"client_max_window_bits": 9, "require_client_max_window_bits": True, "client_no_context_takeover": True},
        {"compress_settings": {"level": 1, "strategy": zlib.Z_FIXED}},
        {"compress_settings": {"level": 9, "memLevel": 9}},
    )

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    async def converse(self, settings, *arguments):
        """What the server saw: its extensions, and the data frames of the wire."""
        lines = list(lines_to_send())
        saw = asyncio.get_running_loop().create_future()

        async def echo_all(connection):
            frames = PythonClients.record(connection.extensions[0]) if connection.extensions else None
            for line in lines:
                received = await connection.recv()
                self.assertTrue(received == line)
                # In pieces at times, which the client must put together.
                await connection.send([received[:7], received[7:]] if len(received) % 2 else received)
            saw.set_result((connection.extensions, frames))

        factories = None if settings is None else [ServerPerMessageDeflateFactory(**settings)]
        async with websockets.serve(echo_all, "127.0.0.1", 0, compression=None, extensions=factories,
                                    max_size=None) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            text = "".join(line + "\n" for line in lines)
            result = await asyncio.to_thread(client.run_until_closed, "--verbose", *arguments, url, stdin=text)
            self.assertEqual(result.returncode, 0, result.stderr[-2000:])
            self.assertTrue(result.stdout == text)
            return lines, *await asyncio.wait_for(saw, PATIENCE)

    async def test_every_server(self):
        for settings in self.SERVERS:
            with self.subTest(settings):
                lines, (extension,), frames = await self.converse(settings)
                for name, seen in (
                        ("client_no_context_takeover", extension.remote_no_context_takeover),
                        ("server_no_context_takeover", extension.local_no_context_takeover)):
                    self.assertEqual(seen, settings.get(name, False), name)
                bits = settings.get("client_max_window_bits", 15)
                self.assertEqual(extension.remote_max_window_bits, bits)
                await asyncio.to_thread(self.check_wire, extension, lines, frames)

    def check_wire(self, extension, lines, frames):
        strict = StrictInflater(extension.remote_max_window_bits, extension.remote_no_context_takeover)
        self.assertEqual(len(frames), len(lines))
        for line, (is_compressed, payload) in zip(lines, frames):
            whole = line.encode()
            self.assertTrue((strict.inflate(payload) if is_compressed else payload) == whole)
            self.assertEqual(is_compressed, len(whole) >= DEFAULT_THRESHOLD)

    async def test_a_server_or_a_client_without_it(self):
        for settings, arguments in ((None, []), ({}, ["--no-compression"])):
            _, extensions, _ = await self.converse(settings, *arguments)
            self.assertEqual(extensions, [])


class AnswersThatDoNotHold(unittest.TestCase):
    """websock-client against a socket that answers what it is told to."""

    @contextlib.contextmanager
    def answering(self, extensions):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE)
            thread = threading.Thread(target=self.answer, args=(listener, extensions))
            thread.start()
            try:
                yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
            finally:
                thread.join(PATIENCE)

    @staticmethod
    def answer(listener, extensions):
        connection, _ = listener.accept()
        with connection, contextlib.suppress(ConnectionError):
            connection.settimeout(PATIENCE)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(4096)
            key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)[1]
            accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
            fields = "".join(f"Sec-WebSocket-Extensions: {value}\r\n" for value in extensions)
            connection.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                f"Sec-WebSocket-Accept: {accept}\r\n{fields}\r\n").encode() + b"\x88\x02\x03\xe8")
            while connection.recv(4096):
                pass

    def run_against(self, *extensions, arguments=()):
        with self.answering(extensions) as url:
            return client.run(*arguments, url)

    def test_parameters_out_of_range_or_unknown_or_repeated(self):
        for parameters in ("server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=08",
                           "server_max_window_bits", "server_max_window_bits=", "server_max_window_bits=1e1",
                           "client_max_window_bits", "client_max_window_bits=16", "client_max_window_bits=0",
                           "client_max_window_bits=-9", 'client_max_window_bits="7"',
                           "server_no_context_takeover=1", "client_no_context_takeover=true", "no_such_parameter",
                           "server_no_context_takeover; server_no_context_takeover",
                           "server_max_window_bits=10; server_max_window_bits=10", "", "=", "a b"):
            with self.subTest(parameters):
                result = self.run_against(f"permessage-deflate; {parameters}")
                self.assertEqual((result.returncode, result.stdout), (3, ""), result.stderr)
                self.assertRegex(result.stderr, "answer to the offered extension is invalid")

    def test_extensions_that_were_not_offered(self):
        for extension in ("x-webkit-deflate-frame", "permessage-bzip2", "permessage-deflate, x-unknown; a=b"):
            with self.subTest(extension):
                result = self.run_against(extension)
                self.assertEqual((result.returncode, result.stdout), (3, ""), result.stderr)
                self.assertRegex(result.stderr, "an extension that was not offered")
        result = self.run_against("permessage-deflate", arguments=["--no-compression"])
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, "an extension that was not offered")

    def test_the_extension_twice(self):
        for extensions in (["permessage-deflate, permessage-deflate"], ["permessage-deflate"] * 2):
            with self.subTest(extensions):
                result = self.run_against(*extensions)
                self.assertEqual(result.returncode, 3)
                self.assertRegex(result.stderr, "\\S")

    def test_answers_that_hold(self):
        for extensions in ([], ["permessage-deflate"], ['permessage-deflate; server_max_window_bits="10"'],
                           ["permessage-deflate ;\tclient_max_window_bits = 8 ; server_no_context_takeover"]):
            with self.subTest(extensions):
                result = self.run_against(*extensions)
                self.assertEqual(result.returncode, 0, result.stderr)


# --- Bombs -------------------------------------------------------------------------------------


def bomb(inflated):
    """Zeros, at a thousandth of their size."""
    deflater = zlib.compressobj(9, wbits=-15)
    zeros = bytes(MIB)
    made = b"".join(deflater.compress(zeros) for _ in range(inflated // MIB)) + deflater.flush(zlib.Z_SYNC_FLUSH)
    assert len(made) * 900 < inflated
    return made[:-4]


def frame(first, payload):
    """A masked frame; the key is zero, so the payload stays what it is."""
    size = len(payload)
    if size < 126:
        head = bytes([first, 0x80 | size])
    elif size < 65536:
        head = bytes([first, 0xFE]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, 0xFF]) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


def fragments(payload, size):
    pieces = [payload[at:at + size] for at in range(0, len(payload), size)]
    return b"".join(frame((0x42 if at == 0 else 0) | (0x80 if at == len(pieces) - 1 else 0), piece)
                    for at, piece in enumerate(pieces))


class Bombs(unittest.TestCase):
    """What inflates to a thousand times its size, and the memory of a server's process."""

    @classmethod
    def setUpClass(cls):
        # AddressSanitizer would keep 256 MiB of what is freed; growing a buffer copies it there, in any case.
        options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=1")))
        cls.enterClassContext(unittest.mock.patch.dict(os.environ, ASAN_OPTIONS=options))
        cls.is_sanitized = b"__asan_init" in pathlib.Path(echo_program).read_bytes()
        cls.bomb = bomb(200 * MIB)

    def setUp(self):
        self.start_server()

    def start_server(self):
        """A process of its own: what an earlier bomb had freed would be used again, and no growth would be seen."""
        self.server = self.enterContext(serving())
        for payload in (b"warm", bytes(65536)):  # touches code and buffers that any message takes
            with self.upgraded("/bomb") as connection:
                deflater = zlib.compressobj(wbits=-15)
                message = deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH)
                connection.sendall(frame(0xC2, message[:-4]))
                self.assertTrue(connection.recv(1))
                connection.shutdown(socket.SHUT_WR)
                self.read_to_the_end(connection)

    def memory(self, key):
        status = pathlib.Path(f"/proc/{self.server.pid()}/status").read_text(encoding="ascii")
        return int(re.search(rf"{key}:\s+(\d+) kB", status)[1]) * 1024

    @contextlib.contextmanager
    def bounded_memory(self, allowed):
        """The peak, not what is left at the end."""
        pathlib.Path(f"/proc/{self.server.pid()}/clear_refs").write_text("5", encoding="ascii")  # VmHWM begins anew
        before = self.memory("VmRSS")
        yield
        growth = self.memory("VmHWM") - before
        print(f"{self._testMethodName}: the server grew by {growth / MIB:.1f} MiB", file=sys.stderr)
        self.assertLess(growth, allowed * (2 if self.is_sanitized else 1))

    def open(self, path, *fields, behind=b""):
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE)
        head = (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: hbr3lLZ7IX8r2mOOX5TV3A==\r\n"
                "Sec-WebSocket-Extensions: permessage-deflate\r\n" + "".join(f"{one}\r\n" for one in fields))
        self.send(connection, head.encode() + b"\r\n" + behind)
        return connection

    @staticmethod
    def send(connection, sent):
        with contextlib.suppress(ConnectionError):  # who is sent a bomb need not read all of it
            connection.sendall(sent)

    @staticmethod
    def head(connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            assert byte, f"the connection ended in the head: {head!r}"
            head += byte
        return head

    def upgraded(self, path):
        connection = self.open(path)
        self.assertRegex(self.head(connection), rb"(?is)^HTTP/1.1 101 .*sec-websocket-extensions: permessage-deflate\b")
        return connection

    @staticmethod
    def read_to_the_end(connection):
        received = b""
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                received += chunk
        return received

    def goes_on(self, connection):
        connection.sendall(frame(0x81, b"still here"))
        self.assertEqual(connection.recv(12, socket.MSG_WAITALL), b"\x81\x0astill here")

    def explode(self, path, sent):
        with self.upgraded("/defaults") as other, self.upgraded(path) as connection:
            self.send(connection, sent)
            head = connection.recv(4, socket.MSG_WAITALL)
            # A Close frame, the first thing that comes.
            self.assertEqual((head[:1], head[2:]), (b"\x88", (1009).to_bytes(2, "big")))
            self.goes_on(other)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            self.read_to_the_end(connection)
            self.goes_on(other)

    def test_inflate_bomb_single_frame(self):
        with self.bounded_memory(20 * MIB):
            self.explode("/bomb", frame(0xC2, self.bomb))

    def test_inflate_bomb_across_fragments(self):
        for size in (4096, 100, 1):
            # Octet by octet only the first 25 MiB or so: there is a limit of fragments, too.
            payload = self.bomb[:25000] if size == 1 else self.bomb
            self.start_server()
            with self.subTest(size=size), self.bounded_memory(20 * MIB):
                self.explode("/bomb", fragments(payload, size))

    def test_inflate_bomb_again_and_again(self):
        with self.bounded_memory(40 * MIB):  # of one that ends and one that begins
            for _ in range(8):
                self.explode("/bomb", frame(0xC2, self.bomb))

    def test_inflate_bomb_on_a_route_for_large_messages(self):
        # Its limit would let all of it in: the ratio ends it, once 16 MiB have come.
        with self.bounded_memory(40 * MIB):
            self.explode("/roomy", frame(0xC2, self.bomb))

    def test_inflate_bomb_before_auth(self):
        refused = (("/no-such-path", [], 404), ("/bomb", ["Origin: https://elsewhere.example"], 403),
                   ("/bomb", ["Sec-WebSocket-Key: another"], 400))
        for path, fields, status in refused:
            for sent in (frame(0xC2, self.bomb), fragments(self.bomb, 100)):
                with self.subTest(path=path, status=status), self.bounded_memory(2 * MIB):
                    with self.open(path, *fields) as connection:
                        self.assertRegex(self.head(connection), rb"^HTTP/1.1 %d " % status)
                        self.send(connection, sent)
                        with contextlib.suppress(OSError):
                            connection.shutdown(socket.SHUT_WR)
                        self.assertNotIn(b" 101 ", self.read_to_the_end(connection))
                    with self.open(path, *fields, behind=sent) as connection:  # without waiting for the answer
                        with contextlib.suppress(OSError):
                            connection.shutdown(socket.SHUT_WR)
                        # May be nothing: a reset, since not all was read, takes an answer back.
                        self.assertNotIn(b" 101 ", self.read_to_the_end(connection))
                    with self.upgraded("/defaults") as other:
                        self.goes_on(other)


def main():
    global node, echo, echo_program, client
    node, echo_program, client_program = sys.argv[-3:]
    del sys.argv[-3:]
    assert not node.endswith("-NOTFOUND"), "there is no Node.js here; tests/run installs it"
    logging.disable()  # what the servers here think of peers that went away
    client = Client(client_program)
    with serving() as echo:
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
