"""Starts a server program of ours on a port that the system chooses, and waits for it to say where it listens."""

import queue
import re
import subprocess
import threading
import time

LISTENING = re.compile(r"listening on ((wss?)://(\S+):(\d+)(/\S*)?)")
PATIENCE = 30  # seconds; a wait ends with its event, this only bounds it


class ServerProcess:
    """A context manager: `url`, `port`, and `lines` of output so far; killed at the end if it still runs."""

    def __init__(self, *command, cwd=None):
        self.command = [str(part) for part in command]
        self.lines = []
        self._fresh = queue.Queue()
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._fresh.put(line)
        self._process.stdout.close()
        self._fresh.put(None)

    def __enter__(self):
        try:
            match = self.wait_for_line(LISTENING)
        except BaseException:
            self.__exit__()
            raise
        self.scheme, self.host, self.port = match[2], match[3], int(match[4])
        # Certificates of the tests are made out to localhost (and to its addresses).
        self.url = match[1].replace(self.host, "localhost", 1) if self.scheme == "wss" else match[1]
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE)

    def wait_for_line(self, pattern):
        """The match of the first line, from the one behind the last that was waited for, that has the pattern."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._fresh.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line with {pattern!r} in {PATIENCE} s; {self.output()}") from None
            if line is None:
                raise AssertionError(f"ended without a line with {pattern!r}; {self.output()}")
            if match := re.search(pattern, line):
                return match

    def output(self):
        return f"{' '.join(self.command)} said:\n" + "\n".join(self.lines)

    def base_url(self):
        return f"{self.scheme}://{'localhost' if self.scheme == 'wss' else self.host}:{self.port}"

    def pid(self):
        return self._process.pid

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self, timeout=PATIENCE):
        """The exit code."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {timeout} s; {self.output()}") from None
