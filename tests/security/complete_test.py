"""Every name of names.txt has an attack and a line in docs/security.md, and nothing else has: complete_test.py [--table].

`--table` prints the table of docs/security.md.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "foreign"))

import attack  # noqa: F401 (registers all)
from peer import MIB
from registry import CLIENT_ATTACKS, SERVER_ATTACKS, names

HERE = pathlib.Path(__file__).resolve().parent


def classes():
    """Heading and names, in the file's order."""
    found = []
    for line in (HERE / "names.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            found.append((line[3:], []))
        elif line and not line.startswith("#"):
            found[-1][1].append(line)
    return found


def seen(name):
    """What the attacks' first lines say: their docstrings."""
    said = [" ".join(run.__doc__.split()) for run in (
        SERVER_ATTACKS[name].run if name in SERVER_ATTACKS else None, CLIENT_ATTACKS.get(name)) if run]
    return "; the client: ".join(said)


def where(name):
    server = SERVER_ATTACKS.get(name)
    places = []
    if server:
        places.append("server, " + ", ".join({"tcp": "TCP", "tls": "TLS"}[each] for each in server.over))
    if name in CLIENT_ATTACKS:
        places.append("client")
    return "; ".join(places)


def row(name):
    server = SERVER_ATTACKS.get(name)
    memory = f"{server.memory // MIB} MiB" if server else "–"
    return f"| `{name}` | {where(name)} | {memory} | {seen(name)} |"


def table():
    lines = ["| test | attacked | memory | what is seen |", "|---|---|---|---|"]
    for heading, members in classes():
        lines.append(f"| **{heading}** | | | |")
        lines += [row(name) for name in members]
    return "\n".join(lines)


def main():
    listed = [name for _, members in classes() for name in members]
    assert len(listed) == len(set(listed)), "a name is listed twice"
    assert set(listed) == names(), f"without a test or not listed: {sorted(set(listed) ^ names())}"
    if "--table" in sys.argv:
        print(table())
        return
    page = (HERE.parents[1] / "docs" / "security.md").read_text(encoding="utf-8")
    missing = [line for line in table().splitlines() if line not in page.splitlines()]
    assert not missing, "docs/security.md lacks (complete_test.py --table):\n" + "\n".join(missing)


if __name__ == "__main__":
    main()
