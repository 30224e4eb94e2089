"""Headless Chromium, driven through the DevTools protocol over a pipe."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PATIENCE = 120  # seconds for any answer

FLAGS = [
    "--headless",  # no display
    "--no-sandbox",  # the sandbox needs privileges that root in a container has not, and it only loads our own page
    "--disable-gpu",  # there is none
    "--disable-dev-shm-usage",  # containers have a tiny /dev/shm, which large messages would fill
    "--disable-quic",  # nothing but TCP
    # A fresh profile would otherwise show dialogues, fetch lists and components, and synchronise.
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",  # commands on descriptor 3, answers on 4: no port to choose
]


class Chromium:
    """One browser with a profile of its own and one page."""

    def __enter__(self):
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        assert program, "there is no chromium here; tests/run installs it"
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        commands_out, self._commands = os.pipe()
        self._answers, answers_in = os.pipe()
        self._log = open(os.path.join(self._profile.name, "log"), "w+", encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(
            # The shell puts our ends of the pipes where Chromium looks for them.
            ["/bin/bash", "-c", f'exec "$@" 3<&{commands_out} 4>&{answers_in}', "-", program, *FLAGS,
             f"--user-data-dir={self._profile.name}", "about:blank"],
            pass_fds=(commands_out, answers_in), stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.close(commands_out)
        os.close(answers_in)
        self._received = b""
        self._number = 0
        self._session = None
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self.call("Page.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self._session = None
            self.call("Browser.close")
            self._process.wait(10)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, 9)
            self._process.wait()
        os.close(self._commands)
        os.close(self._answers)
        self._log.close()
        self._profile.cleanup()

    def call(self, method, **parameters):
        """One DevTools command; its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._write(json.dumps(message).encode() + b"\0")
        answer = self._wait_for(lambda found: found.get("id") == self._number, method)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def open(self, url):
        error = self.call("Page.navigate", url=url).get("errorText")
        assert error is None, f"cannot open {url}: {error}"
        self._wait_for(lambda found: found.get("method") == "Page.loadEventFired", f"loading {url}")

    def evaluate(self, expression):
        """The value of a JavaScript expression, once its promise is kept."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise AssertionError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def _write(self, data):
        while data:
            data = data[os.write(self._commands, data):]

    def _wait_for(self, is_wanted, what):
        deadline = time.monotonic() + PATIENCE
        while True:
            while b"\0" in self._received:
                message, self._received = self._received.split(b"\0", 1)
                found = json.loads(message)
                if is_wanted(found):
                    return found
            readable, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
            assert readable, f"{what}: no answer from Chromium in {PATIENCE} s"
            data = os.read(self._answers, 1 << 16)
            assert data, f"{what}: Chromium ended; {self._last_words()}"
            self._received += data

    def _last_words(self):
        self._log.seek(0)
        return self._log.read()[-2000:]
