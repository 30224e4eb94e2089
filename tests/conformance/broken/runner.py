"""The conformance runner and the broken peer as processes: one run, and what it reported."""

import contextlib
import dataclasses
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "foreign"))
from server_process import ServerProcess  # noqa: E402

PATIENCE = 300  # seconds; a run ends by itself, this only bounds it
JOBS = 8


@dataclasses.dataclass
class Programs:
    runner: str
    peer: str


@dataclasses.dataclass
class Run:
    """`cases`: by id, as the index has them; `details` reads a case's own report."""

    exit_code: int
    output: str
    cases: dict
    folder: pathlib.Path

    def details(self, case_id):
        """Must be called while the folder is there."""
        return json.loads((self.folder / self.cases[case_id]["reportfile"]).with_suffix(".json").read_text())


@contextlib.contextmanager
def run(programs, fault, role, cases, excluded=()):
    """Runs the cases with a peer that has the fault; its folder lasts as long as the `with`."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        specification = {"outdir": str(folder / "reports"), "cases": list(cases), "exclude-cases": list(excluded)}
        test = test_server if role == "server" else test_client
        exit_code, output = test(programs, fault, specification, folder / "specification.json")
        yield Run(exit_code, output, read_index(folder / "reports", fault), folder / "reports")


def test_server(programs, fault, specification, path):
    with ServerProcess(programs.peer, "--fault", fault, "--listen") as peer:
        path.write_text(json.dumps(dict(specification, servers=[{"agent": fault, "url": peer.base_url()}])))
        done = execute([programs.runner, "--mode", "fuzzingclient", "--spec", path, "--jobs", JOBS])
    return done.returncode, done.stdout + done.stderr


def test_client(programs, fault, specification, path):
    path.write_text(json.dumps(dict(specification, url="ws://127.0.0.1:0")))
    runner = ServerProcess(programs.runner, "--mode", "fuzzingserver", "--spec", path)
    with contextlib.ExitStack() as stack:
        stack.callback(runner.__exit__)
        url = runner.wait_for_line(r"\bws://[^\s/;]+")[0]
        peer = execute([programs.peer, "--fault", fault, "--connect", url, "--agent", fault, "--jobs", JOBS])
        runner.signal(signal.SIGTERM)
        return runner.wait(PATIENCE), f"{runner.output()}\n{peer.stdout}{peer.stderr}"


def execute(command):
    return subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
        check=False)


def read_index(folder, agent):
    path = folder / "index.json"
    return json.loads(path.read_text())[agent] if path.exists() else {}
