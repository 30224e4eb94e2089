"""A closing handshake byte by byte: raw_close_test.py ECHO_SERVER.

The exchange was recorded with another server, which dropped TCP where it owed an answer.
"""

import socket
import sys
import unittest

from server_process import ServerProcess

REQUEST = (
    "GET /ws HTTP/1.1\r\n"
    "User-Agent: AutobahnTestSuite/25.10.1-0.10.9\r\n"
    "Host: 127.0.0.1:{port}\r\n"
    "Upgrade: WebSocket\r\n"
    "Connection: Upgrade\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "Sec-WebSocket-Key: hbr3lLZ7IX8r2mOOX5TV3A==\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "\r\n"
)
ACCEPT = "TrZ787aaZZ/goQPOMoO8Ao6iuI4="  # RFC 6455 section 4.2.2 for that key
CLOSE_HELLO_WORLD = bytes.fromhex("888e0bf250a0081a18c5679e3f805c9d22cc6fd3")

server = None


def open_connection():
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.sendall(REQUEST.format(port=server.port).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        assert byte, f"the connection ended in the head: {head!r}"
        head += byte
    return connection, head.decode()


def read_to_the_end(connection):
    """Everything up to the peer's FIN; a reset raises."""
    received = b""
    while chunk := connection.recv(4096):
        received += chunk
    return received


class RawClose(unittest.TestCase):
    def exchange(self, sent):
        connection, _ = open_connection()
        with connection:
            connection.sendall(sent)
            return read_to_the_end(connection)

    def test_the_handshake_is_accepted(self):
        connection, head = open_connection()
        connection.close()
        self.assertTrue(head.startswith("HTTP/1.1 101 "), head)
        self.assertIn(f"sec-websocket-accept: {ACCEPT}".lower(), head.lower())

    def test_a_close_with_code_and_reason_is_echoed_and_then_tcp_ends_in_order(self):
        self.assertEqual(self.exchange(CLOSE_HELLO_WORLD), bytes.fromhex("880e03e8") + b"Hello World!")

    def test_the_close_may_arrive_byte_by_byte(self):
        connection, _ = open_connection()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in CLOSE_HELLO_WORLD:
                connection.sendall(bytes([byte]))
            self.assertEqual(read_to_the_end(connection), bytes.fromhex("880e03e8") + b"Hello World!")

    def test_what_follows_a_close_is_read_and_dropped_not_reset(self):
        text_behind = bytes.fromhex("818100000000") + b"x"
        self.assertEqual(
            self.exchange(CLOSE_HELLO_WORLD + text_behind), bytes.fromhex("880e03e8") + b"Hello World!")

    def test_messages_ahead_of_the_close_are_answered_ahead_of_it(self):
        text_ahead = bytes.fromhex("818100000000") + b"x"
        self.assertEqual(
            self.exchange(text_ahead + CLOSE_HELLO_WORLD),
            b"\x81\x01x" + bytes.fromhex("880e03e8") + b"Hello World!")

    def test_a_violation_is_answered_with_its_close_code(self):
        for sent, code in (("8101" + "78", 1002), ("818100000000ff", 1007)):
            with self.subTest(sent=sent):
                received = self.exchange(bytes.fromhex(sent))
                self.assertEqual((received[0], received[2:4]), (0x88, code.to_bytes(2, "big")))


def main():
    global server
    with ServerProcess(sys.argv.pop(), "--port", "0") as server:
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
