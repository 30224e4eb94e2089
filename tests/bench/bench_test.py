"""What the benchmark makes of its runs: medians, ratios, the table, the chart and the page."""

import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import chart
import figures
import machine
from cells import CELLS
from servers import SERVERS


def found(microseconds, **more):
    return {"server": {"cpu_us_per_message": microseconds, "utilisation": 0.9}, "messages_per_second": 1000.0, **more}


RUNS = {
    "B": {"floor": [found(5.0), found(10.0), found(6.0)], "websock": [found(5.5), found(12.0), found(6.6)]},
    "F": {"websock": [found(30.0, octets_in_per_message=208.0)],
          "beast-callback-tuned": [found(40.0, octets_in_per_message=335.0)]},
    "H": {"websock": [{"server": {"utilisation": 0.0}, "memory": {"touched_bytes_per_connection": 1400}}]},
}


class Figures(unittest.TestCase):
    def setUp(self):
        self.cells = figures.sum_up(RUNS)

    def test_a_ratio_is_the_median_of_those_of_each_round(self):
        websock = self.cells["B"]["servers"]["websock"]
        self.assertEqual(websock["median"], 6.6)
        self.assertAlmostEqual(websock["ratio"], 1.1)
        self.assertEqual(self.cells["B"]["servers"]["floor"]["ratio"], 1)
        self.assertEqual(websock["messages_per_second"], 1000)

    def test_what_the_floor_cannot_do_is_relative_to_another(self):
        self.assertEqual(self.cells["F"]["servers"]["websock"]["ratio"], 0.75)

    def test_without_a_reference_there_is_no_ratio(self):
        self.assertIsNone(self.cells["H"]["servers"]["websock"]["ratio"])

    def test_the_table_has_a_row_a_cell(self):
        table = figures.table(self.cells)
        self.assertIn("| cell | floor | websock | beast-callback-tuned |", table)
        self.assertIn("| B: 64 x 64 B, µs | 6.00 (1.00) | 6.60 (1.10) | – |", table)
        self.assertIn("| – | 30.0 (0.75), 208 B | 40.0 (1.00), 335 B |", table)
        self.assertIn("| – | 1400 | – |", table)

    def test_the_chart_is_xml_with_a_dot_a_ratio(self):
        root = xml.etree.ElementTree.fromstring(chart.draw(self.cells, "a < b & c"))
        dots = [dot for dot in root.iter("{http://www.w3.org/2000/svg}circle") if len(dot)]
        self.assertEqual(sorted(dot[0].text for dot in dots),
                         ["beast-callback-tuned: 1.00", "floor: 1.00", "websock: 0.75", "websock: 1.10"])
        height = {dot[0].text: float(dot.get("cx")) for dot in dots}
        self.assertLess(height["websock: 0.75"], height["floor: 1.00"])
        self.assertLess(height["floor: 1.00"], height["websock: 1.10"])

    def test_the_page_is_changed_between_its_marks_alone(self):
        results = {"date": "2026-01-01", "machine": machine.describe(), "versions": {"websock": "abc"}, "rounds": 3,
                   "seconds": 2.0, "client_core": 0, "cells": self.cells, "left_out": {"libwebsockets": "is not there"}}
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "performance.md"
            page.write_text(f"before\n{machine.BEGIN}\nold\n{machine.END}\nbehind\n")
            machine.update_page(page, results, figures.table(self.cells))
            text = page.read_text()
        self.assertTrue(text.startswith("before\n") and text.endswith("\nbehind\n"), text)
        self.assertNotIn("old", text)
        self.assertIn("libwebsockets (is not there)", text)

    def test_every_server_has_its_colours(self):
        self.assertEqual(set(chart.COLOURS), set(SERVERS))

    def test_every_reference_is_a_server_that_does_the_cell(self):
        for name, cell in CELLS.items():
            self.assertTrue(SERVERS[cell.reference].serves(name, cell), name)
            self.assertIn(cell.reference, cell.servers or SERVERS, name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
