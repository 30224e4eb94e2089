"""permessage-deflate: bombs, parameters, control frames."""

from peer import (
    BINARY, CONTINUATION, FIN, MIB, PING, PONG, PROTOCOL_ERROR, RSV1, TEXT, TOO_BIG, bomb, deflated, fragments, frame,
    handshake, inflated)
from registry import attack

BOMB = 200 * MIB
# The default limit of a message is 16 MiB; a buffer that grows is copied.
WITHIN = 20 * MIB


def explode(target, octets, path="/deflate"):
    """Closed with 1009 and nothing else, however much of it was sent by then."""
    with target.open(path, deflate=True) as peer:
        peer.send_as_far_as_it_goes(octets)
        assert peer.read(4) == b"\x88\x02" + TOO_BIG.to_bytes(2, "big")
        assert peer.read_until_gone() == b""  # what was not read of the bomb may reset the connection


@attack("inflate_bomb_single_frame", memory=WITHIN)
def a_bomb_in_one_frame(target):
    """200 MiB in 200 KiB: closed with 1009 at the route's limit (16 MiB), and at 64 KiB where that is the limit"""
    payload = bomb(BOMB)
    explode(target, frame(FIN | BINARY | RSV1, payload))
    explode(target, frame(FIN | TEXT | RSV1, payload))
    explode(target, frame(FIN | BINARY | RSV1, payload), "/small")


@attack("inflate_bomb_across_fragments", memory=WITHIN)
def a_bomb_in_fragments(target):
    """the same in fragments of 4096, of 100 octets and of one"""
    payload = bomb(BOMB)
    explode(target, fragments(BINARY, payload, 4096, RSV1))
    explode(target, fragments(BINARY, payload, 100, RSV1))
    explode(target, fragments(BINARY, payload[:25_000], 1, RSV1))


@attack("inflate_bomb_before_auth", victim="hooks", routes=[
    {"path": "/guarded", "handler": "authorized", "permessage_deflate": {}},
    {"path": "/refused", "handler": "refused", "permessage_deflate": {}}])
def a_bomb_behind_a_handshake_that_is_refused(target):
    """401, 403, 404; the bomb is not inflated, whether it comes with the handshake or behind the answer"""
    compressed = frame(FIN | BINARY | RSV1, bomb(BOMB)[:100_000])
    for path, fields, status in (("/guarded", [], 401), ("/guarded", ["Authorization: Bearer wrong"], 401),
                                 ("/refused", [], 403), ("/none", [], 404),
                                 ("/guarded", ["Origin: https://elsewhere.example"], 403)):
        request = handshake(path, fields, deflate=True)
        with target.connect() as peer:
            assert peer.ask(request)[0] == status
            peer.send_as_far_as_it_goes(compressed)
            assert peer.read_until_gone() == b""
        with target.connect() as peer:
            peer.send_as_far_as_it_goes(request + compressed)
            assert peer.read_response()[0] == status
            assert peer.read_until_gone() == b""
    assert "entered" not in target.victim.server.lines


@attack("deflate_bits_out_of_range_fails_handshake")
def window_bits_that_there_are_not(target):
    """as an offer it is declined (RFC 7692 section 7.1)"""
    for offer in ("server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=0",
                  "server_max_window_bits=-9", "server_max_window_bits=99999999999999999999",
                  "client_max_window_bits=7", "client_max_window_bits=16", "server_max_window_bits",
                  "client_max_window_bits=10; client_max_window_bits=10", "no_such_parameter"):
        with target.connect() as peer:
            peer.send(handshake("/deflate", [f"Sec-WebSocket-Extensions: permessage-deflate; {offer}"]))
            status, fields = peer.read_head()
            assert status == 101 and "sec-websocket-extensions" not in fields, (offer, status, fields)
            peer.send(frame(FIN | BINARY | RSV1, deflated(b"x")))
            peer.expect_close(PROTOCOL_ERROR)


@attack("control_frames_are_never_compressed")
def compressed_control_frames(target):
    """RSV1 on a ping or a pong is 1002; ours have it on none, however well their payload would shrink"""
    for opcode in (PING, PONG, 8):
        with target.open("/deflate", deflate=True) as peer:
            peer.send(frame(FIN | opcode | RSV1, deflated(b"a" * 100)))
            peer.expect_close(PROTOCOL_ERROR)
    with target.open("/deflate", deflate=True) as peer:
        peer.send(frame(FIN | BINARY | RSV1, deflated(b"a" * 5000)))
        first, payload = peer.read_frame()
        assert first == FIN | BINARY | RSV1 and inflated(payload) == b"a" * 5000
        peer.send(frame(FIN | PING, b"a" * 125))
        peer.expect_frame(FIN | PONG, b"a" * 125)
        peer.leave()


@attack("pong_inside_a_compressed_message", victim="hooks", routes=[
    {"path": "/pieces", "handler": "write_pieces", "permessage_deflate": {"threshold": 0}}])
def control_frames_between_compressed_fragments(target):
    """pings and pongs within a compressed message, either way, stay outside of its stream of data"""
    whole = b"one and two " * 500
    payload = deflated(whole)
    half = len(payload) // 2
    with target.open("/deflate", deflate=True) as peer:
        peer.send(frame(TEXT | RSV1, payload[:half]) + frame(FIN | PONG, b"p") + frame(FIN | PING, b"q" * 125)
                  + frame(FIN | CONTINUATION, payload[half:]))
        peer.expect_frame(FIN | PONG, b"q" * 125)
        first, back = peer.read_frame()
        assert first == FIN | TEXT | RSV1 and inflated(back) == whole
        peer.leave()
    with target.open("/pieces", deflate=True) as peer:
        compressed = b""
        for number in range(5):
            piece = b"piece %d " % number * 50
            peer.send(frame(FIN | TEXT, piece))
            first, payload = peer.read_frame()
            assert first == (TEXT | RSV1 if number == 0 else CONTINUATION), first
            compressed += payload
            peer.send(frame(FIN | PING, b"a" * 125))
            peer.expect_frame(FIN | PONG, b"a" * 125)
        peer.send(frame(FIN | TEXT, b""))
        first, payload = peer.read_frame()
        assert first == FIN | CONTINUATION
        assert inflated(compressed + payload) == b"".join(b"piece %d " % number * 50 for number in range(5))
        peer.leave()
