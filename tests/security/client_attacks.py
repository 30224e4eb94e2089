"""Attacks on websock-client, by servers that keep no rule."""

import contextlib
import re
import socket
import ssl
import subprocess
import threading

from foreign_process import Client
from peer import CLOSE, FIN, KEY, PATIENCE, TEXT, Peer, accept_of, xor
from registry import client_attack


class Attacked:
    """The client's program, and the certificates of servers."""

    def __init__(self, program, certificates):
        self.client = Client(program)
        self.certificates = certificates

    def run(self, *arguments, stdin="", timeout="10s"):
        result = self.client.run("--timeout", timeout, *arguments, stdin=stdin)
        assert "AddressSanitizer" not in result.stderr, result.stderr
        return result


class RawServer:
    """A context manager: serves one connection after the other in a thread, each as `serve(peer)` says."""

    def __init__(self, serve, host="127.0.0.1"):
        self._serve = serve
        self._listener = socket.create_server((host, 0))
        self._listener.settimeout(PATIENCE)
        self.host = host
        self.port = self._listener.getsockname()[1]
        self.accepted = 0
        self._failure = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._listener.shutdown(socket.SHUT_RDWR)  # ends the accept
        self._thread.join(PATIENCE)
        self._listener.close()
        if kind is None and self._failure:
            raise self._failure

    def _run(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                with contextlib.suppress(ConnectionError), Peer(connection) as peer:
                    self._serve(peer)
            except Exception as error:  # told at the end of the with
                self._failure = error

    def url(self, path="/", userinfo=""):
        return f"ws://{userinfo}{self.host}:{self.port}{path}"


def read_request(peer):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += peer.read(1)
    return head.decode("latin-1")


def accept(peer, *fields):
    """The server's side of the opening handshake; the request's head."""
    head = read_request(peer)
    key = re.search(r"(?im)^sec-websocket-key: (\S+)", head)[1]
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
             f"Sec-WebSocket-Accept: {accept_of(key)}", *fields]
    peer.send(("\r\n".join(lines) + "\r\n\r\n").encode())
    return head


def read_masked(peer):
    """First octet, masking key and payload."""
    first, length = peer.read(2)
    assert length & 0x80, "a client's frame without a mask"
    length &= 0x7F
    if length == 126:
        length = int.from_bytes(peer.read(2), "big")
    elif length == 127:
        length = int.from_bytes(peer.read(8), "big")
    key = peer.read(4)
    return first, key, xor(peer.read(length), key)


@client_attack("deflate_bits_out_of_range_fails_handshake")
def answers_with_window_bits_that_there_are_not(attacked):
    """such an answer fails the handshake (exit code 3)"""
    for parameter in ("server_max_window_bits=7", "server_max_window_bits=16", "client_max_window_bits=16",
                      "server_max_window_bits=99999999999999999999", "client_max_window_bits"):
        def serve(peer, parameter=parameter):
            accept(peer, f"Sec-WebSocket-Extensions: permessage-deflate; {parameter}")
            peer.read_until_gone()
        with RawServer(serve) as server:
            result = attacked.run(server.url())
            assert (result.returncode, result.stdout) == (3, ""), (parameter, result)
            assert "answer to the offered extension is invalid" in result.stderr, result.stderr


@client_attack("a_fresh_csprng_mask_for_each_frame")
def masks_of_many_frames(attacked):
    """4,000 frames of two clients: all keys differ (two alike by chance are rare), and half of their bits are set"""
    keys = []

    def serve(peer):
        accept(peer)
        while True:
            first, key, payload = read_masked(peer)
            keys.append(key)
            if first == FIN | CLOSE:
                peer.send(bytes([FIN | CLOSE, len(payload)]) + payload)
                return

    with RawServer(serve) as server:
        for _ in range(2):
            result = attacked.run("--no-compression", server.url(), stdin="a line\n" * 2000)
            assert result.returncode == 0, result.stderr
    assert len(keys) == 4002
    assert len(set(keys)) >= len(keys) - 2
    assert bytes(4) not in keys
    share = sum(int.from_bytes(key, "big").bit_count() for key in keys) / (32 * len(keys))
    assert 0.48 < share < 0.52, share  # 14 standard deviations
    follows = sum(int.from_bytes(after, "big") - int.from_bytes(before, "big") in (0, 1)
                  for before, after in zip(keys, keys[1:]))
    assert follows == 0, "keys count up"


@client_attack("close_reason_exact_bytes")
def close_frames_of_the_client(attacked):
    """the same for the Close frames that it sends"""
    for size in (0, 1, 60, 123):
        came = []

        def serve(peer, came=came):
            accept(peer)
            first, _, payload = read_masked(peer)
            came.append((first, payload))
            peer.send(b"\x88\x02\x03\xe8")
            came.append(peer.read_to_the_end())

        with RawServer(serve) as server:
            attacked.run(server.url(), stdin=f"/close 3000 {'r' * size}\n")
        assert came == [(FIN | CLOSE, (3000).to_bytes(2, "big") + b"r" * size), b""], came


