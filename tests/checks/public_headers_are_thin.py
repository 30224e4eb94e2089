"""Public headers pull in none of the libraries that only the bodies need.

    public_headers_are_thin.py COMPILER [ARGUMENT...]

with the arguments that an includer compiles with.
"""

import re
import subprocess
import sys

from source_tree import ROOT, cpp_files, report

FORBIDDEN = {
    "nlohmann/json": r"/nlohmann/",
    "OpenSSL": r"/openssl/",
    "zlib": r"/zlib\.h$",
    "simdjson": r"/simdjson",
    "llhttp": r"/llhttp",
    "spdlog": r"/spdlog/",
    "{fmt}": r"/fmt/",
}


def included_by(compiler, headers):
    """All files that come in with these headers."""
    source = "".join(f'#include "{header}"\n' for header in headers)
    result = subprocess.run(
        [*compiler, "-M", "-x", "c++", "-"], input=source, stdout=subprocess.PIPE, text=True, check=True
    )
    return result.stdout.replace("\\\n", " ").split()


def libraries_in(paths):
    return [name for name, pattern in FORBIDDEN.items() if any(re.search(pattern, path) for path in paths)]


def main():
    include = ROOT / "lib/include"
    compiler = [*sys.argv[1:], "-std=c++20", f"-I{include}"]
    headers = [str(path.relative_to(include)) for path in cpp_files("lib/include") if path.suffix == ".hpp"]
    complaints = []
    if libraries_in(included_by(compiler, headers)):  # which one is worth a second look only then
        for header in headers:
            for name in libraries_in(included_by(compiler, [header])):
                complaints.append(f"{header} pulls in {name}")
    return report(complaints, "Users pay for what their headers include; keep it in the bodies.")


if __name__ == "__main__":
    sys.exit(main())
