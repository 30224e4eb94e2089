"""Good clients of a server that is attacked: soak.py ECHO LOAD CERTIFICATES [--minutes N] [--phase SECONDS] [--seed N]
[--only ATTACK...] [--json FILE].

Phases with and without attackers take turns. The exit code is 1 when a good client lost an echo, when memory or
descriptors did not return, when an attack was answered wrongly, or when the good clients' p99 was ten times what it is
without attackers (the medians of all phases). Latency, and whether memory grows from phase to phase, are judged when
there were four phases of each kind, and only shown when there were fewer.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "security"), str(HERE.parent / "foreign")]

from peer import MIB, PATIENCE
from victim import Process, Victim, wait_until

BUSY = 0.6  # of the machine: what server, attackers and good clients may use of it together
LOOK = 0.5  # seconds between two looks at what they use
FACTOR = 10  # p99 under attack against p99 without
ENOUGH = 4  # phases of a kind, for what is compared from phase to phase
# What may stay when all have gone: heaps with holes, caches of sessions. Sanitizers keep books of their own.
MAY_STAY = {False: 48 * MIB, True: 512 * MIB}
MAY_GROW = {False: 16 * MIB, True: 64 * MIB}  # from the first attacked phase on
PEAK = {False: 512 * MIB, True: 2048 * MIB}

CHANGES = {"threads": 2, "timeouts": {"handshake": "2s"}}


class Attackers:
    """The process of attackers.py."""

    def __init__(self, options, ports):
        self._process = subprocess.Popen(
            [sys.executable, "-B", HERE / "attackers.py", str(options.seed), options.certificates, str(ports["tcp"]),
             str(ports["tls"]), *options.only],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process = Process(self._process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def tell(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def stop(self):
        self.tell("stop")
        return json.loads(self._process.stdout.readline())


class GoodClients:
    """websock-load over TCP, and inside TLS with compression, for one phase; each octet of each echo is compared."""

    def __init__(self, program, certificates, ports, seconds):
        common = ["--rate", "100", "--connections", "10", "--duration", f"{seconds}s", "--json", "-"]
        commands = ([*common, "--size", "256", f"ws://127.0.0.1:{ports['tcp']}/ws"],
                    [*common, "--size", "1k", "--type", "text", "--deflate", "--ca", certificates / "ca.pem",
                     f"wss://127.0.0.1:{ports['tls']}/deflate"])
        self._processes = [
            subprocess.Popen([program, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            for command in commands]
        self.processes = [Process(each.pid) for each in self._processes]

    def run_still(self):
        return any(each.poll() is None for each in self._processes)

    def results(self):
        found = []
        for each in self._processes:
            output, _ = each.communicate(timeout=PATIENCE)
            found.append(json.loads(output) | {"exit_code": each.returncode})
        return found


class Usage:
    """What processes use of the machine, from one look to the next."""

    def __init__(self, processes):
        self._processes = processes
        self._before = self._now()

    def _now(self):
        seconds = []
        for process in self._processes:
            try:
                seconds.append(process.processor_seconds())
            except OSError:  # has ended meanwhile
                seconds.append(None)
        return time.monotonic(), seconds

    def share(self):
        now = self._now()
        used = sum(after - before for before, after in zip(self._before[1], now[1])
                   if before is not None and after is not None)
        share = used / (now[0] - self._before[0]) / os.cpu_count()
        self._before = now
        return share


class Soak:
    def __init__(self, options, victim, attackers):
        self._options, self._victim, self._attackers = options, victim, attackers
        self._pace = 0.3
        self.phases = []
        self.counts, self.surprises = {}, []
        self.descriptors_peak = 0

    def phase(self, attacked):
        """One phase: what the good clients met in it."""
        if attacked:
            self._attackers.tell(f"pace {self._pace:.3f}")
            self._attackers.tell("go")
        good = GoodClients(self._options.load, self._options.certificates, self._victim.ports, self._options.phase)
        shares, paces = self._watch(good, attacked)
        results = good.results()
        if attacked:
            done = self._attackers.stop()
            for name, count in done["counts"].items():
                self.counts[name] = self.counts.get(name, 0) + count
            self.surprises += done["surprises"]
        self._victim.recovers()
        self.phases.append({
            "attacked": attacked, "pace": statistics.mean(paces), "machine_used_by_us": statistics.mean(shares),
            "resident": self._victim.process.memory(), "results": results})
        self._tell(self.phases[-1])

    def _watch(self, good, attacked):
        """Until the good clients are done; the attackers' pace follows what all use of the machine."""
        usage = Usage([self._victim.process, self._attackers.process, *good.processes])
        shares, paces = [], []
        while good.run_still():
            time.sleep(LOOK)  # a measurement's period
            shares.append(usage.share())
            paces.append(self._pace)
            self.descriptors_peak = max(self.descriptors_peak, self._victim.process.descriptors()[0])
            if attacked:
                self._pace = min(1.0, max(0.02, self._pace * min(1.3, max(0.7, BUSY / max(shares[-1], 0.01)))))
                self._attackers.tell(f"pace {self._pace:.3f}")
        return shares, paces

    @staticmethod
    def _tell(phase):
        latency = ", ".join(f"p50 {each['latency_us']['p50'] / 1000:.2f} ms, p99 {each['latency_us']['p99'] / 1000:.2f} ms"
                            for each in phase["results"])
        print(f"{'attacked' if phase['attacked'] else 'quiet   '}  {latency}; {phase['resident'] / MIB:.1f} MiB; "
              f"{phase['machine_used_by_us'] * 100:.0f} % of the machine, pace {phase['pace']:.2f}", flush=True)

    def latency(self, attacked, key):
        """The median of the phases, in microseconds, of both kinds of good clients."""
        return [statistics.median(phase["results"][which]["latency_us"][key]
                                  for phase in self.phases if phase["attacked"] == attacked) for which in (0, 1)]


