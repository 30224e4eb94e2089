"""The echo servers of the benchmark: how each is built, and how it is started for a cell."""

import dataclasses
import json
import pathlib
import subprocess
import sys
import typing

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/conformance/peers"), str(ROOT / "tests/foreign")]

from build import CannotBuild, build_cpp, run
from cells import value_of
from server_process import ServerProcess

WORK = ROOT / ".build/bench"
RELEASE = ROOT / ".build/release/bin"
PEERS = ROOT / ".build/peers"  # where the conformance runs have theirs, which are used here, too


@dataclasses.dataclass
class Server:
    what: str
    build: typing.Callable  # () -> path of the program
    command: typing.Callable  # (program, cell) -> command line
    does_tls: bool = True
    does_deflate: bool = True
    only: typing.Sequence[str] = ()  # cells; none: all

    def serves(self, name, cell):
        return ((self.does_tls or not cell.tls) and (self.does_deflate or not cell.deflate)
                and (not self.only or name in self.only))


def build_release():
    """websock-echo and websock-load as they are delivered."""
    run("cmake", "--preset", "release", "-DWEBSOCK_BUILD_APPS=ON", "-DWEBSOCK_BUILD_TESTS=OFF", cwd=ROOT)
    run("cmake", "--build", "--preset", "release", "--target", "websock-echo", "websock-load", cwd=ROOT)
    return RELEASE / "websock-echo"


def build_here(target):
    def build_one():
        run("cmake", "-S", HERE / "peers", "-B", WORK / "peers", "-G", "Ninja")
        run("cmake", "--build", WORK / "peers", "--target", target)
        return WORK / "peers" / target
    return build_one


def build_conformance_peer(name):
    return lambda: build_cpp(name)(PEERS)[0]


def certificate():
    """A certificate and its key, made for this machine's runs."""
    pair = [WORK / "certificate.pem", WORK / "key.pem"]
    if not all(path.exists() for path in pair):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "3650", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-out", pair[0], "-keyout", pair[1])
    return [str(path) for path in pair]


def websock(name, deflate, threads=1):
    """The echo server; what it agrees to when permessage-deflate is offered."""
    def command(program, cell):
        listener = {"address": "127.0.0.1", "port": 0}
        if cell.tls:
            listener["tls"] = dict(zip(("certificate", "key"), certificate()))
        route = {"path": "/", "handler": "echo", "limits": {"message": "64MiB"}, "permessage_deflate": deflate}
        path = WORK / f"{name}{'-tls' if cell.tls else ''}.json"
        path.write_text(json.dumps({"listeners": [listener], "threads": threads, "routes": [route]}))
        return [program, "--config", path]
    return command


def beast(*words):
    return lambda program, cell: [program, *words, *(certificate() if cell.tls else [])]


def plain(*words):
    return lambda program, _: [program, *words]


SERVERS = {
    "floor": Server("recv, unmask, send", build_here("floor"), plain(), does_tls=False, does_deflate=False),
    "websock": Server("this library", build_release, websock("websock", {"level": 6})),
    "websock-13": Server(
        "this library, windows of 13 bits, memory level 5", build_release,
        websock("websock-13", {"level": 6, "server_max_window_bits": 13, "memory_level": 5}), only=["F"]),
    "websock-fresh": Server(
        "this library, no context takeover", build_release,
        websock("websock-fresh", {"level": 6, "server_no_context_takeover": True}), only=["F"]),
    "websock-2": Server("this library, two threads", build_release, websock("websock-2", {"level": 6}, 2), only=["M"]),
    "beast-callback": Server("Boost.Beast, callbacks, as its example is", build_here("beast_echo"), beast("callback")),
    "beast-callback-tuned": Server(
        "Boost.Beast, callbacks, tuned", build_here("beast_echo"), beast("callback", "tuned")),
    "beast-coroutine": Server(
        "Boost.Beast, coroutines, as its example is", build_here("beast_echo"), beast("coroutine")),
    "beast-coroutine-tuned": Server(
        "Boost.Beast, coroutines, tuned", build_here("beast_echo"), beast("coroutine", "tuned")),
    "websocketpp": Server(
        "WebSocket++", build_conformance_peer("websocketpp"), plain("server"), does_tls=False),
    # With permessage-deflate, connections of a thread write over each other's input.
    "libwebsockets": Server("libwebsockets", build_conformance_peer("libwebsockets"), plain("server"),
                            does_tls=False, does_deflate=False),
}


class Failed(Exception):
    """A run that measured nothing; with the reason."""


def build_all(names, programs, say):
    """The programs by the name of their servers, and why the others could not be built. `programs`: a folder that has
    them already, for those that it has."""
    built, left_out = {}, {}
    made = {}  # several servers are one program
    for name in names:
        server = SERVERS[name]
        try:
            if programs:
                built[name] = find(programs, name)
                continue
            if server.build not in made:
                say(f"== building {name}")
                made[server.build] = server.build()
            built[name] = made[server.build]
        except CannotBuild as error:
            left_out[name] = str(error)
            say(f"-- {name} is left out: {error}")
    return built, left_out


def find(folder, name):
    program = folder / {"floor": "bench_floor", "websock": "websock-echo"}.get(name, name)
    if not program.exists():
        raise CannotBuild(f"there is no {program}")
    return program


def measure(name, program, cell, load, more, cores):
    """What websock-load found: its JSON. `cores`: the server's and the client's; none: where the system puts them."""
    of_server, of_client = ([["taskset", "-c", str(core)] for core in cores] if cores else ([], []))
    with ServerProcess(*of_server, *SERVERS[name].command(program, cell)) as server:
        url = f"{server.scheme}://127.0.0.1:{server.port}/"
        if cell.prelude:
            run_load(*of_client, load, *cell.prelude, url)
        found = run_load(*of_client, load, *cell.options, *more, "--pid", server.pid(), url)
    if not value_of(cell, found):
        raise Failed("nothing was measured")
    return found


def run_load(*line):
    command = [*(str(part) for part in line), "--json", "-"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed((done.stderr.strip().splitlines() or ["no word"])[-1].strip())
    return json.loads(done.stdout)
