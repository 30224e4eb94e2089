"""A WebSocket peer that keeps no rule: octets out, octets and frames in.

It shares no code with what it attacks. Also the client's side of soak's attackers.
"""

import base64
import functools
import hashlib
import zlib

PATIENCE = 60  # seconds; a wait ends with its event, this only bounds it
MIB = 2**20
KEY = "hbr3lLZ7IX8r2mOOX5TV3A=="
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MASK = bytes.fromhex("5ea7c0de")

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN, RSV1 = 0x80, 0x40

PROTOCOL_ERROR, BAD_DATA, POLICY, TOO_BIG = 1002, 1007, 1008, 1009


# --- Frames ------------------------------------------------------------------------------------


def xor(payload, key):
    repeated = (key * (len(payload) // 4 + 1))[:len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")


def length_octets(length, form, mask_bit):
    """RFC 6455 section 5.2; `form` is 7, 16 or 64 bits, whether or not that is the shortest."""
    form = form or (7 if length < 126 else 16 if length < 65536 else 64)
    if form == 7:
        return bytes([mask_bit | length])
    return bytes([mask_bit | (126 if form == 16 else 127)]) + length.to_bytes(form // 8, "big")


def frame(first, payload=b"", *, masked=True, declared=None, form=None):
    """One frame; `declared` is the length that its head says in the place of the payload's."""
    length = len(payload) if declared is None else declared
    head = bytes([first]) + length_octets(length, form, 0x80 if masked else 0)
    return head + MASK + xor(payload, MASK) if masked else head + payload


def text(payload):
    return frame(FIN | TEXT, payload)


def close(code, reason=b""):
    return frame(FIN | CLOSE, code.to_bytes(2, "big") + reason)


def fragments(opcode, payload, size, rsv=0):
    """A message in frames of `size` octets of payload."""
    pieces = [payload[at:at + size] for at in range(0, len(payload), size)]
    return b"".join(frame((opcode | rsv if at == 0 else 0) | (FIN if at == len(pieces) - 1 else 0), piece)
                    for at, piece in enumerate(pieces))


# --- permessage-deflate ------------------------------------------------------------------------


def deflated(payload, level=6):
    """RFC 7692 section 7.2.1, with an empty window."""
    deflater = zlib.compressobj(level, wbits=-15)
    return (deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflated(payload):
    return zlib.decompressobj(wbits=-15).decompress(payload + b"\0\0\xff\xff")


@functools.cache
def bomb(size):
    """Zeros, at a thousandth of their size."""
    deflater = zlib.compressobj(9, wbits=-15)
    zeros = bytes(MIB)
    made = b"".join(deflater.compress(zeros) for _ in range(size // MIB)) + deflater.flush(zlib.Z_SYNC_FLUSH)
    return made[:-4]


# --- Handshakes --------------------------------------------------------------------------------


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def handshake(path, fields=(), deflate=False, host="localhost"):
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
             f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
    if deflate:
        lines.append("Sec-WebSocket-Extensions: permessage-deflate")
    return ("\r\n".join([*lines, *fields]) + "\r\n\r\n").encode("latin-1")


class Peer:
    """One connection, on any socket (also one inside TLS)."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(PATIENCE)
        self._unread = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def send_as_far_as_it_goes(self, octets):
        """Who is found out need not be read to the end."""
        try:
            self.socket.sendall(octets)
        except OSError:
            return False
        return True

    def read(self, count):
        while len(self._unread) < count:
            chunk = self.socket.recv(max(65536, count - len(self._unread)))
            assert chunk, f"the stream ended behind {self._unread[:100]!r} where {count} octets were expected"
            self._unread += chunk
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken

    def read_to_the_end(self):
        """Everything up to the FIN (inside TLS: to close_notify); a reset raises."""
        parts = [self._unread]
        self._unread = b""
        while chunk := self.socket.recv(65536):
            parts.append(chunk)
        return b"".join(parts)

    def read_until_gone(self):
        """The same, but a reset is an end, too."""
        received = bytearray(self._unread)
        self._unread = b""
        try:
            while chunk := self.socket.recv(65536):
                received += chunk
        except OSError:
            pass
        return bytes(received)

    def read_head(self):
        """Status and fields, in small letters."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.read(1)
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:] if line)
        return int(lines[0].split(" ")[1]), {name.lower(): value for name, value in fields.items()}

    def read_response(self):
        status, fields = self.read_head()
        return status, fields, self.read(int(fields.get("content-length", "0")))

    def ask(self, request):
        self.send(request)
        return self.read_response()

    def upgrade(self, path, fields=(), deflate=False):
        self.send(handshake(path, fields, deflate))
        status, answered = self.read_head()
        assert status == 101, f"{path} was answered with {status}"
        assert answered["sec-websocket-accept"] == accept_of(KEY)
        assert ("sec-websocket-extensions" in answered) == bool(deflate), answered
        return self

    def read_frame(self):
        """First octet and payload; a server does not mask."""
        first, length = self.read(2)
        assert length < 128, "a masked frame came"
        if length == 126:
            length = int.from_bytes(self.read(2), "big")
        elif length == 127:
            length = int.from_bytes(self.read(8), "big")
        return first, self.read(length)

    def expect_frame(self, first, payload):
        came = self.read_frame()
        assert came == (first, payload), f"{came[0]:#x} {came[1][:200]!r} came, not {first:#x} {payload[:200]!r}"

    def echo(self, payload):
        self.send(frame(FIN | BINARY, payload))
        self.expect_frame(FIN | BINARY, payload)

    def expect_close(self, code):
        """The Close frame with this code alone, and behind it the end in order; nothing before it."""
        came = self.read_to_the_end()
        assert came == b"\x88\x02" + code.to_bytes(2, "big"), f"{came[:200].hex(' ')} came, not a Close with {code}"

    def leave(self):
        """The closing handshake."""
        self.send(close(1000))
        self.expect_close(1000)
        self.socket.close()
