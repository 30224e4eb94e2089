"""Many attackers in one process: attackers.py SEED CERTIFICATES TCP_PORT TLS_PORT [ATTACK...], all if none is named.

Lines of standard input steer it: `go`, `pace 0.5` (of the rates below), and `stop`, which is answered with what was done
once all is done: {"counts": {...}, "surprises": [...]}. A surprise is an answer that an attack must not have. The end of
the input ends it.
"""

import json
import os
import pathlib
import random
import socket
import ssl
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "security"), str(HERE.parent / "foreign")]

from output_attacks import fill
from peer import (
    BAD_DATA, BINARY, FIN, MIB, PING, POLICY, PROTOCOL_ERROR, RSV1, TEXT, TOO_BIG, bomb, close, deflated, fragments, frame,
    handshake, text)
from victim import Target

RESET = b"\1\0\0\0\0\0\0\0"  # SO_LINGER with no time: close() resets


def reset(peer):
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    peer.socket.close()


# --- Attacks: each once a call -------------------------------------------------------------------


def slow_readers(target, chance, control):
    """Five that send all they can and read nothing; most are dropped by the send timeout, some go before."""
    peers = [target.open("/slow", receive_buffer=4096) for _ in range(5)]
    message = frame(FIN | BINARY, bytes(65536))
    for peer in peers:
        peer.socket.setblocking(False)
        fill(peer, message)
    control.pause(chance.uniform(0.2, 2.5))
    for peer in peers:
        reset(peer)


def slow_handshakes(target, chance, control):
    """Twenty that send an octet now and then."""
    connections = [target.tcp() for _ in range(20)]
    octets = handshake("/ws") if chance.random() < 0.5 else b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)
    for at in range(chance.randrange(1, 40)):
        for connection in connections:
            try:
                connection.sendall(octets[at:at + 1])
            except OSError:  # the handshake timeout
                pass
        control.pause(0.1)
    for connection in connections:
        connection.close()


def bombs(target, chance, _):
    """What inflates to 20, 50 or 200 MiB, in one frame or in many."""
    payload = bomb(chance.choice((20, 50, 200)) * MIB)
    octets = frame(FIN | BINARY | RSV1, payload) if chance.random() < 0.5 else (
        fragments(BINARY, payload, chance.choice((100, 1000, 5000)), RSV1))
    with target.open("/deflate", deflate=True) as peer:
        peer.send_as_far_as_it_goes(octets)
        assert peer.read(4) == b"\x88\x02" + TOO_BIG.to_bytes(2, "big")
        assert peer.read_until_gone() == b""


def resets(target, chance, _):
    """Ten that reset in the middle of a head, a frame or a message."""
    begun = (handshake("/ws")[:chance.randrange(1, 150)], handshake("/ws"),
             handshake("/ws") + frame(FIN | BINARY, bytes(1000), declared=5000), handshake("/ws") + frame(TEXT, b"half"),
             handshake("/deflate", deflate=True) + frame(TEXT | RSV1, deflated(b"half" * 100)[:10]))
    for _ in range(10):
        peer = target.connect()
        peer.send(chance.choice(begun))
        reset(peer)


def ping_floods(target, chance, _):
    """A thousand pings; the pongs are read or not."""
    with target.open() as peer:
        peer.send_as_far_as_it_goes(frame(FIN | PING, b"p" * chance.randrange(126)) * 1000)
        if chance.random() < 0.5:
            assert peer.read_frame()[0] == 0x8A


def message_floods(target, chance, _):
    """Five hundred messages in one go, whose echoes are all read, or none."""
    payload = b"m" * chance.randrange(300)
    with target.open() as peer:
        peer.send(text(payload) * 500)
        if chance.random() < 0.5:
            reset(peer)
            return
        for _ in range(500):
            peer.expect_frame(FIN | TEXT, payload)
        peer.leave()


def tiny_fragments(target, chance, _):
    """A message octet by octet, empty frames between; or one in more fragments than are allowed."""
    if chance.random() < 0.1:
        with target.open() as peer:
            peer.send_as_far_as_it_goes(frame(TEXT, b"a") + frame(0) * 131_072)
            assert peer.read(4) == b"\x88\x02" + POLICY.to_bytes(2, "big")
            return
    with target.open() as peer:
        peer.send(frame(TEXT) + (frame(0, b"x") + frame(0)) * 2000 + frame(FIN))
        peer.expect_frame(FIN | TEXT, b"x" * 2000)
        peer.leave()


def reconnect_storms(target, chance, _):
    """Thirty that connect, echo and go, one after the other."""
    for _ in range(30):
        with target.open(chance.choice(("/ws", "/small"))) as peer:
            peer.echo(b"here again")
            if chance.random() < 0.5:
                peer.leave()


