"""Random streams of frames: what a peer may send, and then a little of what it may not."""

import dataclasses
import random
import zlib

TEXTS = ["", "a", "Hello", "é€", "日本𐍈", "\U0010ffff", "{\"name\": \"websocket\"}", "0, " * 40]
BAD_TEXTS = [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"ok\xf0\x9f\x98", b"\x80"]
CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
BAD_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
SIZES = [0, 1, 2, 20, 100, 125, 126, 127, 200, 300, 3000]
LARGE = [65535, 65536, 70000]
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@dataclasses.dataclass
class Case:
    """`pieces` are octets in the order of their arrival, or "!close" where the endpoint closes itself."""

    role: str
    limit: int
    deflate: tuple | None
    pieces: list

    def line(self):
        deflate = ",".join(map(str, self.deflate)) if self.deflate else "-"
        pieces = [piece if piece == "!close" else piece.hex() for piece in self.pieces]
        return " ".join([self.role, str(self.limit), deflate, *pieces])

    @classmethod
    def from_line(cls, line):
        role, limit, deflate, *pieces = line.split()
        numbers = tuple(map(int, deflate.split(","))) if deflate != "-" else None
        return cls(role, int(limit), numbers, [p if p == "!close" else bytes.fromhex(p) for p in pieces])


@dataclasses.dataclass
class Frame:
    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0
    masked: bool = False
    form: int | None = None  # octets of extended length; nothing: the shortest
    length: int | None = None  # that is declared; nothing: the payload's

    def octets(self, rng):
        length = len(self.payload) if self.length is None else self.length
        form = (0 if length < 126 else 2 if length < 65536 else 8) if self.form is None else self.form
        length &= (1 << 8 * form) - 1 if form else 127
        second = length if form == 0 else 126 if form == 2 else 127
        head = bytes([self.fin << 7 | self.rsv << 4 | self.opcode, self.masked << 7 | second])
        head += length.to_bytes(form, "big") if form else b""
        if not self.masked:
            return head + self.payload
        key = rng.randbytes(4)
        return head + key + bytes(octet ^ key[i % 4] for i, octet in enumerate(self.payload))


class Stream:
    """One peer's frames; compresses as its agreement allows."""

    def __init__(self, rng):
        self.rng = rng
        self.role = rng.choice(["server", "client"])
        self.limit = rng.choice([65536, 65536, 65536, 300, 125, 10])
        self.deflate = None
        self.frames = []
        if rng.random() < 0.4:
            self.deflate = (rng.randint(9, 15), rng.randint(0, 1), rng.randint(9, 15), rng.randint(0, 1))
        self.compressor = None

    def add(self, opcode, payload, **more):
        self.frames.append(Frame(opcode, payload, masked=self.role == "server", **more))

    def add_control(self):
        rng = self.rng
        opcode = rng.choice([PING, PING, PONG])
        self.add(opcode, rng.randbytes(rng.choice([0, 1, 20, 125])))

    def add_close(self):
        rng = self.rng
        code = rng.choice(CODES if rng.random() < 0.7 else BAD_CODES)
        reason = rng.choice(TEXTS).encode()[:123] if rng.random() < 0.8 else rng.choice(BAD_TEXTS)
        payload = code.to_bytes(2, "big") + (reason if rng.random() < 0.6 else b"")
        self.add(CLOSE, payload if rng.random() < 0.8 else payload[: rng.randint(0, 2)])

    def content(self, is_text):
        rng = self.rng
        if is_text:
            text = "".join(rng.choices(TEXTS, k=rng.randint(0, 4))).encode()
            return text if rng.random() < 0.9 else text + rng.choice(BAD_TEXTS) + rng.choice([b"", b"more"])
        size = rng.choice(LARGE) if rng.random() < 0.01 else rng.choice(SIZES)
        return rng.randbytes(size) if rng.random() < 0.5 else bytes([rng.randrange(256)]) * size

    def compressed(self, content):
        """RFC 7692 section 7.2.1, in one of the ways that zlib knows."""
        rng = self.rng
        bits, forgets = self.deflate[2:] if self.role == "server" else self.deflate[:2]
        if forgets or self.compressor is None:
            self.compressor = zlib.compressobj(rng.choice([0, 1, 6, 9]), wbits=-bits)
        cut = rng.randint(0, len(content))
        payload = self.compressor.compress(content[:cut])
        payload += self.compressor.flush(rng.choice([zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH]))
        payload += self.compressor.compress(content[cut:])
        if rng.random() < 0.05:
            payload += self.compressor.flush(zlib.Z_FINISH)
            self.compressor = None
            return payload + rng.choice([b"", b"\x00"])
        payload += self.compressor.flush(zlib.Z_SYNC_FLUSH)
        return payload if rng.random() < 0.1 else payload[:-4]

    def add_message(self):
        rng = self.rng
        opcode = rng.choice([TEXT, BINARY])
        payload, rsv = self.content(opcode == TEXT), 0
        if self.deflate and rng.random() < 0.7:
            payload, rsv = self.compressed(payload), 4
        while rng.random() < 0.4:
            size = rng.randint(0, len(payload))
            self.add(opcode, payload[:size], fin=False, rsv=rsv)
            payload, opcode, rsv = payload[size:], 0, 0
            if rng.random() < 0.3:
                self.add_control()
        self.add(opcode, payload, rsv=rsv)

    def spoil(self):
        """Breaks one thing of one frame."""
        rng = self.rng
        frame = rng.choice(self.frames)
        kind = rng.randrange(9)
        if kind == 0:
            frame.opcode = rng.randrange(16)
        elif kind == 1:
            frame.fin = not frame.fin
        elif kind == 2:
            frame.rsv ^= 1 << rng.randrange(3)
        elif kind == 3:
            frame.masked = not frame.masked
        elif kind == 4:
            frame.form = rng.choice([2, 8])
        elif kind == 5:
            frame.length = rng.choice([0, 1, 125, 126, 127, 65535, 65536, 1 << 31, (1 << 63) - 1, 1 << 63])
        elif kind == 6:
            frame.payload += rng.randbytes(rng.choice([1, 126, 300]))
        elif kind == 7:
            self.frames.remove(frame)
        elif frame.payload:
            at = rng.randrange(len(frame.payload))
            frame.payload = frame.payload[:at] + rng.randbytes(1) + frame.payload[at + 1 :]

    def split(self, octets):
        rng = self.rng
        if rng.random() < 0.05:
            octets = octets[: rng.randint(0, len(octets))]
        largest = rng.choice([len(octets) + 1, 1000, 40] if len(octets) > 2000 else [len(octets) + 1, 40, 7, 1])
        pieces = []
        while octets:
            size = rng.randint(1, largest)
            pieces.append(octets[:size])
            octets = octets[size:]
        if rng.random() < 0.1:
            pieces.insert(rng.randint(0, len(pieces)), "!close")
        return pieces


def make_case(seed, index):
    """The same for the same seed and index."""
    rng = random.Random(f"{seed}:{index}")
    stream = Stream(rng)
    for _ in range(rng.randint(1, 6)):
        rng.choice([stream.add_message, stream.add_message, stream.add_message, stream.add_control])()
    if rng.random() < 0.5:
        stream.add_close()
    while stream.frames and rng.random() < 0.35:
        stream.spoil()
    octets = b"".join(frame.octets(rng) for frame in stream.frames)
    return Case(stream.role, stream.limit, stream.deflate, stream.split(octets))
