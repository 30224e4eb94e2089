"""Runs one attack by its name: attack.py NAME ECHO VICTIM CLIENT CERTIFICATES.

ECHO is websock-echo, VICTIM the program of victim.cpp, CLIENT websock-client, CERTIFICATES the folder that
make_certificates wrote.
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "foreign"))

import client_attacks
import deflate_attacks  # noqa: F401 (registers its attacks, as those below)
import exhaustion_attacks  # noqa: F401
import frame_attacks  # noqa: F401
import http_attacks  # noqa: F401
import output_attacks  # noqa: F401
import server_attacks  # noqa: F401
from peer import MIB
from registry import CLIENT_ATTACKS, SERVER_ATTACKS
from victim import Victim


def attack_server(chosen, programs, certificates):
    with Victim(programs[chosen.victim], certificates, chosen.memory, chosen.changes) as victim:
        for name in chosen.over:
            began = time.monotonic()
            before = victim.echoes()
            chosen.run(victim.targets[name])
            victim.hear_from_all()
            print(f"{name}: {time.monotonic() - began:.3f} s, {victim.echoes() - before} echoes of others meanwhile")
    print(f"{victim.growth / MIB:.1f} MiB of {chosen.memory / MIB:.1f} allowed"
          + (", not judged with sanitizers" if victim.is_sanitized else ""))


def main():
    name, echo, victim, client, certificates = sys.argv[1:]
    certificates = pathlib.Path(certificates)
    assert name in SERVER_ATTACKS or name in CLIENT_ATTACKS, f"nothing is called {name}"
    if name in CLIENT_ATTACKS:
        CLIENT_ATTACKS[name](client_attacks.Attacked(client, certificates))
    if name in SERVER_ATTACKS:
        attack_server(SERVER_ATTACKS[name], {"echo": echo, "hooks": victim}, certificates)


if __name__ == "__main__":
    main()
