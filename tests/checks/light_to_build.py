"""A file that includes the session is not much more work for the compiler than one that includes Asio's awaitable.

    light_to_build.py COMPILER [ARGUMENT...]

with the arguments that an includer compiles with. The two are compiled in turn; what counts is the ratio of the
medians of the compiler's CPU time.
"""

import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

from source_tree import ROOT

ROUNDS = 5
WANTED = 1.3
MOST = 1.5

ASIO = """
#include <asio/awaitable.hpp>

asio::awaitable<int> receive();
asio::awaitable<void> send(int);

asio::awaitable<void> echo() {
  while (int message = co_await receive()) {
    co_await send(message);
  }
}
"""

SESSION = """
#include "websock/session.hpp"

websock::task<void> echo(websock::session& session) {
  while (auto message = co_await session.receive()) {
    co_await session.send(*message);
  }
}
"""


def cpu_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compile_time(compiler, source):
    start = cpu_time()
    subprocess.run([*compiler, "-c", source, "-o", source.with_suffix(".o")], check=True)
    return cpu_time() - start


def main():
    compiler = [*sys.argv[1:], "-std=c++20", "-O2", f"-I{ROOT / 'lib/include'}"]
    times = {"asio": [], "session": []}
    with tempfile.TemporaryDirectory() as folder:
        sources = {}
        for name, text in (("asio", ASIO), ("session", SESSION)):
            sources[name] = pathlib.Path(folder) / f"{name}.cpp"
            sources[name].write_text(text)
        for _ in range(ROUNDS):
            for name, source in sources.items():
                times[name].append(compile_time(compiler, source))
    asio, session = (statistics.median(times[name]) for name in ("asio", "session"))
    ratio = session / asio
    print(f"asio/awaitable.hpp {asio:.2f} s, websock/session.hpp {session:.2f} s: {ratio:.2f} (wanted: {WANTED})")
    return 1 if ratio > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
