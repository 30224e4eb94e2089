"""What python3-websockets makes of octets from a peer: its Sans-I/O protocol, with the UTF-8 check that its layer
above has."""

import codecs
import logging
import zlib

from websockets.connection import CLIENT, OPEN, SERVER, Connection
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import CTRL_OPCODES, OP_BINARY, OP_CLOSE, OP_CONT, OP_PING, OP_TEXT

logging.getLogger("websockets").setLevel(logging.CRITICAL)

TAIL = b"\x00\x00\xff\xff"  # RFC 7692 section 7.2.2
# Blocks that say this at the boundary of a block and of an octet only; elsewhere hardly both of them.
PROBES = {b"\x03\x00": b"", b"\x00\x05\x00\xfa\xffprobe\x03\x00": b"probe"}


def told(what, content):
    return f"{what} {content.hex()}" if content else what


def told_close(what, payload, reason=True):
    if not payload:
        return what
    return told(f"{what} {int.from_bytes(payload[:2], 'big')}", payload[2:] if reason else b"")


def octet_by_octet(decompressor, data):
    """So that zlib looks for what came before in its window, and not in what it has just written."""
    inflated = b""
    for octet in data:
        rest = bytes([octet])
        while True:
            more = decompressor.decompress(rest, 1)
            rest = decompressor.unconsumed_tail
            inflated += more
            if not more and not rest:
                break
    return inflated


class Deflate(PerMessageDeflate):
    """Notes what the library does not look at: whether a message's data are whole, and how long they really are."""

    def __init__(self, *parameters, limit, notes, closely):
        super().__init__(*parameters)
        self.limit, self.notes, self.closely = limit, notes, closely
        self.shadow, self.size, self.received, self.inflates = None, 0, 0, False

    def decode(self, frame, *, max_size=None):
        if frame.opcode not in CTRL_OPCODES:
            self.look(frame)
        return super().decode(frame, max_size=max_size)

    def look(self, frame):
        if frame.opcode is not OP_CONT:
            self.inflates, self.size, self.received = frame.rsv1, 0, 0
        if not self.inflates:
            return
        if self.shadow is None or (self.remote_no_context_takeover and frame.opcode is not OP_CONT):
            self.shadow = zlib.decompressobj(wbits=-self.remote_max_window_bits)
        self.received += len(frame.data)
        if frame.fin and self.received == 0:
            self.notes.add("compressed message without payload")
        data = frame.data + (TAIL if frame.fin else b"")
        try:
            self.size += len(octet_by_octet(self.shadow, data) if self.closely else self.shadow.decompress(data))
        except zlib.error as error:
            self.notes.add("beyond the window" if self.closely and "too far back" in str(error) else "no DEFLATE")
            return
        if self.size > self.limit:
            self.notes.add("inflates beyond the limit")
        if self.shadow.eof:
            self.notes.add("final block")
        elif frame.fin and not self.at_block_boundary():
            self.notes.add("cut off")
        self.inflates = not frame.fin

    def at_block_boundary(self):
        return all(self.says(probe, answer) for probe, answer in PROBES.items())

    def says(self, probe, answer):
        decompressor = self.shadow.copy()
        try:
            return decompressor.decompress(probe) == answer and decompressor.eof and not decompressor.unused_data
        except zlib.error:
            return False


class Reference(Connection):
    """Writes down in order what it says and what it hears."""

    def __init__(self, side, limit, deflate, notes, closely):
        super().__init__(side, OPEN, max_size=limit)
        self.log, self.notes = [], notes
        self.failing = False
        self.message = None
        self.text = None
        if deflate:
            server, client = deflate[:2], deflate[2:]
            ours, theirs = (server, client) if side is SERVER else (client, server)
            parameters = bool(theirs[1]), bool(ours[1]), theirs[0], ours[0]
            self.extensions = [Deflate(*parameters, limit=limit, notes=notes, closely=closely)]

    def fail(self, code, reason=""):
        self.failing = True
        super().fail(code, reason)

    def send_frame(self, frame):
        super().send_frame(frame)
        if frame.opcode is OP_CLOSE:
            self.log.append(told_close("out close", frame.data, reason=not self.failing))
        else:
            self.log.append(told("out pong", frame.data))

    def recv_frame(self, frame):
        super().recv_frame(frame)
        if frame.opcode in (OP_TEXT, OP_BINARY, OP_CONT):
            self.add(frame)
        elif frame.opcode is OP_CLOSE:
            self.log.append(told_close("close", frame.data))
        else:
            self.log.append(told("ping" if frame.opcode is OP_PING else "pong", frame.data))

    def add(self, frame):
        """As `WebSocketCommonProtocol.read_message` of the same package; what it raises is failed with 1007."""
        if frame.opcode is not OP_CONT:
            self.message = b""
            self.text = codecs.getincrementaldecoder("utf-8")() if frame.opcode is OP_TEXT else None
        if self.text:
            self.text.decode(frame.data, frame.fin)
            waiting, _ = self.text.getstate()
            if len(waiting) == 2 and waiting >= b"\xed\xa0" and waiting < b"\xee":
                self.notes.add("half a surrogate")
        self.message += frame.data
        if frame.fin:
            self.log.append(told("text" if self.text else "binary", self.message))


def heads(octets):
    """Of the frames whose lengths lie in the octets: the first octet, the length, how many octets of extended length
    it takes, and how many octets of the head with its key are missing."""
    at = 0
    while at + 2 <= len(octets):
        masked, length = octets[at + 1] >> 7, octets[at + 1] & 127
        form = {126: 2, 127: 8}.get(length, 0)
        behind = at + 2 + form
        if behind > len(octets):
            return
        length = int.from_bytes(octets[behind - form : behind], "big") if form else length
        at = behind + 4 * masked
        yield octets[behind - form - 2], length, form, max(at - len(octets), 0)
        at += length


def look_at_heads(octets, limit, deflate):
    """Which frames may be too large for them, but for us are not, or need not be."""
    data = 0  # that came before; compressed, it may be any size
    for first, length, form, missing in heads(octets):
        is_control, is_whole = (first & 15) >= 8, first >> 7 and first & 15
        if length < {0: 0, 2: 126, 8: 65536}[form]:
            yield "length not minimal"
        if missing:
            yield "key is missing"
        if is_control and length > 0 and (length + data > limit or deflate):
            yield "control frame may be over the limit"
        if not is_control and deflate and (length > limit or not is_whole):
            yield "compressed frame may be over the limit"
        data += 0 if is_control else length


def verdict(case, closely=False):
    """A list of lines as frame_verdicts writes them, but for what stands behind "failure", and a set of notes: what
    is known of the stream by itself. `closely`: also what takes long to find."""
    notes = {"deflate"} if case.deflate else set()
    before_close = case.pieces.index("!close") if "!close" in case.pieces else 0
    for pieces in case.pieces[:before_close], case.pieces:
        octets = b"".join(piece for piece in pieces if piece != "!close")
        notes.update(look_at_heads(octets, case.limit, case.deflate))
    reference = Reference(SERVER if case.role == "server" else CLIENT, case.limit, case.deflate, notes, closely)
    for piece in case.pieces:
        if piece == "!close":
            if reference.state is OPEN:
                reference.send_close(1000)
        else:
            reference.receive_data(piece)
    if reference.parser_exc is not None:
        reference.log.append(f"failure {type(reference.parser_exc).__name__}: {reference.parser_exc}")
    return reference.log, notes
