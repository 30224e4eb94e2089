"""The cells of the benchmark: what is put on a server, and what is measured of it."""

import dataclasses
import typing

WARM_UP = ["--messages", "100", "--connections", "10"]


@dataclasses.dataclass
class Cell:
    what: str  # in words, for the table
    options: typing.Sequence[str]  # of websock-load
    figure: str = "cpu_us_per_message"  # of its JSON: see `value_of`
    unit: str = "µs"
    tls: bool = False
    deflate: bool = False
    prelude: typing.Sequence[str] = ()  # a run before, which is not measured
    two_cores: bool = False  # the client has a processor of its own, whatever was asked for
    all_cores: bool = False  # nobody has one of its own
    servers: typing.Sequence[str] = ()  # whom it is put on; none: all that can do it
    reference: str = "floor"  # the server that the ratios are to


CELLS = {
    "A": Cell("1 connection x 64 B", ["--connections", "1"]),
    "B": Cell("64 x 64 B", ["--connections", "64"]),
    "C": Cell("64 x 64 B, 16 in flight", ["--connections", "64", "--depth", "16"]),
    "D": Cell("16 x 16 KiB", ["--connections", "16", "--size", "16k"]),
    "E": Cell("4 x 1 MiB", ["--connections", "4", "--size", "1m"]),
    "G": Cell("500 x 64 B", ["--connections", "500"], two_cores=True),
    "K": Cell("16 x 16 KiB of UTF-8 text",
              ["--connections", "16", "--size", "16k", "--type", "text", "--payload", "utf8"]),
    "F": Cell("16 x 1 KiB of JSON, permessage-deflate",
              ["--connections", "16", "--size", "1k", "--type", "text", "--deflate"],
              deflate=True, reference="beast-callback-tuned"),
    "J": Cell("64 x 64 B over TLS 1.3", ["--connections", "64", "--insecure"],
              tls=True, reference="beast-callback-tuned"),
    "I": Cell("connect, handshake, Close; 16 at a time", ["--connect-rate", "--connections", "16", "--sources", "16"],
              figure="cpu_us_per_cycle", two_cores=True),
    # Scale. Two threads do 1.8 times the messages of one if a message costs no more than 1.11 times as much.
    "L": Cell("10,000 x 64 B", ["--connections", "10000"], two_cores=True, servers=["floor", "websock"]),
    "M": Cell("64 x 64 B, the server has all processors", ["--connections", "64"], all_cores=True,
              servers=["websock", "websock-2"], reference="websock"),
    # What a server allocates once, for its first message, is not to be counted.
    "H": Cell("memory of an idle session that had a message", ["--idle", "5000", "--touch"],
              figure="touched_bytes_per_connection", unit="B", prelude=WARM_UP),
    "HT": Cell("the same over TLS 1.3", ["--idle", "2000", "--touch", "--insecure"], tls=True,
               figure="touched_bytes_per_connection", unit="B", prelude=[*WARM_UP, "--insecure"],
               reference="beast-callback-tuned"),
    "HD": Cell("the same with permessage-deflate agreed on and not used", ["--idle", "5000", "--touch", "--deflate"],
               figure="touched_bytes_per_connection", unit="B", prelude=[*WARM_UP, "--deflate"],
               servers=["websock"], reference="websock"),
}


def value_of(cell, found):
    """The figure that a cell is about, of one run; nothing when it measured nothing."""
    return (found.get("memory") or {}).get(cell.figure) or (found["server"] or {}).get(cell.figure)
