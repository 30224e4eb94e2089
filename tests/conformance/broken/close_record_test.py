"""The acceptance record: a server that drops TCP instead of answering a Close frame does not pass for a good one.

Autobahn's record of case 7.3.4 with such a server says behavior OK and, where hardly anybody looks, UNCLEAN.

close_record_test.py RUNNER BROKEN_PEER
"""

import sys
import unittest

import runner

CASE = "7.3.4"
programs = None


class CloseRecord(unittest.TestCase):
    def report(self, fault):
        """The exit code and the case's report."""
        with runner.run(programs, fault, "server", [CASE]) as result:
            self.assertEqual(list(result.cases), [CASE], result.output)
            return result.exit_code, result.details(CASE)

    def test_a_dropped_connection_is_unclean_and_the_run_fails(self):
        exit_code, case = self.report("drops_tcp_on_close")
        self.assertEqual(exit_code, 1)
        self.assertEqual((case["behavior"], case["behaviorClose"]), ("OK", "UNCLEAN"))
        self.assertIs(case["wasClean"], False)
        self.assertEqual(
            case["wasNotCleanReason"],
            "peer dropped the TCP connection without previous WebSocket closing handshake")
        self.assertIs(case["closedByMe"], True)
        self.assertIs(case["droppedByMe"], False)
        self.assertEqual((case["localCloseCode"], case["localCloseReason"]), (1000, "Hello World!"))
        self.assertIsNone(case["remoteCloseCode"])
        self.assertEqual(case["rxFrameStats"], {})
        self.assertEqual(case["txFrameStats"], {"8": 1})
        self.assertEqual(case["received"], [])

    def test_an_answered_close_is_clean_and_the_run_passes(self):
        exit_code, case = self.report("none")
        self.assertEqual(exit_code, 0)
        self.assertEqual((case["behavior"], case["behaviorClose"]), ("OK", "OK"))
        self.assertIs(case["wasClean"], True)
        self.assertIsNone(case["wasNotCleanReason"])
        self.assertEqual(case["remoteCloseCode"], 1000)
        self.assertEqual(case["rxFrameStats"], {"8": 1})
        self.assertEqual(case["txFrameStats"], {"8": 1})


if __name__ == "__main__":
    programs = runner.Programs(*sys.argv[1:3])
    del sys.argv[1:3]
    unittest.main(verbosity=2)
