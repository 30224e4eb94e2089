"""A program without its symbols is small: small_program.py STRIP PROGRAM."""

import pathlib
import subprocess
import sys
import tempfile

WANTED = 2 * 1024 * 1024
MOST = 3 * 1024 * 1024


def main():
    strip, program = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder) / "stripped"
        subprocess.run([strip, "-o", stripped, program], check=True)
        size = stripped.stat().st_size
    print(f"{pathlib.Path(program).name}: {size} bytes (wanted: {WANTED})")
    return 1 if size > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
