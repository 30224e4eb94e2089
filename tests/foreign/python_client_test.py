"""python3-websockets against the echo server: python_client_test.py ECHO_SERVER CLOSE_SERVER."""

import asyncio
import sys
import unittest

import websockets

from server_process import ServerProcess

SIZES = (0, 1, 125, 126, 65535, 65536, 2**20, 16 * 2**20)
CLOSE_CODES = (1000, 1001, 3000, 4999)
PATIENCE = 60  # seconds, around every case

echo_url = close_url = None


def connect(url):
    # The client's own pings and limits stay out of what is tested.
    return websockets.connect(url, max_size=None, compression=None, ping_interval=None)


class PythonClient(unittest.IsolatedAsyncioTestCase):
    async def echo(self, message):
        async with connect(echo_url) as connection:
            await connection.send(message)
            self.assertTrue(await asyncio.wait_for(connection.recv(), PATIENCE) == message)

    async def test_text_of_every_length_form(self):
        for size in SIZES:
            with self.subTest(size=size):
                await self.echo("x" * size)

    async def test_binary_of_every_length_form(self):
        for size in SIZES:
            with self.subTest(size=size):
                await self.echo(bytes(index % 251 for index in range(min(size, 2**16))) * max(1, size // 2**16))

    async def test_text_of_two_to_four_bytes_a_character(self):
        for text in ("é", "κόσμε", "日本語", "🌍🚀", "\0", "a\u0800b\U0010ffff", "ß€😀" * 20000):
            with self.subTest(text=text[:8]):
                await self.echo(text)

    async def test_fragments_come_back_as_one_message(self):
        for parts in (["Hel", "lo"], ["", "", "x", ""], ["ä" * 70000] * 5, [b"\0\xff"] * 100):
            with self.subTest(parts=len(parts)):
                async with connect(echo_url) as connection:
                    await connection.send(parts)
                    whole = type(parts[0])().join(parts)
                    self.assertTrue(await asyncio.wait_for(connection.recv(), PATIENCE) == whole)

    async def test_pings_are_answered_also_inside_a_fragmented_message(self):
        async with connect(echo_url) as connection:
            for payload in (b"", b"x", b"p" * 125):
                await asyncio.wait_for(await connection.ping(payload), PATIENCE)

            async def parts():
                yield "before "
                await asyncio.wait_for(await connection.ping(b"between"), PATIENCE)
                yield "behind"

            await connection.send(parts())
            self.assertEqual(await asyncio.wait_for(connection.recv(), PATIENCE), "before behind")

    async def test_a_thousand_messages_in_flight_come_back_in_order(self):
        messages = [f"message {number}" for number in range(1000)]
        async with connect(echo_url) as connection:
            for message in messages:
                await connection.send(message)
            for message in messages:
                self.assertEqual(await asyncio.wait_for(connection.recv(), PATIENCE), message)

    async def test_our_close_is_answered_with_its_code(self):
        for code in CLOSE_CODES:
            with self.subTest(code=code):
                connection = await connect(echo_url)
                await asyncio.wait_for(connection.close(code, "gut so"), PATIENCE)
                self.assertEqual(connection.close_rcvd.code, code)
                self.assertEqual(connection.close_rcvd.reason, "gut so")

    async def test_a_close_without_a_code_is_answered(self):
        connection = await connect(echo_url)
        # The public call always sends a code.
        await connection.write_close_frame(websockets.frames.Close(1005, ""), b"")
        await asyncio.wait_for(connection.wait_closed(), PATIENCE)
        self.assertEqual(connection.close_rcvd.code, 1005)

    async def test_the_servers_close_arrives_with_its_code_and_reason(self):
        for code in CLOSE_CODES:
            with self.subTest(code=code):
                async with connect(f"{close_url}/close/{code}") as connection:
                    with self.assertRaises(websockets.ConnectionClosed):
                        await asyncio.wait_for(connection.recv(), PATIENCE)
                    self.assertEqual(connection.close_rcvd, websockets.frames.Close(code, "as asked"))
                    self.assertTrue(connection.close_rcvd_then_sent)


def main():
    global echo_url, close_url
    close_program, echo_program = sys.argv.pop(), sys.argv.pop()
    with ServerProcess(echo_program, "--port", "0") as echo, ServerProcess(close_program) as close:
        echo_url, close_url = echo.url, close.base_url()
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
