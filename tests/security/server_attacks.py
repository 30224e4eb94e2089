"""Hooks, authorization, and handlers that end a session in every way."""

import signal

from peer import FIN, KEY, PING, TEXT, close, frame, handshake, text
from registry import attack
from victim import wait_until

SECRET = "Bearer 0123456789abcdef0123456789abcdef"
GUARDED = [{"path": "/guarded", "handler": "authorized", "permessage_deflate": {}}]


@attack("reject_in_the_upgrade_hook", victim="hooks", routes=[
    {"path": "/refused", "handler": "refused"}, {"path": "/failing", "handler": "failing"},
    {"path": "/waiting", "handler": "waiting", "timeouts": {"handshake": "50ms"}}])
def hooks_that_refuse(target):
    """403, 500, 503 and the end, a hundred times; frames behind the handshake are neither delivered nor a next request,
    and a peer may go while the hook waits"""
    behind = text(b"attack") + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    for path, status, count in (("/refused", 403, 100), ("/failing", 500, 20), ("/waiting", 503, 5)):
        for _ in range(count):
            answered, _, body = target.answer(handshake(path) + behind)
            assert answered == status and b"secret" not in body, (path, answered, body)
    for _ in range(20):
        target.connect().send(handshake("/waiting"))  # and goes
    assert "entered" not in target.victim.server.lines


ENDS = {"return": 1000, "throw": 1011, "abort": None, "close": 3000, "start_close": 3000, "unfinished": 1011}


def ends(target, how, code, later):
    with target.open(f"/end/{how}{'_later' if later else ''}") as peer:
        peer.send_as_far_as_it_goes(text(b"first") + frame(TEXT, b"half") + frame(FIN | PING, b"p"))
        peer.send_as_far_as_it_goes(close(1000))
        came = peer.read_until_gone()
        if code:
            assert b"\x88" + bytes([2 + 8 * (code == 3000)]) + code.to_bytes(2, "big") in came, (how, came)


@attack("destroy_in_every_hook", victim="hooks", timeouts={"drain": "100ms"}, routes=[
    {"path": "/end/{how}", "handler": "end"},
    {"path": "/waiting", "handler": "waiting", "timeouts": {"handshake": "200ms"}},
    {"path": "/waiting/longer", "handler": "waiting"},
    {"path": "/wait_for_ever", "handler": "wait_for_ever"}])
def sessions_that_end_in_every_hook(target):
    """a handler returns, throws, aborts, closes or drops a message that it has begun, at once or at a message, with half
    a message behind; peers go while upgrade hook, handler, receive and head wait; and then a server goes down with one
    of each (no crash, no leak: AddressSanitizer looks on in its preset)"""
    for how, code in ENDS.items():
        for later in (False, True):
            for _ in range(5):
                ends(target, how, code, later)
    going = (handshake("/waiting"), handshake("/end/return_later"), b"GET /ws HTTP/1.1\r\nHo",
             handshake("/ws") + frame(TEXT, b"half"), handshake("/ws") + text(b"x"))
    for request in going:
        for _ in range(5):
            with target.connect() as peer:
                peer.send(request)
    target.victim.recovers()
    go_down_with_all(target, [*going[1:], handshake("/waiting/longer"), b"GET /wait_for_ever HTTP/1.1\r\nHost: x\r\n\r\n",
                              handshake("/end/wait"), handshake("/end/wait") + text(b"x")])


def go_down_with_all(target, waiting):
    """A server of its own, which ends while all of them wait."""
    with target.victim.another() as server:
        peers = [server.targets[target.name].connect() for _ in waiting]
        for peer, request in zip(peers, waiting):
            peer.send(request)
        wait_until(lambda: server.server.lines.count("waiting") == 2, "the hooks wait")
        for _ in range(2):
            server.server.signal(signal.SIGTERM)
        assert server.server.wait() == 0, server.server.output()
        for peer in peers:
            peer.read_until_gone()
            peer.socket.close()


@attack("a_websocket_route_runs_auth", victim="hooks", routes=GUARDED)
def handshakes_without_authorization(target):
    """401 before the handler is entered, however the request asks for it; with the secret it is entered"""
    lines = target.victim.server.lines
    before = lines.count("entered")
    for fields in ([], ["Authorization: "], ["Authorization: Bearer"], [f"Authorization: {SECRET}x"],
                   [f"Authorization: {SECRET.lower()}"], [f"Cookie: Authorization={SECRET}"],
                   [f"Authorization: {SECRET[:-1]}"]):
        for more in ([], ["Sec-WebSocket-Protocol: chat"], ["Connection: keep-alive"]):
            assert target.status_of(handshake("/guarded", fields + more)) == 401, fields
    for path in ("/guarded?Authorization=x", "/%67uarded", "http://localhost/guarded"):
        assert target.status_of(handshake(path)) == 401, path
    for path in ("/guarded/", "//guarded", "/./guarded", "/x/../guarded", "/GUARDED", "/guarded%00", "/guarded%2f"):
        assert target.status_of(handshake(path)) in (400, 404), path
    assert lines.count("entered") == before
    with target.open("/guarded", [f"Authorization: {SECRET}"]) as peer:
        peer.leave()
    wait_until(lambda: lines.count("entered") == before + 1, "the handler is entered")


@attack("secrets_are_compared_in_constant_time", victim="hooks", routes=GUARDED)
def secrets_that_are_nearly_right(target):
    """the answer is the same, octet by octet, however much of the secret was right (that the time is, too, is
    CRYPTO_memcmp's promise, and a test of the library sees that it is asked)"""
    answers = set()
    for size in range(len(SECRET)):
        for wrong in (SECRET[:size], SECRET[:size] + "!" + SECRET[size + 1:]):
            status, fields, body = target.answer(handshake("/guarded", [f"Authorization: {wrong}"]))
            answers.add((status, *sorted((name, value) for name, value in fields.items() if name != "date"), body))
    assert len(answers) == 1 and next(iter(answers))[0] == 401, answers
    assert KEY not in str(answers) and SECRET not in target.victim.log()
