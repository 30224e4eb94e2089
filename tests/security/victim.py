"""A real server process under attack: its ports, memory, descriptors, log, and the sessions that must not suffer."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import tempfile
import threading
import time

from peer import BINARY, FIN, MIB, PATIENCE, Peer, close, frame
from server_process import ServerProcess

POLL = 0.005  # seconds between two looks into /proc, which tells of no event

ECHO_ROUTES = {
    "/ws": {},
    "/deflate": {"permessage_deflate": {}},
    "/small": {"limits": {"message": "64KiB"}, "permessage_deflate": {}},
    "/unlimited": {"limits": {"message": "none", "fragments": "none"}, "permessage_deflate": {}},
    "/slow": {"timeouts": {"send": "1s"}, "high_water_mark": "256KiB"},
}


def configuration(certificates, folder, changes):
    """Two listeners, for TCP and TLS, one thread; `changes` replaces keys of the top level, `routes` are added."""
    routes = [{"path": path, "handler": "echo", **more} for path, more in ECHO_ROUTES.items()]
    routes += [{"path": "/healthz", "handler": "health"}, {"path": "/files", "static": str(folder)}]
    tls = {"certificate": str(certificates / "server.pem"), "key": str(certificates / "server.key")}
    whole = {
        "listeners": [{"address": "127.0.0.1", "port": 0}, {"address": "127.0.0.1", "port": 0, "tls": tls}],
        "threads": 1,
    }
    whole.update({key: value for key, value in changes.items() if key != "routes"})
    return whole | {"routes": routes + changes.get("routes", [])}


def wait_until(holds, what):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not in {PATIENCE} s: {what}"
        time.sleep(POLL)


class Process:
    """What /proc says of a process."""

    def __init__(self, pid):
        self._folder = pathlib.Path(f"/proc/{pid}")

    def memory(self, key="VmRSS"):
        return int(re.search(rf"{key}:\s+(\d+) kB", (self._folder / "status").read_text())[1]) * 1024

    def forget_peak(self):
        (self._folder / "clear_refs").write_text("5")  # VmHWM begins anew

    def descriptors(self):
        """How many there are, and how many of these are sockets."""
        kinds = []
        for name in os.listdir(self._folder / "fd"):
            with contextlib.suppress(FileNotFoundError):
                kinds.append(os.readlink(self._folder / "fd" / name).startswith("socket:"))
        return len(kinds), sum(kinds)

    def processor_seconds(self):
        """Of all threads, in nanoseconds' steps."""
        tasks = (self._folder / "task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


class Bystander:
    """A good session that echoes all the time, in a thread of its own; the first wrong or missing echo ends it."""

    def __init__(self, peer):
        self._peer = peer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure = None
        self.echoes = 0
        self._echo()

    def _echo(self):
        self._peer.echo(f"bystander {self.echoes} ".encode() + b"." * (self.echoes % 500))
        self.echoes += 1

    def _run(self):
        try:
            while not self._stop.wait(0.002):  # a pace, so that the attacker has processor time
                self._echo()
        except Exception as error:  # of the thread; told where it is joined
            self._failure = error

    def start(self):
        self._thread.start()

    def has_failed(self):
        return self._failure is not None

    def stop(self):
        self._stop.set()
        self._thread.join(PATIENCE)
        assert self._failure is None, f"a bystander lost its echo: {self._failure!r}"
        self._echo()

    def expect_going_away(self):
        """RFC 6455 section 7.4.1: 1001 for a server that goes down."""
        self._peer.expect_frame(FIN | 8, (1001).to_bytes(2, "big"))
        self._peer.send(close(1001))
        assert self._peer.read_to_the_end() == b""
        self._peer.socket.close()


class Target:
    """One way to the victim: over TCP, or inside TLS."""

    def __init__(self, victim, name):
        self.victim = victim
        self.name = name

    def connect(self, receive_buffer=None):
        return Peer(self.victim.secured(self.tcp(receive_buffer)) if self.name == "tls" else self.tcp(receive_buffer))

    def tcp(self, receive_buffer=None):
        """A socket below TLS."""
        connection = socket.socket()
        connection.settimeout(PATIENCE)
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.connect(("127.0.0.1", self.victim.ports[self.name]))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each send a segment, at once
        return connection

    def open(self, path="/ws", fields=(), deflate=False, receive_buffer=None):
        return self.connect(receive_buffer).upgrade(path, fields, deflate)

    def answer(self, request):
        """What one raw request is answered with, and that the connection ends behind it."""
        with self.connect() as peer:
            answered = peer.ask(request)
            rest = peer.read_to_the_end()
            assert rest == b"", f"behind the answer {answered} came {rest[:200]!r}"
            return answered

    def status_of(self, request):
        return self.answer(request)[0]


class Victim:
    """A context manager: starts the server and its bystanders, and at the end demands that nothing is left of the
    attack but what is allowed: `memory` bytes above what it had before, at the peak."""

    def __init__(self, program, certificates, memory, changes):
        self._program = program
        self._certificates = certificates
        self._memory = memory
        self._changes = changes
        descriptors = changes.pop("descriptors", None)
        self._command = ["prlimit", f"--nofile={descriptors}:{descriptors}"] if descriptors else []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="websock-attack-"))
        self._config = self.folder / "server.json"
        (self.folder / "files").mkdir()
        self._config.write_text(json.dumps(configuration(certificates, self.folder / "files", changes)))
        self._context = ssl.create_default_context(cafile=certificates / "ca.pem")
        octets = pathlib.Path(program).read_bytes()
        self.is_sanitized = b"__asan_init" in octets or b"__tsan_init" in octets

    @contextlib.contextmanager
    def another(self):
        """A second server of the same kind, without bystanders: for what ends it."""
        other = Victim(self._program, self._certificates, self._memory, self._changes)
        try:
            other._start()
            yield other
        finally:
            other._end()

    def secured(self, connection):
        return self._context.wrap_socket(connection, server_hostname="localhost", suppress_ragged_eofs=False)

    def _start(self):
        self.server = ServerProcess(*self._command, self._program, "--config", self._config).__enter__()
        self.ports = {"tcp": self.server.port}
        self.ports["tls"] = int(self.server.wait_for_line(r"listening on wss://[^:]+:(\d+)")[1])
        self.targets = {name: Target(self, name) for name in self.ports}
        self.process = Process(self.server.pid())

    def __enter__(self):
        self._start()
        self._listening = self.process.descriptors()[1]
        self._warm_up()
        self._bystanders = [Bystander(target.open()) for target in self.targets.values()]
        wait_until(self._only_bystanders, "the warm-up's connections end")
        self._descriptors = self.process.descriptors()
        self.process.forget_peak()
        self._before = self.process.memory()
        for each in self._bystanders:
            each.start()
        return self

    def _warm_up(self):
        """Touches what any connection touches, so that it is no growth later."""
        for target in self.targets.values():
            for deflate, path in ((False, "/ws"), (True, "/deflate")):
                with target.open(path, deflate=deflate) as peer:
                    peer.echo(b"x")
                    peer.send(frame(FIN | BINARY, bytes(65536)))
                    peer.read_frame()
                    peer.leave()

    def _only_bystanders(self):
        return self.process.descriptors()[1] == self._listening + len(self.targets)

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self._assess()
            else:
                print(self.server.output())
        finally:
            self._end()

    def _end(self):
        self.server.__exit__()
        shutil.rmtree(self.folder)

    def _assess(self):
        for each in self._bystanders:
            each.stop()
        self.recovers()
        self.growth = self.process.memory("VmHWM") - self._before
        # Sanitizers keep books of their own, and what is freed stays in quarantine: no measure of the server.
        assert self.is_sanitized or self.growth <= self._memory, (
            f"{self.growth / MIB:.1f} MiB more than before, where {self._memory / MIB:.1f} are allowed")
        self.server.signal(signal.SIGTERM)
        for each in self._bystanders:
            each.expect_going_away()
        assert self.server.wait() == 0, self.server.output()

    def recovers(self):
        """Descriptors are what they were before the attack."""
        wait_until(lambda: self.process.descriptors() == self._descriptors,
                   f"descriptors are {self._descriptors} again, and not {self.process.descriptors()}")

    def echoes(self):
        return sum(each.echoes for each in self._bystanders)

    def hear_from_all(self):
        """Waits for an echo of every bystander."""
        before = [each.echoes for each in self._bystanders]
        wait_until(lambda: all(each.echoes > count or each.has_failed() for each, count in zip(self._bystanders, before)),
                   "every bystander has an echo")

    def log(self):
        return "\n".join(self.server.lines)
