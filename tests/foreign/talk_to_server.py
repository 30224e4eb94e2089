"""talk_to_server.py PROGRAM: README's server, which takes its configuration file as its argument, echoes."""

import asyncio
import json
import pathlib
import signal
import sys
import tempfile

import websockets

from server_process import ServerProcess

CONFIGURATION = {
    "listeners": [{"address": "127.0.0.1", "port": 0}],
    "threads": 1,
    "routes": [{"path": "/ws", "handler": "echo"}],
}


async def say_hello(url):
    async with websockets.connect(url) as connection:
        await connection.send("hello")
        assert await connection.recv() == "hello"


def main():
    with tempfile.TemporaryDirectory() as folder:
        configuration = pathlib.Path(folder) / "server.json"
        configuration.write_text(json.dumps(CONFIGURATION))
        with ServerProcess(sys.argv[1], configuration) as server:
            asyncio.run(say_hello(f"{server.base_url()}/ws"))
            server.signal(signal.SIGTERM)
            assert server.wait() == 0, server.output()


if __name__ == "__main__":
    main()
