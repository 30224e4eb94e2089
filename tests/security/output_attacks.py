"""What the server sends: to peers that do not read, in pieces, and to the octet."""

from peer import BINARY, CLOSE, CONTINUATION, FIN, MIB, PING, PONG, RSV1, TEXT, close, deflated, frame, handshake, text
from registry import attack


@attack("close_reason_exact_bytes", victim="hooks", routes=[{"path": "/close/{size}", "handler": "close_with_reason"}])
def close_reasons_of_every_length(target):
    """a Close frame has code and reason and not an octet more, for reasons of 0 to 123 octets, said and echoed"""
    for size in range(0, 124, 1 if target.name == "tcp" else 41):
        reason = (1001).to_bytes(2, "big") + b"r" * size
        with target.open(f"/close/{size}") as peer:
            peer.expect_frame(FIN | CLOSE, reason)
            peer.send(close(1000))
            assert peer.read_to_the_end() == b""
        with target.open() as peer:
            peer.send(close(1001, b"r" * size))
            peer.expect_frame(FIN | CLOSE, reason)
            assert peer.read_to_the_end() == b""


@attack("slow_reader_is_capped", memory=8 * MIB)
def readers_that_read_nothing(target):
    """ten that send and never read: each may hold the high-water mark (256 KiB) and a message (64 KiB), until the send timeout drops it"""
    message = frame(FIN | BINARY, bytes(65536))
    slow = [target.open("/slow", receive_buffer=4096) for _ in range(10)]
    for peer in slow:
        peer.socket.setblocking(False)
    # Full buffers first, all of them; then the server's timeout ends each.
    for peer in slow:
        fill(peer, message)
    for peer in slow:
        peer.socket.settimeout(60)
        while peer.send_as_far_as_it_goes(message):
            pass
        peer.socket.close()


def fill(peer, message):
    """As much as the system and the server take without reading; a frame may be cut, none is completed later."""
    try:
        while True:
            peer.socket.send(message)
    except OSError:  # would block; inside TLS SSLWantWriteError
        pass


@attack("ping_flood_without_reading")
def pings_and_nobody_reads_the_pongs(target):
    """100,000 pings while nobody reads: all are read, 64 pongs wait, and the last pong is that of the last ping"""
    count, size = 100_000, 125
    flood = b"".join(frame(FIN | PING, b"%0125d" % number) for number in range(count))
    with target.open("/ws", receive_buffer=4096) as peer:
        peer.send(flood)
        peer.send(frame(FIN | TEXT, b"the end"))
        received = pongs = last = 0
        while True:
            first, payload = peer.read_frame()
            if first == FIN | TEXT:
                assert payload == b"the end"
                received += 1
            else:
                assert first == FIN | PONG and len(payload) == size and int(payload) > last - 1
                last = int(payload)
                pongs += 1
            if received and last == count - 1:
                break
        assert pongs < count, "the kernel's buffers took all of the pongs, so that none had to wait"
        peer.leave()


@attack("million_empty_fragments")
def fragments_without_octets(target):
    """1008 at the limit of fragments (131,072); without a limit a million cost no memory and the message comes whole"""
    with target.open() as peer:
        peer.send_as_far_as_it_goes(frame(TEXT, b"a") + frame(CONTINUATION) * 131_072)
        assert peer.read(4) == b"\x88\x02" + (1008).to_bytes(2, "big")
        assert peer.read_until_gone() == b""
    with target.open("/unlimited") as peer:
        peer.send(frame(TEXT, b"a"))
        thousand = frame(CONTINUATION) * 1000
        for _ in range(1000 if target.name == "tcp" else 100):
            peer.send(thousand)
        peer.send(frame(FIN | CONTINUATION, b"z"))
        peer.expect_frame(FIN | TEXT, b"az")
        peer.leave()


CONVERSATION = (text(b"Hello") + frame(BINARY, bytes(130)) + frame(FIN | PING, b"p") + frame(CONTINUATION)
                + frame(FIN | CONTINUATION, b"\x7f" * 300) + frame(FIN | PONG, b"q"))
ANSWERS = [(FIN | TEXT, b"Hello"), (FIN | PONG, b"p"), (FIN | BINARY, bytes(130) + b"\x7f" * 300)]


def answers_come(peer):
    """The pong may come before the messages that were there before the ping."""
    came = [peer.read_frame() for _ in ANSWERS]
    assert sorted(came) == sorted(ANSWERS), came
    peer.leave()


@attack("one_byte_segments")
def segments_of_one_octet(target):
    """handshake and frames, an octet a segment, are what they are in one piece"""
    for path in ("/ws", "/unlimited"):
        with target.connect() as peer:
            for octet in handshake(path):
                peer.send(bytes([octet]))
            assert peer.read_head()[0] == 101
            for octet in CONVERSATION:
                peer.send(bytes([octet]))
            answers_come(peer)
    with target.open("/deflate", deflate=True) as peer:
        for octet in frame(FIN | TEXT | RSV1, deflated(b"Hello" * 100)):
            peer.send(bytes([octet]))
        assert peer.read_frame()[0] == FIN | TEXT | RSV1
        peer.leave()


@attack("every_split_point_makes_progress")
def two_pieces_cut_anywhere(target):
    """handshake and frames come out the same wherever they are cut in two; the server has read the first piece before
    the second is sent: its one thread has echoed on another session meanwhile"""
    whole = handshake("/ws") + CONVERSATION
    frames_at = len(whole) - len(CONVERSATION)
    cuts = [*range(1, frames_at, 7), *range(frames_at, len(whole), 1 if target.name == "tcp" else 9)]
    with target.open() as other:
        for cut in cuts:
            with target.connect() as peer:
                peer.send(whole[:cut])
                other.echo(b"in between")
                peer.send(whole[cut:])
                assert peer.read_head()[0] == 101
                answers_come(peer)
