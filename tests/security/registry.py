"""Attacks under their names; a name may have one on the server, one on the client, or both."""

from peer import MIB

BOTH = ("tcp", "tls")
SERVER_ATTACKS = {}
CLIENT_ATTACKS = {}


class ServerAttack:
    def __init__(self, run, memory, over, victim, changes):
        self.run, self.memory, self.over, self.victim, self.changes = run, memory, over, victim, changes


def attack(name, *, memory=2 * MIB, over=BOTH, victim="echo", **changes):
    """An attack on a server, once `over` each transport: a function of a `Target`.

    `memory` is what the server may hold at the peak beyond what it had before. `victim` is "echo" (websock-echo) or
    "hooks" (victim.cpp). `changes` go into its configuration.
    """
    def register(run):
        assert name not in SERVER_ATTACKS, name
        SERVER_ATTACKS[name] = ServerAttack(run, memory, over, victim, changes)
        return run
    return register


def client_attack(name):
    """An attack on websock-client: a function of an `Attacked` client."""
    def register(run):
        assert name not in CLIENT_ATTACKS, name
        CLIENT_ATTACKS[name] = run
        return run
    return register


def names():
    return set(SERVER_ATTACKS) | set(CLIENT_ATTACKS)
