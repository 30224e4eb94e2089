#!/usr/bin/env python3
"""The schema of case scripts, and the program that reads them, agree.

usage: schema_test.py PROGRAM READER FOLDER_OF_CASES

The program's own schema is valid, all built-in cases fit it, and each document below is taken or refused by both.
READER is the program's reader alone, which answers a script a line.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import jsonschema

PROGRAM, READER, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
SCHEMA = json.loads(subprocess.run([PROGRAM, "--schema"], check=True, capture_output=True, timeout=30).stdout)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

PLAIN = {"id": "schema.1.1", "description": "D", "expectation": "E", "references": ["RFC 6455 5.6"]}


def document(**keys):
    """A document of one case with these keys; those that are ... are left out."""
    case = {name: value for name, value in {**PLAIN, **keys}.items() if value is not ...}
    return {"cases": [case]}


def step(**keys):
    return document(steps=[keys])


def frame(**keys):
    return step(frame=keys)


def payload(recipe):
    return step(octets={"payload": recipe})


def handshake(**keys):
    return document(handshake=keys)


def answer(**keys):
    return handshake(expect=keys)


EVENTS = [{"message": "a"}, {"message": {"hex": "ff"}, "binary": True}, {"pong": ""}, {"ping": "p"}, {"timeout": "A"}]
WAITS = ["1ms", "007s", "1.5s", "0.25s", "2min", "1.5h"]

GOOD = [
    {"cases": []},
    {"$schema": "schema.json", "group": "G", "subgroups": {"1.1": "S"}, "cases": [PLAIN]},
    document(),
    document(group="G", subgroup="S", explanation="X", references=[], subjects=["client"], informational=True,
             reports_time=True, ignores_pongs=True, steps=[]),
    document(subjects=["server", "client"]),
    frame(),
    *[frame(opcode=name) for name in ["continuation", "text", "binary", "close", "ping", "pong", 0, 15]],
    frame(payload="P", fin=False, rsv=7, masked=False, key="0bf2 50A0", length=2**64 - 1, length_bits=64, chop=1,
          sync=True),
    *[frame(length_bits=bits) for bits in [7, 16, 64]],
    step(message={"text": ""}),
    step(message={"binary": {"hex": "00"}, "fragment": 0, "chop": 1, "compressed": False}),
    step(echo={"text": "a"}),
    step(echo={"binary": "a", "fragment": 1, "chop": 2, "compressed": True, "times": 10_000_000, "within": "1s"}),
    step(octets={"payload": "a", "chop": 3}),
    *[step(wait=time) for time in WAITS],
    step(wait={"time": "1s"}),
    step(wait={"time": "1s", "name": "A"}),
    *[step(expect=event) for event in EVENTS],
    step(expect={"message": "a", "binary": False, "within": "2s"}),
    step(close={}),
    step(close={"code": 0}),
    step(close={"code": 65535, "reason": {"hex": "ff"}}),
    step(close={"reason": "R"}),
    step(expect_close={}),
    step(expect_close={"codes": [1000, None], "within": "1s", "answer": False, "or_end": True}),
    step(expect_close={"codes": []}),
    step(expect_end={}),
    step(expect_end={"within": "1s", "reset": True}),
    step(drop="fin"),
    step(drop="reset"),
    step(reading=False),
    step(repeat={"times": 1, "steps": [{"repeat": {"times": 2, "steps": []}}]}),
    step(each=[{"n": 1}], steps=[{"frame": {"rsv": "${n}"}}]),
    step(each=[[{"n": 1}], [{"m": 2}, {"m": 3}]], steps=[{"message": {"text": "${n}${m}"}}]),
    step(each=[{"n": 1}], steps=[{"each": [{"m": "${n}"}], "steps": [{"close": {"code": "${m}"}}]}]),
    payload("text"),
    payload({"hex": ""}),
    payload({"hex": " ce ba e1bd B9 "}),
    payload({"repeat": "a", "size": 0}),
    payload({"repeat": {"repeat": "a", "times": 2}, "times": 3}),
    payload({"content": "utf8", "size": 16}),
    payload({"content": "picture", "size": 16, "at": 2**40}),
    payload({"random": 125}),
    payload({"join": []}),
    payload({"join": ["a", {"hex": "00"}, {"join": [{"random": 1}]}]}),
    handshake(),
    handshake(method="POST", target="/x", version="HTTP/1.0", status=200, reason_phrase="", chop=1_048_576,
              pause="0ms", must_refuse=True, behind="b",
              fields={"Origin": None, "X": ["a", "b"], "Y": "c", "Z": []}),
    handshake(raw="GET $${path} HTTP/1.1\r\n\r\n"),
    answer(),
    answer(status=[400, 426], fields={"Allow": "*"}, end_allowed=True),
    answer(status=999),
    document(deflate={}),
    document(deflate={"offer": "permessage-deflate", "accept": [{}], "required": False, "agreed": False}),
    document(deflate={"accept": [{"server_no_context_takeover": True, "client_no_context_takeover": False,
                                  "server_max_window_bits": 8, "client_max_window_bits": 15}]}),
    document(expected={}),
    document(expected={"OK": EVENTS, "NON-STRICT": [], "INFORMATIONAL": [{"pong": ""}]}),
    document(closing={}),
    *[document(closing={"by": by}) for by in ["runner", "subject", "either", "nobody"]],
    document(closing={"codes": [1000, 0, 65535], "clean": False, "wrong_code_fails": True}),
    document(finish={}),
    document(finish={"after": "1s", "how": "kill"}),
    document(id="schema.${n}", **{"with": [{"n": 1}, {"n": "x"}]}),
    document(id="schema.${n}.${m}", **{"with": [[{"n": 1}, {"n": 2}], [{"m": 1}]]}),
    # A variable wherever a value may stand.
    document(**{"with": [{
        "refs": [], "subjects": ["server"], "one": "client", "yes": True, "zero": 0, "nine": 9, "time": "1s",
        "text": "T", "hex": "00", "key": "00000000", "op": "text", "bits": 64, "recipe": {"hex": "00"},
        "event": {"pong": ""}, "events": [], "step": {"drop": "fin"}, "steps": [], "rows": [{"n": 1}],
        "object": {}, "list": [], "code": 1000, "fields": {"X": "y"}, "content": "json", "null": None,
        "by": "either", "how": "kill", "drop": "reset", "echo": {"text": ""}, "octets": {"payload": ""}, "times": 1,
        "repeat": {"times": 1, "steps": []}, "status": 400}]},
        references="${refs}", subjects="${subjects}", informational="${yes}", reports_time="${yes}",
        ignores_pongs="${yes}", group="${text}",
        handshake={"status": "${status}", "fields": "${fields}", "raw": "${recipe}", "behind": "${recipe}",
                   "chop": "${zero}", "pause": "${time}", "must_refuse": "${yes}",
                   "expect": {"status": ["${status}"], "fields": "${fields}", "end_allowed": "${yes}"}},
        deflate={"accept": ["${object}", {"server_max_window_bits": "${nine}",
                                          "client_no_context_takeover": "${yes}"}], "agreed": "${yes}"},
        steps=["${step}", {"wait": "${nine}ms"}, {"wait": "${time}"}, {"wait": {"time": "${time}"}},
               {"frame": {"opcode": "${op}", "payload": "${recipe}", "fin": "${yes}", "rsv": "${zero}",
                          "masked": "${yes}", "key": "${key}", "length": "${nine}", "length_bits": "${bits}",
                          "chop": "${zero}", "sync": "${yes}"}},
               {"frame": "${object}"}, {"message": "${echo}"}, {"echo": "${echo}"}, {"octets": "${octets}"},
               {"expect": "${event}"}, {"expect": {"message": "${text}", "within": "${time}"}},
               {"echo": {"text": "${recipe}", "times": "${times}", "fragment": "${nine}"}},
               {"close": "${object}"}, {"close": {"code": "${code}", "reason": "${text}"}},
               {"expect_close": "${object}"}, {"expect_close": {"codes": ["${code}", "${null}"]}},
               {"expect_close": {"codes": "${list}"}}, {"expect_end": "${object}"}, {"drop": "${drop}"},
               {"reading": "${yes}"}, {"repeat": "${repeat}"}, {"repeat": {"times": "${times}", "steps": "${steps}"}},
               {"each": "${rows}", "steps": [{"frame": {"rsv": "${n}"}}]}, {"each": "${rows}", "steps": "${steps}"},
               {"octets": {"payload": {"join": ["${recipe}", {"content": "${content}", "size": "${nine}"},
                                                {"random": "${nine}"}, {"hex": "${hex}${hex}"},
                                                {"repeat": "${text}", "times": "${nine}"}]}}}],
        expected={"OK": "${events}", "NON-STRICT": ["${event}", {"message": "${text}", "binary": "${yes}"}]},
        closing={"by": "${by}", "codes": ["${code}"], "clean": "${yes}"},
        finish={"after": "${time}", "how": "${how}"}),
    document(**{"with": [{"all": {}, "status": 400, "subject": "server"}]}, handshake="${all}", deflate="${all}",
             expected="${all}", closing="${all}", finish="${all}", subjects=["${subject}"]),
    document(**{"with": [{"statuses": [400]}]}, handshake={"expect": {"status": "${statuses}"}}),
]

BAD = [
    [],
    5,
    {},
    {"cases": {}},
    {"cases": [5]},
    {"cases": [], "case": []},
    {"cases": [], "group": 5},
    {"cases": [], "$schema": 5},
    {"cases": [], "subgroups": []},
    {"cases": [], "subgroups": {"1.1": None}},
    *[document(**{name: ...}) for name in ["id", "description", "expectation", "references"]],
    document(id=5),
    document(id=""),
    document(description=None),
    document(references="RFC 6455"),
    document(references=[5]),
    document(steps={}),
    document(step=[]),
    document(subjects=[]),
    document(subjects=["proxy"]),
    document(subjects="server"),
    document(informational="yes"),
    document(ignores_pongs=1),
    document(steps=[5]),
    document(steps=[{}]),
    step(send={}),
    step(drop="fin", reading=True),
    step(frame=5),
    frame(opcode="data"),
    frame(opcode=16),
    frame(opcode=-1),
    frame(rsv=8),
    frame(rsv=0.5),
    frame(fin=1),
    frame(masked=None),
    frame(key="0bf250"),
    frame(key="0bf250a0a0"),
    frame(key=5),
    frame(length=-1),
    frame(length_bits=8),
    frame(length_bits="16"),
    frame(chop="1"),
    frame(sync="yes"),
    frame(text="a"),
    step(message={}),
    step(message={"text": "", "binary": ""}),
    step(message={"text": "", "times": 1}),
    step(message="Hello"),
    step(echo={"times": 1}),
    step(echo={"text": "", "times": 0}),
    step(echo={"text": "", "times": 10_000_001}),
    step(echo={"text": "", "within": 5}),
    step(octets={}),
    step(octets="a"),
    *[step(wait=time) for time in [5, "", "5", "0s", "0.0s", "1d", "1.5", "1.5ms", ".5s", "-1s", "1 s", "none", "1S"]],
    step(wait={}),
    step(wait={"name": "A"}),
    step(wait={"time": "1s", "name": 5}),
    step(expect={}),
    step(expect="Hello"),
    step(expect={"within": "1s"}),
    step(expect={"message": "", "pong": ""}),
    step(expect={"pong": "", "binary": True}),
    step(expect={"timeout": {"hex": "00"}}),
    step(expect={"close": 1000}),
    step(close={"code": 65536}),
    step(close={"code": "1000"}),
    step(close=1000),
    step(expect_close={"codes": 1000}),
    step(expect_close={"codes": ["1000"]}),
    step(expect_close={"or_end": 1}),
    step(expect_close={"code": 1000}),
    step(expect_end={"within": "0s"}),
    step(expect_end={"reset": "yes"}),
    step(expect_end=True),
    step(drop="rst"),
    step(drop=True),
    step(reading="off"),
    step(repeat={"times": 1}),
    step(repeat={"steps": []}),
    step(repeat={"times": 0, "steps": []}),
    step(each=[{"n": 1}]),
    step(each=[], steps=[]),
    step(each={"n": 1}, steps=[]),
    step(each=[5], steps=[]),
    step(each=[{"n": 1}], steps=[], wait="1s"),
    payload(5),
    payload(None),
    payload({}),
    payload([]),
    payload({"base64": ""}),
    payload({"hex": "abc"}),
    payload({"hex": "0x00"}),
    payload({"hex": 5}),
    payload({"hex": "", "size": 1}),
    payload({"repeat": "a"}),
    payload({"repeat": "a", "size": 1, "times": 1}),
    payload({"repeat": "a", "size": 2**30 + 1}),
    payload({"size": 5}),
    payload({"content": "xml", "size": 1}),
    payload({"content": "json"}),
    payload({"content": "json", "size": 1, "at": -1}),
    payload({"random": "8"}),
    payload({"random": 1, "size": 1}),
    payload({"join": "a"}),
    payload({"join": [5]}),
    handshake(metod="GET"),
    handshake(method=5),
    handshake(status=99),
    handshake(status=[400]),
    handshake(fields=[]),
    handshake(fields={"X": 5}),
    handshake(fields={"X": [None]}),
    handshake(raw=5),
    handshake(pause="none"),
    handshake(pause=0),
    handshake(chop=1_048_577),
    handshake(must_refuse="yes"),
    answer(status=[]),
    answer(status=[1000]),
    answer(status="400"),
    answer(fields={"X": None}),
    answer(end="yes"),
    document(deflate=True),
    document(deflate={"offer": []}),
    document(deflate={"accept": {}}),
    document(deflate={"accept": [{"server_max_window_bits": 7}]}),
    document(deflate={"accept": [{"client_max_window_bits": True}]}),
    document(deflate={"accept": [{"window_bits": 9}]}),
    document(deflate={"agreed": None}),
    document(expected=[]),
    document(expected={"FAILED": []}),
    document(expected={"OK": {}}),
    document(expected={"OK": ["Hello"]}),
    document(expected={"OK": [{"message": "", "within": "1s"}]}),
    document(closing={"by": "peer"}),
    document(closing={"codes": 1000}),
    document(closing={"codes": [None]}),
    document(closing={"clean": "yes"}),
    document(closing={"code": 1000}),
    document(finish={"after": "0ms"}),
    document(finish={"how": "drop"}),
    document(finish="kill"),
    *[document(**{"with": rows}) for rows in [[], {}, [[]], [5], [{}, []], [[{}], {}], "${rows}"]],
]


def complaints_about(documents):
    """What the reader says of each document; nothing of a good one."""
    lines = "".join(json.dumps(one) + "\n" for one in documents)
    run = subprocess.run([READER], input=lines, check=True, capture_output=True, text=True, timeout=60)
    return dict(zip(map(json.dumps, documents), run.stdout.splitlines()))


def run_program(document):
    """Has the program list the cases of a folder with this script; the exit code and what it complains about."""
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder, "mine.json")
        script.write_text(json.dumps(document), encoding="utf-8")
        run = subprocess.run([PROGRAM, "--cases", folder, "--list"], capture_output=True, text=True, timeout=60)
        return run.returncode, run.stderr.replace(str(script), "mine.json")


class Schema(unittest.TestCase):
    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        self.assertEqual(SCHEMA["$schema"], jsonschema.Draft202012Validator.META_SCHEMA["$id"])

    def test_each_key_is_explained(self):
        def walk(value, place):
            if isinstance(value, list):
                for number, element in enumerate(value):
                    walk(element, f"{place}/{number}")
            if not isinstance(value, dict):
                return
            for name, key in value.get("properties", {}).items():
                target = SCHEMA["$defs"][key["$ref"].rpartition("/")[2]] if "$ref" in key else {}
                with self.subTest(place=f"{place}/{name}"):
                    self.assertTrue("description" in key or "description" in target)
            for name, element in value.items():
                walk(element, f"{place}/{name}")

        walk(SCHEMA, "")

    def test_nothing_is_defined_in_vain(self):
        text = json.dumps(SCHEMA)
        for name in SCHEMA["$defs"]:
            with self.subTest(name=name):
                self.assertIn(f'"#/$defs/{name}"', text)

    def test_all_built_in_cases_fit(self):
        scripts = sorted(path for path in FOLDER.glob("*.json") if path.name != "schema.json")
        self.assertTrue(scripts)
        for path in scripts:
            with self.subTest(script=path.name):
                VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))

    def test_the_program_s_schema_is_the_folder_s(self):
        self.assertEqual(SCHEMA, json.loads(pathlib.Path(FOLDER, "schema.json").read_text(encoding="utf-8")))


class Documents(unittest.TestCase):
    def test_good_ones_are_taken_by_both(self):
        complaints = complaints_about(GOOD)
        for good in GOOD:
            with self.subTest(script=json.dumps(good)):
                self.assertEqual([error.message for error in VALIDATOR.iter_errors(good)], [])
                self.assertEqual(complaints[json.dumps(good)], "")

    def test_wrong_ones_are_refused_by_both(self):
        complaints = complaints_about(BAD)
        for wrong in BAD:
            with self.subTest(script=json.dumps(wrong)):
                self.assertFalse(VALIDATOR.is_valid(wrong))
                self.assertRegex(complaints[json.dumps(wrong)], r"^mine\.json:1:\d+: (/|the whole text)")

    def test_the_program_reads_as_the_reader_does(self):
        self.assertEqual(run_program(document()), (0, ""))
        wrong = frame(rsv=8)
        complaint = complaints_about([wrong])[json.dumps(wrong)]
        self.assertIn(": /cases/0/steps/0/frame/rsv: expected a whole number from 0 to 7, got 8", complaint)
        self.assertEqual(run_program(wrong), (2, f"websock-conformance: {complaint}\n"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