def mistakes(soak, figures):
    """What must not be, in words."""
    found = []
    for key in ("wrong", "lost", "broken"):
        if figures["good"][key]:
            found.append(f"good clients: {figures['good'][key]} {key}")
    if any(each["exit_code"] for phase in soak.phases for each in phase["results"]):
        found.append("a good client failed")
    if soak.surprises:
        found.append(f"{len(soak.surprises)} attacks were answered wrongly, the first: {soak.surprises[0]}")
    found += [f"no {name} in all the time" for name, count in figures["attacks"].items() if count == 0]
    for name, ratio in zip(("TCP", "TLS"), figures["p99_ratio"]):
        if ratio >= FACTOR and len(soak.phases) >= 2 * ENOUGH:
            found.append(f"p99 over {name} is {ratio:.1f} times what it is without attackers")
    memory, is_sanitized = figures["memory"], figures["sanitized"]
    if memory["after"] - memory["before"] > MAY_STAY[is_sanitized]:
        found.append("memory did not return to its level")
    if memory["after"] - memory["after_first"] > MAY_GROW[is_sanitized] and len(soak.phases) >= 2 * ENOUGH:
        found.append("memory grows")
    return found


def sum_up(options, victim, soak, before, descriptors_before):
    results = [each for phase in soak.phases for each in phase["results"]]
    attacked = [phase for phase in soak.phases if phase["attacked"]]
    latency = {f"{key}_{name}_us": soak.latency(is_attacked, key) for key in ("p50", "p99")
               for name, is_attacked in (("quiet", False), ("attacked", True))}
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": {"processors": os.cpu_count(), "system": platform.platform()},
        "sanitized": victim.is_sanitized, "seed": options.seed,
        "phases": len(soak.phases), "phase_seconds": options.phase,
        "attacks": soak.counts, "surprises": soak.surprises,
        "good": {key: sum(each[key] for each in results) for key in ("messages", "wrong", "lost", "broken")}
        | {"bystanders_echoes": victim.echoes()},
        "memory": {"before": before, "after_first": attacked[0]["resident"], "after": victim.process.memory(),
                   "peak": victim.process.memory("VmHWM")},
        "descriptors": {"before": descriptors_before, "after": victim.process.descriptors()[0],
                        "peak": soak.descriptors_peak},
        **latency,
        "p99_ratio": [after / quiet for quiet, after in zip(latency["p99_quiet_us"], latency["p99_attacked_us"])],
        "machine_used_by_us": statistics.mean(phase["machine_used_by_us"] for phase in attacked),
        "pace": statistics.mean(phase["pace"] for phase in attacked),
    }


def show(figures):
    good, memory = figures["good"], figures["memory"]
    print("attacks: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in figures["attacks"].items()))
    print(f"good clients: {good['messages']} echoes and {good['bystanders_echoes']} of two sessions that lived all the "
          f"time; {good['wrong']} wrong, {good['lost']} lost, {good['broken']} connections broken")
    print("memory: " + ", ".join(f"{name} {size / MIB:.1f} MiB" for name, size in memory.items()))
    print("descriptors: " + ", ".join(f"{name} {count}" for name, count in figures["descriptors"].items()))
    for which, name in enumerate(("TCP", "TLS")):
        print(f"{name}: " + ", ".join(
            f"{key} {figures[f'{key}_quiet_us'][which] / 1000:.2f} ms quiet, "
            f"{figures[f'{key}_attacked_us'][which] / 1000:.2f} ms attacked" for key in ("p50", "p99"))
              + f": {figures['p99_ratio'][which]:.1f} times")


def soak_for(options):
    pairs = max(2, round(options.minutes * 60 / (2 * options.phase)))
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (
        os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=1:allocator_release_to_os_interval_ms=500")))
    is_sanitized = b"__asan_init" in options.echo.read_bytes()
    with Victim(options.echo, options.certificates, PEAK[is_sanitized], CHANGES) as victim, Attackers(
            options, victim.ports) as attackers:
        soak = Soak(options, victim, attackers)
        soak.phase(False)  # warms the caches up, and is not counted
        soak.phases.clear()
        before, descriptors_before = victim.process.memory(), victim.process.descriptors()[0]
        for _ in range(pairs):
            soak.phase(False)
            soak.phase(True)
        figures = sum_up(options, victim, soak, before, descriptors_before)
    return soak, figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("echo", type=pathlib.Path)
    parser.add_argument("load", type=pathlib.Path)
    parser.add_argument("certificates", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--phase", type=int, default=30, help="seconds")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--only", nargs="*", default=[], metavar="ATTACK", help="of those in attackers.py")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    soak, figures = soak_for(options)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    found = mistakes(soak, figures)
    print("\n".join(found) if found else "passed")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
