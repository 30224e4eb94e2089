"""The conformance cases against this project's own server or client. All must be as `verdicts.json` says.

self_test.py CONFORMANCE ECHO MAKE_CERTIFICATES {server|client} {ws|wss} THREADS {all|light}

`light` leaves out the cases that are long because of the data they send. `THREADS` are the server's; as a client the
library runs eight cases at once.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "foreign"))
from foreign_process import Certificates  # noqa: E402
from server_process import ServerProcess  # noqa: E402

VERDICTS = pathlib.Path(__file__).parent / "verdicts.json"
# Content of 4 KiB and more, a thousand times each: sizes 5 to 18 of each set.
HEAVY = [f"1{group}.*.{size}" for group in (2, 3) for size in range(5, 19)]
PATIENCE = 570  # seconds; the run ends by itself, this only bounds it


def serve_echo(program, scheme, threads, folder, certificates):
    listener = {"address": "127.0.0.1", "port": 0}
    if scheme == "wss":
        listener["tls"] = certificates.tls("server")
    configuration = folder / "server.json"
    configuration.write_text(json.dumps({
        "listeners": [listener],
        "threads": threads,
        "routes": [{"path": "/ws", "handler": "echo", "limits": {"message": "64MiB"}, "permessage_deflate": {"level": 3}}],
    }))
    return ServerProcess(program, "--config", configuration)


def test_server(conformance, echo, certificates, scheme, threads, folder, exclude):
    with serve_echo(echo, scheme, threads, folder, certificates) as server:
        command = [conformance, "--mode", "fuzzingclient", "--url", server.url, "--agent", "self", "--outdir", folder / "reports",
                   "--ca", certificates / "ca.pem", "--strict", *exclude]
        return run(command)


def test_client(conformance, _, certificates, scheme, __, folder, exclude):
    identity = ["--cert", certificates / "server.pem", "--key", certificates / "server.key"] if scheme == "wss" else []
    command = [conformance, "--mode", "fuzzingserver", "--url", f"{scheme}://127.0.0.1:0", "--outdir", folder / "reports",
               "--strict", *identity, *exclude]
    server = ServerProcess(*command)
    try:
        url = server.wait_for_line(r"cases for clients at (wss?://[^;]+);")[1]
        run([conformance, "--mode", "testeeclient", "--url", url, "--agent", "self", "--jobs", "8",
             "--ca", certificates / "ca.pem"])
        server.signal(15)
        code = server.wait(PATIENCE)
        return code, server.output()
    finally:
        server.__exit__()


def run(command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=PATIENCE)
    return done.returncode, done.stdout


def differences(index, expected):
    """Lines on cases whose verdicts are not the expected ones; all that are not named there are OK."""
    for case, found in index.items():
        wanted = expected.get(case, ["OK", "OK"])
        if [found["behavior"], found["behaviorClose"]] != wanted:
            yield f"{case}: {found['behavior']}, close {found['behaviorClose']}; expected {wanted[0]}, close {wanted[1]}"


def count_of_autobahns(index):
    return sum(case[0].isdigit() for case in index)


def main(conformance, echo, make_certificates, role, scheme, threads, selection):
    exclude = [word for glob in (HEAVY if selection == "light" else []) for word in ("--exclude", glob)]
    with tempfile.TemporaryDirectory() as name, Certificates(make_certificates) as certificates:
        folder = pathlib.Path(name)
        test = test_server if role == "server" else test_client
        code, output = test(conformance, echo, certificates, scheme, int(threads), folder, exclude)
        index = json.loads((folder / "reports" / "index.json").read_text())["self"]
    wrong = list(differences(index, json.loads(VERDICTS.read_text())[role]))
    missing = (517 - 168 if selection == "light" else 517) - count_of_autobahns(index)
    print("\n".join(output.splitlines()[-40:]))
    print(f"{len(index)} cases, {count_of_autobahns(index)} of Autobahn's; {len(wrong)} with other verdicts than expected")
    print("\n".join(wrong))
    if missing:
        print(f"{missing} of Autobahn's cases were not run")
    return 0 if code == 0 and not wrong and not missing else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
