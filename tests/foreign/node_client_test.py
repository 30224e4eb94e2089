"""Starts both servers and runs node_client.js: node_client_test.py NODE ECHO_SERVER CLOSE_SERVER."""

import pathlib
import subprocess
import sys

from server_process import ServerProcess


def main():
    node, echo_program, close_program = sys.argv[1:]
    assert not node.endswith("-NOTFOUND"), "there is no Node.js here; tests/run installs it"
    script = pathlib.Path(__file__).with_name("node_client.js")
    with ServerProcess(echo_program, "--port", "0") as echo, ServerProcess(close_program) as close:
        command = [node, script, echo.url, close.base_url()]
        return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=280, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