def large_messages(target, chance, _):
    """An echo of up to 15 MiB; or only the first half of the message."""
    size = chance.randrange(MIB, 15 * MIB)
    with target.open() as peer:
        message = frame(FIN | BINARY, bytes(size))
        if chance.random() < 0.3:
            peer.send(message[:size // 2])
            return
        peer.send(message)
        assert peer.read_frame() == (FIN | BINARY, bytes(size))
        peer.leave()


VIOLATIONS = (
    (frame(FIN | TEXT, b"x", masked=False), PROTOCOL_ERROR), (frame(FIN | 3, b"x"), PROTOCOL_ERROR),
    (frame(FIN | RSV1 | TEXT, b"x"), PROTOCOL_ERROR), (frame(FIN, b"x"), PROTOCOL_ERROR),
    (frame(FIN | PING, bytes(126)), PROTOCOL_ERROR), (frame(FIN | BINARY, declared=1 << 63, form=64), PROTOCOL_ERROR),
    (frame(FIN | BINARY, b"x", form=16), PROTOCOL_ERROR), (close(1005), PROTOCOL_ERROR),
    (text(b"\xff"), BAD_DATA), (frame(TEXT, b"\xc3") + frame(FIN, b"("), BAD_DATA),
    (frame(FIN | BINARY, declared=1 << 40), TOO_BIG))


def violations(target, chance, _):
    """One of the ways to break the protocol, with its Close frame."""
    octets, code = chance.choice(VIOLATIONS)
    with target.open() as peer:
        peer.send(octets)
        peer.expect_close(code)


def garbage(target, chance, _):
    """Octets by chance in the place of a request, or of frames."""
    with target.connect() as peer:
        peer.send_as_far_as_it_goes(
            chance.choice((b"", handshake("/ws"))) + chance.randbytes(chance.randrange(1, 3000)))


# How often a second, at pace 1, on each of the two ways in.
RATES = {
    slow_readers: 0.5, slow_handshakes: 1, bombs: 0.25, resets: 4, ping_floods: 2, message_floods: 2, tiny_fragments: 2,
    reconnect_storms: 2, large_messages: 0.25, violations: 20, garbage: 10,
}


# --- Running them --------------------------------------------------------------------------------


class Control:
    """What all attackers' threads share."""

    def __init__(self):
        self.pace = 1.0
        self.going = threading.Event()
        self.stopping = threading.Event()

    def pause(self, seconds):
        """Or until it is to stop."""
        self.stopping.wait(seconds)


class Attacker:
    """One kind of attack over one transport, in a thread of its own: random gaps, one attack at a time."""

    def __init__(self, attack, rate, target, chance, control):
        self.name = attack.__name__
        self._attack, self._rate, self._target, self._chance, self._control = attack, rate, target, chance, control
        self.count = 0
        self.surprises = []
        self.idle = threading.Event()
        self.idle.set()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        control = self._control
        while True:
            control.going.wait()
            self.idle.clear()
            while not control.stopping.is_set():
                control.pause(self._chance.expovariate(self._rate * control.pace))
                if not control.stopping.is_set():
                    self._attack_once()
            self.idle.set()
            while control.stopping.is_set():
                control.going.wait(0.05)

    def _attack_once(self):
        try:
            self._attack(self._target, self._chance, self._control)
        except Exception as error:  # told at `stop`
            self.surprises.append(f"{self.name} ({self._target.name}): {error!r}")
        self.count += 1


class Ports:
    """The server, as `Target` wants it."""

    def __init__(self, tcp, tls, certificates):
        self.ports = {"tcp": tcp, "tls": tls}
        self._context = ssl.create_default_context(cafile=certificates / "ca.pem")

    def secured(self, connection):
        return self._context.wrap_socket(connection, server_hostname="localhost", suppress_ragged_eofs=False)


def report(attackers):
    counts, surprises = {}, []
    for attacker in attackers:
        attacker.idle.wait()
        counts[attacker.name] = counts.get(attacker.name, 0) + attacker.count
        surprises += attacker.surprises
        attacker.count, attacker.surprises = 0, []
    print(json.dumps({"counts": counts, "surprises": surprises}), flush=True)


def obey(line, control, attackers):
    order, *value = line.split()
    if order == "go":
        control.stopping.clear()
        control.going.set()
    elif order == "pace":
        control.pace = float(value[0])
    else:
        control.going.clear()
        control.stopping.set()
        report(attackers)


def main():
    seed, certificates, tcp, tls, *only = sys.argv[1:]
    os.nice(10)  # the good clients go first, and the server
    ports = Ports(int(tcp), int(tls), pathlib.Path(certificates))
    control = Control()
    attackers = [Attacker(attack, rate, Target(ports, name), random.Random(f"{seed} {attack.__name__} {name}"), control)
                 for attack, rate in RATES.items() if not only or attack.__name__ in only for name in ports.ports]
    for line in sys.stdin:
        obey(line, control, attackers)


if __name__ == "__main__":
    main()
