"""Frames that break RFC 6455: what is found out gets its Close frame, and nothing of it is delivered."""

from peer import (
    BAD_DATA, BINARY, CLOSE, CONTINUATION, FIN, MIB, PING, PONG, PROTOCOL_ERROR, RSV1, TEXT, TOO_BIG, close, deflated,
    fragments, frame, text)
from registry import attack
from victim import wait_until

RECORDING = [{"path": "/record/{number}", "handler": "record"},
             {"path": "/deflate/record", "handler": "record", "permessage_deflate": {}}]


def refused(target, octets, code, path="/ws", deflate=False):
    """Closed with `code`, and nothing else comes; also when more lies behind."""
    for behind in (b"", text(b"behind") * 3):
        with target.open(path, deflate=deflate) as peer:
            peer.send(octets + behind)
            peer.expect_close(code)


@attack("len64_msb_set")
def top_bit_of_a_64_bit_length(target):
    """closed with 1002 (RFC 6455 section 5.2: "the most significant bit MUST be 0")"""
    for first in (FIN | BINARY, TEXT, FIN | TEXT, FIN | BINARY | RSV1):
        for declared in (1 << 63, (1 << 64) - 1, (1 << 63) + 5):
            for path in ("/ws", "/unlimited"):
                if not first & RSV1:
                    refused(target, frame(first, b"12345", declared=declared, form=64), PROTOCOL_ERROR, path)
            refused(target, frame(first, b"12345", declared=declared, form=64), PROTOCOL_ERROR, "/deflate", True)


@attack("control_frame_extended_length")
def control_frames_with_more_octets_of_length(target):
    """closed with 1002 (section 5.5: "MUST have a payload length of 125 bytes or less")"""
    for opcode in (CLOSE, PING, PONG):
        for form, declared in ((16, 5), (16, 126), (64, 5), (64, (1 << 63) - 1), (64, (1 << 64) - 1)):
            refused(target, frame(FIN | opcode, b"12345", declared=declared, form=form), PROTOCOL_ERROR)


@attack("nonminimal_length")
def lengths_in_more_octets_than_needed(target):
    """closed with 1002 (section 5.2: "the minimal number of bytes MUST be used")"""
    for opcode in (TEXT, BINARY):
        for form, size in ((16, 0), (16, 125), (64, 0), (64, 126), (64, 65535)):
            refused(target, frame(FIN | opcode, b"x" * size, form=form), PROTOCOL_ERROR)


@attack("oversize_closes_1009", memory=3 * MIB)
def messages_over_the_limit(target):
    """closed with 1009 as soon as the heads add up to more than the limit; a message of exactly the limit comes back"""
    limit = 65536
    with target.open("/small") as peer:
        peer.echo(bytes(limit))
        peer.leave()
    refused(target, frame(FIN | BINARY, declared=limit + 1), TOO_BIG, "/small")  # the head alone
    refused(target, frame(FIN | BINARY, declared=16 * MIB + 1), TOO_BIG)
    refused(target, frame(FIN | BINARY, declared=(1 << 63) - 1, form=64), TOO_BIG)
    refused(target, frame(BINARY, bytes(limit)) + frame(FIN | CONTINUATION, b"x"), TOO_BIG, "/small")
    refused(target, fragments(BINARY, bytes(limit + 1), 1000), TOO_BIG, "/small")
    refused(target, frame(FIN | BINARY | RSV1, deflated(bytes(limit + 1))), TOO_BIG, "/small", True)


@attack("unlimited_is_still_bounds_checked", memory=3 * MIB)
def lengths_that_overflow_where_there_is_no_limit(target):
    """a sum beyond 2^63 takes no memory and cuts nothing short; the top bit is still 1002"""
    longest = (1 << 63) - 1
    for count in (1, 10):
        with target.open("/unlimited") as peer:
            for _ in range(count):
                peer.send(frame(BINARY, b"abc") + frame(CONTINUATION, b"x" * 5000, declared=longest, form=64))
                peer.send(b"y" * 5000)  # still payload of the same frame
    refused(target, frame(BINARY, b"abc") + frame(CONTINUATION, declared=(1 << 64) - 3, form=64), PROTOCOL_ERROR,
            "/unlimited")


