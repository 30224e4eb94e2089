"""Requests: heads without end, smuggling, paths, origins, what goes into fields and logs."""

import contextlib
import os
import pathlib

from peer import CLOSE, FIN, MIB, close, handshake, text
from registry import attack
from victim import wait_until


def get(path, *fields, host="localhost"):
    return ("\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *fields]) + "\r\n\r\n").encode("latin-1")


# --- Long and many -------------------------------------------------------------------------------


@attack("20mb_header_dribbled")
def a_head_of_20_megabytes(target):
    """431 at 16 KiB, in any pieces; what follows is not kept"""
    for size in (100, 4096, MIB):
        with target.connect() as peer:
            peer.send(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
            piece = b"x" * size
            for _ in range(20 * MIB // size):
                if not peer.send_as_far_as_it_goes(piece):
                    break
            # A reset takes the answer back when more was sent than is read behind it.
            answer = peer.read_until_gone()
            assert answer == b"" or answer.startswith(b"HTTP/1.1 431 "), answer[:200]
    with target.connect() as peer:
        assert peer.ask(get("/ws", "X-Long: " + "x" * 16384))[0] == 431
        assert peer.read_to_the_end() == b""


@attack("upgrade_field_after_the_limit")
def the_upgrade_behind_too_many_fields(target):
    """431 with 101 fields or a head of 16 KiB, wherever `Upgrade` is in it; nothing crashes on the field that is not there"""
    many = [f"X-{number}: y" for number in range(100)]
    for fields in (many, many * 10, ["X-Long: " + "x" * 16384]):
        request = handshake("/ws")
        start, rest = request.split(b"\r\n", 1)
        ahead = "\r\n".join(fields).encode() + b"\r\n"
        assert target.status_of(start + b"\r\n" + ahead + rest) == 431  # Upgrade is behind the limit
        assert target.status_of(request[:-2] + ahead + b"\r\n") == 431  # and ahead of it


@attack("header_lists_take_linear_time", memory=4 * MIB, over=("tcp",), http={"head": "1MiB"})
def lists_that_quadratic_readers_choke_on(target):
    """ten times the list costs about ten times the processor time (less than 40 times; quadratic were 100 times)"""
    process = target.victim.process

    def cost(unit, size):
        request = handshake("/deflate", ["Sec-WebSocket-Extensions: permessage-deflate" + unit * (size // len(unit))])
        before = process.processor_seconds()
        for _ in range(3):
            with target.connect() as peer:
                peer.send(request)
                assert peer.read_head()[0] in (101, 400)
                if len(request) > 100_000:
                    peer.send_as_far_as_it_goes(close(1000))
        return process.processor_seconds() - before

    for unit in (",", " ", ";", "\"", "\\", ";b", ",a;b=\"c\"", ",permessage-deflate;server_max_window_bits=7"):
        short, long = cost(unit, 60_000), cost(unit, 600_000)
        assert long < 40 * short, f"{unit!r}: {short * 1000:.1f} ms and {long * 1000:.1f} ms"


# --- Smuggling -----------------------------------------------------------------------------------

SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def refuses(target, head):
    """400, and what lies behind is no second request: exactly one answer comes."""
    with target.connect() as peer:
        peer.send(head + SMUGGLED)
        status, _, _ = peer.read_response()
        assert status == 400, (head, status)
        assert peer.read_to_the_end() == b""


@attack("content_length_with_transfer_encoding")
def bodies_with_two_lengths(target):
    """400, and the request that is smuggled behind is not answered"""
    for lengths in ("Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3",
                    "Content-Length: 0\r\nTransfer-Encoding: chunked", "Content-Length: 3\r\nContent-Length: 4",
                    "Content-Length: 3, 3", "Content-Length: +3", "Content-Length: 0x3",
                    "Content-Length: 18446744073709551616", "Transfer-Encoding: chunked, chunked",
                    "Transfer-Encoding: chunked, identity", "Transfer-Encoding: xchunked",
                    "Transfer-Encoding: \x0bchunked", "Transfer-Encoding : chunked", "Transfer-Encoding:\r\n chunked"):
        for method, path in (("POST", "/healthz"), ("GET", "/ws")):
            refuses(target, f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n\r\n0\r\n\r\n".encode("latin-1"))


@attack("bare_lf")
def lines_that_end_without_a_carriage_return(target):
    """400 for a line that ends with LF alone, wherever it is"""
    request = handshake("/ws", ["X: y"])
    at = request.find(b"\r")
    while at != -1:
        refuses(target, request[:at] + request[at + 1:])
        at = request.find(b"\r", at + 1)
    refuses(target, b"GET / HTTP/1.1\nHost: localhost\n\n")


@attack("duplicate_host")
def two_hosts(target):
    """400, also for the same host twice"""
    for host in ("evil.example", "localhost"):
        refuses(target, handshake("/ws", [f"Host: {host}"]))
        refuses(target, handshake("/ws", [f"hOST: {host}"]))
        refuses(target, get("/healthz", f"Host: {host}"))


# --- Fields, origins, logs -----------------------------------------------------------------------


@attack("crlf_in_fields_is_rejected", victim="hooks", routes=[{"path": "/reflect", "handler": "reflect"}])
def line_ends_in_fields(target):
    """a request with CR, LF or NUL in a field is 400; a handler that puts them into its response gets an error (500)"""
    for value in (b"a\rb", b"a\x00b", b"a\r\n b", b"a\x01", b"a\x7f"):
        refuses(target, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + value + b"\r\n\r\n")
    for query in ("a%0d%0aInjected:%201", "a%0d%0a%0d%0abody", "a%0a", "%0d", "%00"):
        with target.connect() as peer:
            status, fields, _ = peer.ask(get(f"/reflect?x={query}", "Connection: close"))
            assert status == 500 and "injected" not in fields and "x-echo" not in fields, (query, status, fields)
            assert peer.read_to_the_end() == b""
    with target.connect() as peer:
        assert peer.ask(get("/reflect?x=fine", "Connection: close"))[1]["x-echo"] == "fine"


@attack("origin_defaults_to_same_host")
def pages_of_other_sites(target):
    """403 for every origin but the request's own host and port; a client without Origin is no browser"""
    own = f"localhost:{target.victim.ports[target.name]}"
    for origin in ("https://evil.example", f"http://{own}.evil.example", f"http://evil{own}", f"http://sub.{own}",
                   f"http://{own}@evil.example", f"http://evil.example/{own}", "http://localhost", "null", "", "*",
                   "file://", own, f"http://{own}/"):
        status = target.status_of(handshake("/ws", [f"Origin: {origin}"], host=own))
        assert status == 403, (origin, status)
    assert target.status_of(handshake("/ws", [f"Origin: http://{own}"] * 2, host=own)) == 400
    for fields in ([], [f"Origin: http://{own}"], [f"Origin: HTTPS://LOCALHOST:{own.split(':')[1]}"]):
        with target.connect() as peer:
            peer.send(handshake("/ws", fields, host=own))
            assert peer.read_head()[0] == 101, fields
            peer.echo(b"same host")


@attack("logs_escape_control_characters", victim="hooks", routes=[{"path": "/blame/{name}", "handler": "blame"}])
def control_characters_in_the_log(target):
    """what a handler throws of the peer's words is one line of the log, with \\x1b in the place of control characters"""
    server = target.victim.server
    began = len(server.lines)
    said = "one\n[error] forged\r\x1b[2J\x7f\x9b back\\slash".encode()
    with target.open("/blame/x%0aforged%1b") as peer:
        peer.send(text(said))
        peer.expect_frame(FIN | CLOSE, (1011).to_bytes(2, "big"))
        peer.send(close(1011))
        assert peer.read_to_the_end() == b""
    wait_until(lambda: any("back" in line for line in server.lines[began:]), "the log has it")
    logged = [line for line in server.lines[began:] if "back" in line]
    assert len(logged) == 1 and logged[0].endswith(
        "one\\x0a[error] forged\\x0d\\x1b[2J\\x7f\\xc2\\x9b back\\\\slash"), logged
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for line in server.lines[began:] for letter in line)


# --- Files ---------------------------------------------------------------------------------------


@attack("static_path_traversal", victim="echo")
def paths_out_of_the_folder(target):
    """404 for what is outside of the folder, hidden, behind a link that leads out, or no file"""
    files = target.victim.folder / "files"
    secret = target.victim.folder / "secret.txt"
    secret.write_text("secret")
    (files / ".hidden").write_text("secret")
    (files / "page.txt").write_text("page")
    for name, where in (("out.txt", secret), ("up.txt", pathlib.Path("../secret.txt")), ("parent", pathlib.Path(".."))):
        with contextlib.suppress(FileExistsError):
            os.symlink(where, files / name)
    with contextlib.suppress(FileExistsError):
        os.mkfifo(files / "fifo")
    for path in ("../secret.txt", "%2e%2e/secret.txt", ".%2e/secret.txt", "x/../../secret.txt", "..%2fsecret.txt",
                 "..\\secret.txt", "..%5csecret.txt", "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "out.txt",
                 "up.txt", "parent/secret.txt", "parent/server.json", ".hidden", "%2ehidden", "./page.txt", "fifo",
                 "page.txt%00", "page.txt%00.css", "%zz", "\xc0\xae\xc0\xae/secret.txt", "%c0%ae%c0%ae/secret.txt"):
        status, _, body = target.answer(get(f"/files/{path}", "Connection: close"))
        assert status in (400, 404) and b"secret" not in body, (path, status, body)
    assert target.answer(get("/files/page.txt", "Connection: close"))[::2] == (200, b"page")
