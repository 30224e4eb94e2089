"""The runner against a peer with one fault: exactly the cases of expected.json must turn red.

runner_test.py RUNNER BROKEN_PEER FAULT ROLE [SELECTION]
"""

import fnmatch
import json
import pathlib
import sys

import runner

PASSES = {"OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED"}
TABLE = pathlib.Path(__file__).with_name("expected.json")


def is_red(case):
    return case["behavior"] not in PASSES or case["behaviorClose"] not in PASSES


class Selection:
    """Ids that fit one of the globs and none of the exceptions."""

    def __init__(self, globs, exceptions=()):
        self.globs = list(globs)
        self.exceptions = list(exceptions)

    def of(self, ids):
        return {
            name for name in ids
            if any(fnmatch.fnmatchcase(name, glob) for glob in self.globs)
            and not any(fnmatch.fnmatchcase(name, glob) for glob in self.exceptions)
        }

    def stale(self, ids):
        """Globs that fit no case of this run."""
        return [glob for glob in self.globs + self.exceptions if not fnmatch.filter(ids, glob)]


def in_order(ids):
    return sorted(ids, key=lambda name: [(not part.isdigit(), int(part) if part.isdigit() else part)
                                         for part in name.split(".")])


def describe(name, case):
    return f"  {name}: behavior {case['behavior']}, behaviorClose {case['behaviorClose']}"


def differences(cases, what, expected, found):
    """Lines for each case that is `what` and should not be, or the other way round."""
    wanted = expected.of(cases)
    lines = [f"no case of this run fits {glob}" for glob in expected.stale(cases)]
    for title, ids in ((f"{what}, not expected:", found - wanted), (f"expected {what}:", wanted - found)):
        if ids:
            lines += [title] + [describe(name, cases[name]) for name in in_order(ids)]
    return lines


def judge(result, expected):
    cases = result.cases
    if not cases:
        return ["no case was run"]
    red = {name for name, case in cases.items() if is_red(case)}
    non_strict = {name for name, case in cases.items() if case["behavior"] == "NON-STRICT"}
    lines = differences(cases, "red", Selection(expected["red"], expected["green"]), red)
    lines += differences(cases, "non-strict", Selection(expected["non-strict"]), non_strict)
    if (result.exit_code == 0) != (not red):
        lines.append(f"the exit code is {result.exit_code} with {len(red)} red cases")
    return lines


def expectation(table, fault, role, *selections):
    """What holds for both roles, and what for this one; "run" by default the usual cases."""
    entry = table["faults"][fault]
    both = {key: entry.get(key, []) + entry.get(role, {}).get(key, []) for key in ("red", "green", "non-strict", "run")}
    names = list(selections) or both["run"] or ["usual"]
    both["run"] = [glob for name in names for glob in table["selections"].get(name, [name])]
    return both


def main(programs, fault, role, *selections):
    expected = expectation(json.loads(TABLE.read_text()), fault, role, *selections)
    with runner.run(programs, fault, role, expected["run"]) as result:
        lines = judge(result, expected)
        if lines:
            print("\n".join([result.output, f"{fault} as a {role}, {len(result.cases)} cases:"] + lines))
        return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(runner.Programs(*sys.argv[1:3]), *sys.argv[3:]))
