"""The same octets through the protocol core and through python3-websockets: what happens must be the same, but for
the differences that differences.json explains.

    differential.py PROGRAM [--seconds N] [--seed N]     random streams; PROGRAM is frame_verdicts
    differential.py PROGRAM --case 'LINE'                one stream, as a report shows it
"""

import argparse
import collections
import json
import pathlib
import random
import re
import subprocess
import sys
import time

import reference
import streams


class Core:
    """The program that hears the streams beside the reference."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def verdict(self, case):
        self.process.stdin.write(case.line() + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the program ended with {self.process.wait()} at: {case.line()}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


class Difference:
    """An entry of differences.json: what is left of both sides behind what is the same, as regular expressions, and
    what must be known of the stream by itself."""

    def __init__(self, entry):
        self.id, self.section, self.why = entry["id"], entry["section"], entry["why"]
        self.example, self.note = entry.get("example"), entry.get("note")
        self.ours, self.theirs = re.compile(entry["ours"]), re.compile(entry["theirs"])

    def explains(self, ours, theirs, notes):
        return (
            (self.note is None or self.note in notes)
            and self.ours.fullmatch("; ".join(ours))
            and self.theirs.fullmatch("; ".join(theirs))
        )


def known_differences():
    path = pathlib.Path(__file__).with_name("differences.json")
    return [Difference(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def from_first_difference(ours, theirs):
    """What is left of both behind what is the same. Why one failed is its own business."""
    def same(one, other):
        return one == other or (one.startswith("failure ") and other.startswith("failure "))

    at = 0
    while at < min(len(ours), len(theirs)) and same(ours[at], theirs[at]):
        at += 1
    return ours[at:], theirs[at:]


def keeps_promises(case, ours):
    """What no other's opinion excuses: text that is no UTF-8, a message over the limit, frames that break the
    protocol, anything behind the end."""
    for at, line in enumerate(ours):
        what, *content = line.split(" ")
        octets = bytes.fromhex(content[0]) if what in ("text", "binary") and content else b""
        if what == "text":
            try:
                octets.decode()
            except UnicodeDecodeError:
                return False
        if len(octets) > case.limit or line.startswith("out what ") or line.startswith("out something "):
            return False
        if what in ("close", "failure") and at + 1 != len(ours):
            return False
    return True


def explain(case, ours, theirs, notes, known):
    """"same", the id of a difference that is known, or nothing."""
    if not keeps_promises(case, ours):
        return None
    ours, theirs = from_first_difference(ours, theirs)
    if not ours and not theirs:
        return "same"
    return next((difference.id for difference in known if difference.explains(ours, theirs, notes)), None)


class Comparison:
    """One stream, heard by both."""

    def __init__(self, core, case, known):
        self.case, self.ours = case, core.verdict(case)
        self.theirs, self.notes = reference.verdict(case)
        self.explanation = explain(case, self.ours, self.theirs, self.notes, known)
        if self.explanation is None and case.deflate:
            _, self.notes = reference.verdict(case, closely=True)
            self.explanation = explain(case, self.ours, self.theirs, self.notes, known)

    def report(self):
        ours, theirs = from_first_difference(self.ours, self.theirs)
        print(f"  case    {self.case.line()}")
        print(f"  before  {'; '.join(self.ours[: len(self.ours) - len(ours)])}")
        print(f"  ours    {'; '.join(ours)}\n  theirs  {'; '.join(theirs)}")
        print(f"  notes   {', '.join(sorted(self.notes))}\n  known   {self.explanation}", flush=True)


def run(core, seed, seconds, most_reports=10):
    """How often each explanation was needed, and how many streams had none."""
    known, counts, unexplained = known_differences(), collections.Counter(), 0
    end = time.monotonic() + seconds
    index = 0
    while time.monotonic() < end and unexplained < most_reports:
        case = streams.make_case(seed, index)
        index += 1
        found = Comparison(core, case, known)
        counts[found.explanation] += 1
        if found.explanation is None:
            unexplained += 1
            print("a difference that differences.json does not explain:")
            found.report()
    return index, counts, unexplained


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--case")
    options = parser.parse_args()
    core = Core(options.program)
    if options.case:
        Comparison(core, streams.Case.from_line(options.case), known_differences()).report()
        return core.close()
    print(f"seed {options.seed}", flush=True)
    index, counts, unexplained = run(core, options.seed, options.seconds)
    for explanation, count in counts.most_common():
        print(f"{count:8} {explanation or 'not explained'}")
    print(f"differential: {index} streams, {counts['same']} the same, {unexplained} differences without explanation")
    return 1 if unexplained or core.close() else 0


if __name__ == "__main__":
    sys.exit(main())
