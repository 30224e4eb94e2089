"""The peers: what they are, and how each becomes a program of .build/peers.

A peer is one command. With `server` behind it, it says "listening on ws://127.0.0.1:PORT" and echoes; with
`client URL AGENT` it runs the cases of a fuzzing server. Versions are pinned beside the sources, but for
Debian's libraries. This library is among them, for comparison.
"""

import dataclasses
import pathlib
import re
import shutil
import subprocess
import typing

SOURCES = pathlib.Path(__file__).resolve().parent
ROOT = SOURCES.parents[2]
RUNNER = ROOT / ".build/release/bin/websock-conformance"
PATIENCE = 900  # seconds for one command of a build


class CannotBuild(Exception):
    """With the reason, one line."""


@dataclasses.dataclass
class Peer:
    what: str  # implementation and version
    build: typing.Callable  # (folder to build in) -> command line
    options: typing.Sequence[str] = ()
    jobs: int = 8  # connections at once to it as a server
    fatal: typing.Sequence[str] = ()  # cases that make the program abort; they are left out
    fatal_as_client: typing.Sequence[str] = ()


def build(peer, work):
    """The command line of a peer."""
    command = peer.build(work)
    return [str(part) for part in (*command, *peer.options)]


def run(*command, **more):
    """Runs a tool to its end, and gives its standard output."""
    line = [str(part) for part in command]
    try:
        done = subprocess.run(
            line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False, **more)
    except FileNotFoundError:
        raise CannotBuild(f"there is no {line[0]} here") from None
    except subprocess.TimeoutExpired:
        raise CannotBuild(f"{line[0]} took longer than {PATIENCE} s") from None
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CannotBuild(f"{line[0]} failed: {words[-1] if words else done.returncode}")
    return done.stdout


def build_websock(_):
    return [SOURCES / "websock_peer", RUNNER]


def build_node(work):
    folder = work / "node"
    run("cmake", "-D", f"npm={shutil.which('npm') or ''}", "-D", f"source={SOURCES / 'node'}", "-D", f"folder={folder}",
        "-P", ROOT / "tests/foreign/npm_install.cmake")
    return ["env", f"NODE_PATH={folder / 'node_modules'}", "node", SOURCES / "node/ws_peer.js"]


def build_python(work):
    folder = work / "python"
    run("/usr/bin/python3", "-m", "venv", folder)
    run(folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check",
        "--requirement", SOURCES / "python/requirements.txt")
    return [folder / "bin/python", "-B", SOURCES / "python/websockets_peer.py"]


def build_cpp(name):
    def build_one(work):
        folder = work / "cpp"
        run("cmake", "-S", SOURCES / "cpp", "-B", folder, "-G", "Ninja")
        run("cmake", "--build", folder, "--target", f"{name}_peer")
        return [folder / f"{name}_peer"]
    return build_one


def build_go(name):
    def build_one(work):
        program = work / "go" / name
        run("go", "build", "-o", program, f"./{name}", cwd=SOURCES / "go")
        return [program]
    return build_one


def build_rust(work):
    folder = work / "rust"
    shutil.copytree(SOURCES / "rust", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("Cargo.lock"))
    write_cargo_lock(folder / "Cargo.lock")
    run("cargo", "build", "--release", "--locked", cwd=folder)
    return [folder / "target/release/tungstenite_peer"]


def write_cargo_lock(path):
    """Ours is kept without the address of the registry, which cargo wants with each package and knows itself."""
    if not path.exists():
        run("cargo", "generate-lockfile", cwd=path.parent)
    source = re.search(r"^source = .*\n", path.read_text(), re.MULTILINE)[0]
    pinned = (SOURCES / "rust/Cargo.lock").read_text()
    path.write_text(re.sub(r"^checksum = ", source + r"\g<0>", pinned, flags=re.MULTILINE))


PEERS = {
    "websock": Peer("this library (C++)", build_websock),
    "ws": Peer("ws 8.23.0 (Node.js), no limit of fragments", build_node),
    "ws-defaults": Peer("ws 8.23.0 (Node.js), at most 16384 fragments", build_node, ["--defaults"]),
    "websockets": Peer("websockets 17.4 (Python), limit of fragments raised", build_python),
    "beast": Peer("Boost.Beast 1.74 (C++)", build_cpp("beast")),
    "websocketpp": Peer("WebSocket++ 0.8.2 (C++)", build_cpp("websocketpp")),
    # With permessage-deflate, connections of a thread write over each other's input, and an empty message is a
    # failed assertion. As a client it aborts in several of x.
    "libwebsockets": Peer(
        "libwebsockets 4.1.6 (C), one connection at a time; without x.7.17, and as a client without x, where it aborts",
        build_cpp("libwebsockets"), jobs=1, fatal=["x.7.17"], fatal_as_client=["x.*"]),
    "coder": Peer("coder/websocket 1.8.15 (Go)", build_go("coder")),
    "gorilla": Peer("gorilla/websocket 1.5.3 (Go)", build_go("gorilla")),
    "tungstenite": Peer("tungstenite 0.30.0 (Rust)", build_rust),
}