@attack("control_payload_125")
def the_longest_control_frame(target):
    """125 octets are answered whole; 126 are 1002"""
    for opcode in (PING, PONG, CLOSE):
        refused(target, frame(FIN | opcode, b"c" * 126), PROTOCOL_ERROR)
    with target.open() as peer:
        peer.send(frame(FIN | PONG, b"p" * 125) + frame(FIN | PING, b"q" * 125) + close(1000, b"r" * 123))
        peer.expect_frame(FIN | PONG, b"q" * 125)
        peer.expect_frame(FIN | CLOSE, (1000).to_bytes(2, "big") + b"r" * 123)
        assert peer.read_to_the_end() == b""


# --- What the handler must not see ---------------------------------------------------------------


def delivers_only(target, ahead, bad, code, path="/record/1", deflate=False):
    """The handler gets `ahead`, not a word of `bad`, and nothing behind it."""
    log = target.victim.server.lines
    began = len(log)
    with target.open(path, deflate=deflate) as peer:
        peer.send(text(ahead) + bad + text(b"behind") + frame(FIN | PING, b"behind"))
        peer.expect_close(code)
    wait_until(lambda: "left" in log[began:], "the handler ends")
    delivered = [line for line in log[began:] if line.startswith("delivered")]
    assert delivered == [f"delivered {len(ahead)}: {ahead.decode()}"], delivered


@attack("unmasked_is_never_delivered", victim="hooks", routes=RECORDING)
def frames_without_a_mask(target):
    """closed with 1002 (section 5.1); the handler has what came before, and nothing else"""
    for bad in (frame(FIN | TEXT, b"attack", masked=False), frame(TEXT, b"attack", masked=False),
                frame(FIN | PING, b"attack", masked=False), frame(FIN | CLOSE, b"\x03\xe8attack", masked=False),
                frame(TEXT, b"good half") + frame(FIN | CONTINUATION, b"attack", masked=False)):
        delivers_only(target, b"good", bad, PROTOCOL_ERROR)
    delivers_only(target, b"good", frame(FIN | TEXT | RSV1, deflated(b"attack"), masked=False), PROTOCOL_ERROR,
                  "/deflate/record", True)


@attack("bad_utf8_is_never_delivered", victim="hooks", routes=RECORDING)
def text_that_is_not_utf8(target):
    """closed with 1007 (section 8.1), whole, in fragments and compressed; the handler has what came before"""
    for bad in (text(b"\xff"), text(b"attack\xc3"), text(b"\xed\xa0\x80"), text(b"\xc0\xaf"), text(b"\xf4\x90\x80\x80"),
                text(b"a" * 5000 + b"\x80"),
                frame(TEXT, b"\xc3") + frame(FIN | CONTINUATION, b"("),
                frame(TEXT, b"attack \xc3") + frame(FIN | CONTINUATION, b""),
                close(1000, b"\xff")):
        delivers_only(target, b"good", bad, BAD_DATA)
    for bad in (b"\xff", b"attack\xc3", b"a" * 100_000 + b"\x80"):
        delivers_only(target, b"good", frame(FIN | TEXT | RSV1, deflated(bad)), BAD_DATA, "/deflate/record", True)


# --- Pongs ---------------------------------------------------------------------------------------


@attack("unsolicited_and_repeated_pongs")
def pongs_that_nobody_asked_for(target):
    """ignored (section 5.5.3: "A response to an unsolicited Pong frame is not expected"), also within a message"""
    with target.open() as peer:
        peer.send(frame(TEXT, b"a") + frame(FIN | PONG, b"same") * 5000 + frame(FIN | CONTINUATION, b"b"))
        peer.expect_frame(FIN | TEXT, b"ab")
        peer.leave()


@attack("a_pong_is_never_answered")
def pongs_are_no_questions(target):
    """nothing comes for a pong: the next frame is the pong of a ping behind it"""
    with target.open() as peer:
        for payload in (b"", b"p", b"p" * 125):
            peer.send(frame(FIN | PONG, payload) * 3 + frame(FIN | PING, b"question"))
            peer.expect_frame(FIN | PONG, b"question")
        peer.leave()
