"""What was measured on, and the page of the documentation that says it."""

import os
import platform
import re
import subprocess

from servers import ROOT, SERVERS

BEGIN, END = "<!-- tests/bench/run writes from here -->", "<!-- to here -->"


def output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def describe():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        text = file.read()
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    return {"processor": model[1] if model else platform.machine(), "processors": os.cpu_count(),
            "kernel": ".".join(platform.release().split(".")[:2]), "compiler": output("c++", "--version").split("\n")[0]}


def versions():
    """Of this library by its commit, of the others by Debian's packages."""
    packages = {"Boost": "libboost1.74-dev", "WebSocket++": "libwebsocketpp-dev", "libwebsockets": "libwebsockets-dev",
                "Asio": "libasio-dev", "OpenSSL": "libssl-dev", "zlib": "zlib1g-dev"}
    found = {"websock": output("git", "describe", "--always", "--dirty")}
    for name, package in packages.items():
        found[name] = output("dpkg-query", "--show", "--showformat=${Version}", package)
    return {name: version for name, version in found.items() if version}


def section(results, table):
    on = results["machine"]
    versions_of = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    lines = [
        f"{results['date']}, {on['processors']} processors ({on['processor']}), Linux {on['kernel']},",
        f"{on['compiler']};",
        f"{versions_of}.",
        f"Medians of {results['rounds']} rounds of {results['seconds']:g} s, in which the servers take turns. "
        "The server is on processor 0, the",
        f"client on processor {results['client_core']}; for G, I and L it is on processor 1; M is pinned nowhere.",
        "",
        "![CPU time of echo servers, relative to the floor](performance/chart.svg)",
        "",
        table,
        "In brackets: the ratio to the floor in the same round, of F and J to Beast with callbacks, tuned. F also has",
        "the bytes of an echo.",
        "",
        *(f"- `{name}`: {server.what}" for name, server in SERVERS.items()),
    ]
    if results["left_out"]:
        reasons = "; ".join(f"{name} ({why})" for name, why in results["left_out"].items())
        lines += ["", f"Left out: {reasons}."]
    return "\n".join(lines) + "\n"


def update_page(page, results, table):
    """Replaces what is between the two marks."""
    text = page.read_text()
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    page.write_text(f"{before}{BEGIN}\n{section(results, table)}{END}{after}")
