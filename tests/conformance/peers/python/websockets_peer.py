"""An echo peer on the package websockets: websockets_peer.py server | client URL AGENT."""

import asyncio
import contextlib
import logging
import os
import sys

# It is read when the package is loaded; 65,537 frames in a message are among the cases.
os.environ["WEBSOCKETS_MAX_FRAGMENTS"] = "100000"

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import WebSocketException

# Pings of its own would only lengthen the wire logs.
OPTIONS = {"max_size": 64 * 2**20, "ping_interval": None}
# What goes wrong is the case's business.
logging.getLogger("websockets").setLevel(logging.CRITICAL)


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def run_server():
    async with serve(echo, "127.0.0.1", 0, **OPTIONS) as server:
        print(f"listening on ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


async def visit(url, use):
    """Opens a connection and leaves it to `use`; its errors are the case's business."""
    with contextlib.suppress(WebSocketException, OSError, EOFError):
        async with connect(url, proxy=None, **OPTIONS) as connection:
            return await use(connection)


async def run_client(url, agent):
    count = int(await visit(f"{url}/getCaseCount", lambda connection: connection.recv()))
    for number in range(1, count + 1):
        await visit(f"{url}/runCase?case={number}&agent={agent}", echo)
    await visit(f"{url}/updateReports?agent={agent}", lambda connection: connection.wait_closed())


if sys.argv[1] == "server":
    asyncio.run(run_server())
else:
    asyncio.run(run_client(*sys.argv[2:]))