# --- TLS -----------------------------------------------------------------------------------------


def refuses_certificate(attacked, name, *saying):
    """Not connected, and the server has seen not one octet of a request; the right certificate is taken."""
    for certificate, is_good in ((name, False), ("server", True)):
        requests = []

        def serve(peer, certificate=certificate, requests=requests):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(attacked.certificates / f"{certificate}.pem",
                                    attacked.certificates / f"{certificate}.key")
            try:
                secured = Peer(context.wrap_socket(peer.socket, server_side=True))
                requests.append(accept(secured))
                secured.send(b"\x88\x02\x03\xe8")
                secured.read_until_gone()
            except (OSError, AssertionError):
                pass

        with RawServer(serve) as server:
            result = attacked.run("--ca", attacked.certificates / "ca.pem", f"wss://localhost:{server.port}/secret")
        assert server.accepted >= 1
        assert (result.returncode, len(requests)) == ((0, 1) if is_good else (3, 0)), (certificate, result, requests)
        if not is_good:
            assert any(word in result.stderr.lower() for word in saying), result.stderr


@client_attack("wss_wrong_host")
def a_certificate_of_another_host(attacked):
    """not connected (exit code 3), no request was sent; with the right certificate it is"""
    refuses_certificate(attacked, "wrong_host", "host")


@client_attack("wss_untrusted")
def a_certificate_of_another_authority(attacked):
    """not connected, also to a certificate that signs itself; no request was sent"""
    refuses_certificate(attacked, "untrusted", "issuer", "verif", "trust")
    refuses_certificate(attacked, "self_signed", "self", "verif", "trust")


@client_attack("wss_expired")
def a_certificate_of_yesterday(attacked):
    """not connected, also to a certificate that is not valid yet; no request was sent"""
    refuses_certificate(attacked, "expired", "expired")
    refuses_certificate(attacked, "not_yet_valid", "not yet valid")


# --- Fields and redirects ------------------------------------------------------------------------


@client_attack("crlf_in_fields_is_rejected")
def line_ends_in_options(attacked):
    """such options and URLs are refused before anything is connected"""
    def serve(_):
        raise AssertionError("something was connected")
    with RawServer(serve) as server:
        for options in (["--header", "X: a\r\nInjected: 1"], ["--header", "X: a\nb"], ["--header", "X\r\nY: a"],
                        ["--origin", "http://a\r\nInjected: 1"], ["--subprotocol", "a\r\nInjected: 1"]):
            result = attacked.run(*options, server.url())
            assert result.returncode in (2, 3) and server.accepted == 0, (options, result)
        for path in ("/a\r\nInjected: 1", "/a b", "/\n"):
            result = attacked.run(server.url(path))
            assert result.returncode in (2, 3) and server.accepted == 0, (path, result)


CREDENTIALS = ("--header", "Authorization: Bearer secret", "--header", "Cookie: session=secret",
               "--header", "Proxy-Authorization: Basic secret")


@client_attack("credentials_are_stripped_across_origins")
def redirects_to_another_origin(attacked):
    """Authorization and Cookie go to the first origin alone: not to another port or host, and not back to the first"""
    for options, userinfo in ((CREDENTIALS, ""), ((), "name:secret@")):
        seen = {"first": [], "second": []}

        def redirect(peer, head, to):
            peer.send(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

        def elsewhere(peer, seen=seen):
            head = read_request(peer)
            seen["second"].append(head)
            redirect(peer, head, first.url("/end"))

        def serve(peer, seen=seen):
            head = read_request(peer)
            seen["first"].append(head)
            path = head.split(" ")[1]
            if path == "/":
                redirect(peer, head, "/same")
            elif path == "/same":
                redirect(peer, head, second.url("/"))
            else:
                key = re.search(r"(?im)^sec-websocket-key: (\S+)", head)[1]
                peer.send(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          f"Sec-WebSocket-Accept: {accept_of(key)}\r\n\r\n".encode() + b"\x88\x02\x03\xe8")
                peer.read_until_gone()

        with RawServer(elsewhere) as second, RawServer(serve) as first:
            result = attacked.run(*options, first.url(userinfo=userinfo))
        assert result.returncode == 0, result.stderr
        assert [len(heads) for heads in seen.values()] == [3, 1], seen
        for head in seen["first"][:2]:
            assert "authorization: " in head.lower(), head  # the same origin
        for head in (*seen["second"], seen["first"][2]):
            assert not re.search(r"(?im)^(authorization|cookie|proxy-authorization):", head), head
            assert "secret" not in head, head
