"""websock-client at a terminal: interactive_client_test.py CLIENT ECHO CLOSE."""

import os
import pty
import re
import select
import sys
import termios
import time
import unittest

from foreign_process import PATIENCE, Client
from server_process import ServerProcess

client = echo = close = None


class Terminal:
    """The client with a terminal as its standard input, output and error."""

    def __init__(self, url, *options):
        self._master, slave = pty.openpty()
        self.shown = ""
        self._echo_off(slave)
        self.process = client.start(*options, url, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)

    @staticmethod
    def _echo_off(slave):
        settings = termios.tcgetattr(slave)
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def type(self, text):
        os.write(self._master, text.encode())

    def expect(self, pattern):
        """Waits until what was shown since the last call has it; returns all that was shown till then."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.shown)):
            if not select.select([self._master], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no {pattern!r} in {self.shown!r}")
            try:
                self.shown += os.read(self._master, 4096).decode().replace("\r\n", "\n")
            except OSError:  # everybody at the other end has gone
                raise AssertionError(f"ended without {pattern!r}: {self.shown!r}") from None
        before, self.shown = self.shown[:found.end()], self.shown[found.end():]
        return before


class Interactive(unittest.TestCase):
    def open(self, url=None):
        terminal = self.enterContext(Terminal(url or echo.url))
        terminal.expect("connected; /help")
        terminal.expect("\n")
        return terminal

    def test_messages_are_marked_and_the_end_is_told(self):
        terminal = self.open()
        terminal.type("hello\n")
        self.assertEqual(terminal.expect("hello\n"), "< hello\n")
        terminal.type("/ping\n")
        terminal.expect(r"pong after \d")
        terminal.type("/what\n")
        terminal.expect('unknown command "/what"')
        terminal.type("/help\n")
        terminal.expect(r"/close \[CODE")
        terminal.type("\x04")  # Ctrl-D
        terminal.expect(r"closed with 1000 \(normal closure\)")
        self.assertEqual(terminal.process.wait(PATIENCE), 0)

    def test_a_peer_does_not_control_the_terminal(self):
        terminal = self.open()
        terminal.type("\\x1b stays, \x1b[2Jred\u009b31m \u202eleft\n")
        self.assertIn("< \\x1b stays, \\x1b[2Jred\\u009b31m \\u202eleft\n", terminal.expect("left\n"))

    def test_end_of_input_mid_line_sends_what_there_is(self):
        terminal = self.open()
        terminal.type("no newline\x04")  # hands over what was typed
        terminal.type("\x04")
        self.assertIn("< no newline\n", terminal.expect("closed with 1000"))

    def test_ctrl_c_closes_with_1001(self):
        terminal = self.open()
        terminal.process.send_signal(2)
        terminal.expect(r"closed with 1001 \(going away\)")
        self.assertEqual(terminal.process.wait(PATIENCE), 0)

    def test_the_server_may_end_it_while_somebody_types(self):
        with Terminal(f"{close.base_url()}/close/4001") as terminal:
            terminal.type("half a line")
            terminal.expect(r"closed with 4001 \(application code\): as asked")
            self.assertEqual(terminal.process.wait(PATIENCE), 1)

    def test_the_terminal_stays_as_it_was(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        process = client.start("--exec", "x", echo.url, stdin=slave, stdout=slave, stderr=slave)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertTrue(os.get_blocking(slave))


def main():
    global client, echo, close
    client_program, echo_program, close_program = sys.argv[-3:]
    del sys.argv[-3:]
    client = Client(client_program)
    with ServerProcess(echo_program, "--port", "0") as echo, ServerProcess(close_program) as close:
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
