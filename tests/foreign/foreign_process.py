"""Servers that others wrote, and our client, as processes."""

import contextlib
import pathlib
import socket
import subprocess
import tempfile
import time

PATIENCE = 30  # seconds; a wait ends with its event, this only bounds it


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class ForeignServer:
    """A context manager: `port`; killed at the end. For programs that cannot choose a port themselves.

    `command(port)` gives the command line (and writes configuration files, if there are any).
    """

    def __init__(self, command):
        self._command = command
        self._log = tempfile.TemporaryFile()  # a pipe that nobody reads would fill up

    def __enter__(self):
        # Somebody else may take the port first; then the program ends at once.
        for _ in range(5):
            self.port = free_port()
            command = [str(part) for part in self._command(self.port)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT)
            if self._is_ready():
                return self
            self._end()
        raise AssertionError(f"{' '.join(command)} does not listen:\n{self.output()}")

    def _is_ready(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return self._process.poll() is None
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)
                return False
        return False

    def _end(self):
        self._process.kill()
        self._process.wait()

    def __exit__(self, *_):
        self._end()
        self._log.close()

    def output(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace")


class Certificates:
    """What make_certificates writes, for the length of a `with`; `folder / "ca.pem"`."""

    def __init__(self, program):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        subprocess.run([program, self.folder], check=True, timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def __truediv__(self, name):
        return self.folder / name

    def tls(self, name, **more):
        """The "tls" of a listener with one pair."""
        return {"certificate": str(self / f"{name}.pem"), "key": str(self / f"{name}.key"), **more}


class Client:
    """websock-client: `run` to its end, or `start` to talk to it."""

    def __init__(self, program, *options, env=None):
        self.program = program
        self._command = [str(program), *(str(option) for option in options)]
        # The environment's proxies are not for the loopback.
        self._env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **(env or {})}

    def run(self, *arguments, stdin="", **more):
        """A CompletedProcess, of text when `stdin` is text."""
        more.setdefault("text", isinstance(stdin, str))
        return subprocess.run(
            self._line(arguments), input=stdin, capture_output=True, timeout=PATIENCE * 2, check=False, env=self._env,
            **more)

    def run_until_closed(self, *arguments, stdin):
        """As `run`, but the input does not end: the server ends it."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = self.start(*arguments, stdin=subprocess.PIPE, stdout=output, stderr=errors)
            try:
                process.stdin.write(stdin.encode())
                process.stdin.flush()
                process.wait(PATIENCE * 2)
            finally:
                process.kill()
                process.stdin.close()
            texts = [stream.seek(0) or stream.read().decode() for stream in (output, errors)]
            return subprocess.CompletedProcess(process.args, process.wait(), *texts)

    def execute(self, message, *arguments):
        """One message out, one reply in."""
        return self.run("--exec", message, *arguments)

    def start(self, *arguments, **streams):
        return subprocess.Popen(self._line(arguments), env=self._env, **streams)

    def _line(self, arguments):
        return self._command + [str(argument) for argument in arguments]
