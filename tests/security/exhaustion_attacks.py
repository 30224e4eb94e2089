"""Connections, descriptors and memory that attackers hold."""

import socket

from peer import BINARY, FIN, MIB, RSV1, close, deflated, frame, handshake, text
from registry import attack
from victim import wait_until


@attack("declared_length_never_preallocates", memory=4 * MIB)
def lengths_without_their_payload(target):
    """a hundred that declare 16 MiB (or 2^62, or a compressed frame) and send a thousand octets hold no more than these"""
    peers = []
    for _ in range(25):
        for path, declared, rsv in (("/ws", 16 * MIB, 0), ("/unlimited", 1 << 62, 0), ("/unlimited", (1 << 63) - 1, 0),
                                    ("/deflate", 16 * MIB, RSV1)):
            peer = target.open(path, deflate=bool(rsv), receive_buffer=8192)
            payload = deflated(bytes(range(256)) * 4, 0) if rsv else b"x" * 1000
            peer.send(frame(FIN | BINARY | rsv, payload, declared=declared))
            peers.append(peer)
    with target.open() as other:
        other.echo(b"behind all of them")  # one thread: it has read what came before
        other.leave()
    for peer in peers:
        peer.socket.close()


@attack("slow_handshakes_do_not_block_accept", memory=12 * MIB, timeouts={"handshake": "1s"})
def handshakes_that_never_end(target):
    """200 that stop in the middle of TLS, of a head, or before it: others are served meanwhile, and the handshake timeout
    (1 s) ends all of them; one of TLS holds some 40 KiB until then"""
    slow = []
    for number in range(200):
        connection = target.tcp()
        if target.name == "tls" and number % 2:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01"[:number % 7])
        elif target.name == "tcp":
            connection.sendall(b"GET /ws HTTP/1.1\r\nHo"[:number % 22])
        slow.append(connection)
        if number % 20 == 0:
            with target.open() as good:
                good.echo(b"not in the queue")
                good.leave()
    for connection in slow:
        try:
            while connection.recv(4096):
                pass
        except ConnectionError:
            pass
        connection.close()


@attack("leak_free_after_100k_upgrades", memory=1 * MIB)
def upgrades_again_and_again(target):
    """2,200 upgrades (`server: leak_free_after_100k_upgrades` has the rest, in a release build), closed, reset, refused and
    compressed in turn: no more memory than one at a time needs, no descriptor"""
    count = 2000 if target.name == "tcp" else 200
    endings = (text(b"x") + close(1000), frame(FIN | BINARY | RSV1, deflated(b"y" * 1000)) + close(1000), b"", b"\xff")
    for number in range(count):
        ending = number % 4
        with target.connect() as peer:
            peer.send(handshake("/none" if ending == 2 else "/deflate", deflate=True) + endings[ending])
            if ending == 3:  # gone while it is answered
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            else:
                came = peer.read_to_the_end()
                assert came.startswith(b"HTTP/1.1 404" if ending == 2 else b"HTTP/1.1 101"), came[:100]
                assert ending == 2 or came.endswith(b"\x88\x02\x03\xe8"), came[-100:]


@attack("out_of_file_descriptors_recovers", memory=4 * MIB, descriptors=48)
def more_connections_than_descriptors(target):
    """with 48 descriptors 100 connect: who is in is served, nobody crashes, and when some go others come in"""
    inside = target.open()
    for count in (10, 100):  # ten first: the sanitizer of undefined behaviour looks at a new type through a pipe
        many = [target.tcp() for _ in range(count)]
        inside.echo(b"served all the same")
        for connection in many:
            connection.close()
    for _ in range(10):
        with target.open() as peer:
            peer.echo(b"there are descriptors again")
            peer.leave()
    inside.leave()


@attack("max_sessions_per_address", connections={"per_address": 6})
def one_address_that_takes_all(target):
    """beyond the limit (6, of which others have 2) connections are closed at once; who leaves makes room"""
    inside = [target.open() for _ in range(4)]
    for _ in range(10):
        connection = target.tcp()
        try:
            connection.sendall(handshake("/ws"))
            assert connection.recv(100) == b""
        except ConnectionError:
            pass
        connection.close()
    for peer in inside:
        peer.echo(b"inside")
    inside.pop().leave()
    wait_until(lambda: target.victim.process.descriptors()[1] <= 2 + 2 + len(inside), "there is room")
    with target.open() as peer:
        peer.echo(b"in the free place")
        peer.leave()
    for peer in inside:
        peer.leave()
