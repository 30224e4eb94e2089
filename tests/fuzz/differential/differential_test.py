"""The comparison of differential.py has teeth: whatever verdict is made wrong is reported. And each difference in
differences.json still is one: its example shows it.

    differential_test.py PROGRAM
"""

import contextlib
import io
import sys
import unittest

import differential
import streams

PROGRAM = sys.argv.pop() if len(sys.argv) > 1 else None


class Liar:
    """Changes what the core says of some streams."""

    def __init__(self, core, lie):
        self.core, self.lie, self.lies = core, lie, 0

    def verdict(self, case):
        true = self.core.verdict(case)
        told = self.lie(list(true))
        self.lies += told != true
        return told


def without_last_pong(log):
    pongs = [at for at, line in enumerate(log) if line.startswith("out pong")]
    return log[: pongs[-1]] + log[pongs[-1] + 1 :] if pongs else log


def with_code(log, wrong):
    return [line.replace("out close 1002", f"out close {wrong}") for line in log]


LIES = {
    "a pong is missing": without_last_pong,
    "another close code": lambda log: with_code(log, 1008),
    "a message is missing": lambda log: log[:-1] if log and log[-1].startswith(("text", "binary")) else log,
    "a message is another": lambda log: [line + "00" if line.startswith("binary ") else line for line in log],
    "a message behind the end": lambda log: log + ["text"] if "close" in log[-1:] else log,
    "no failure": lambda log: log[:-1] if log and log[-1].startswith("failure") else log,
    "a failure of what is right": lambda log: log[:1] + ["out close 1002", "failure x"] if len(log) > 3 else log,
    "text that is no UTF-8": lambda log: ["text ff" if line.startswith("text ") else line for line in log],
}


class Teeth(unittest.TestCase):
    def setUp(self):
        self.core = differential.Core(PROGRAM)
        self.addCleanup(self.core.process.stdout.close)
        self.addCleanup(self.core.close)

    def test_every_lie_is_reported(self):
        for name, lie in LIES.items():
            with self.subTest(name):
                liar = Liar(self.core, lie)
                known, reported = differential.known_differences(), 0
                for index in range(600):
                    found = differential.Comparison(liar, streams.make_case(7, index), known)
                    reported += found.explanation is None
                # What a known difference covers may go unseen.
                self.assertGreater(liar.lies, 10)
                self.assertGreater(reported, liar.lies / 2)

    def test_a_report_can_be_run_again(self):
        case = streams.make_case(7, 1)
        self.assertEqual(streams.Case.from_line(case.line()), case)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            _, _, unexplained = differential.run(Liar(self.core, lambda log: log + ["text 61"]), 7, 1, most_reports=1)
        self.assertEqual(unexplained, 1)
        self.assertIn("theirs", output.getvalue())

    def test_every_known_difference_is_one(self):
        known = differential.known_differences()
        self.assertEqual(len({difference.id for difference in known}), len(known))
        for difference in known:
            with self.subTest(difference.id):
                found = differential.Comparison(self.core, streams.Case.from_line(difference.example), known)
                self.assertEqual(found.explanation, difference.id)
                self.assertTrue(difference.section.startswith("RFC ") and len(difference.why) > 40)


if __name__ == "__main__":
    unittest.main()
