"""Includes point downwards (docs/design.md, "Layers")."""

import re
import sys

from source_tree import ROOT, cpp_files, report

# What each layer may include besides the standard library.
ALLOWED = {
    "core": {"core"},
    "http": {"core", "http"},
    "protocol": {"core", "http", "protocol"},
    "io": {"core", "io"},
    "session": {"core", "http", "protocol", "io", "session"},
    "client": {"core", "http", "protocol", "io", "session", "client"},
    "server": {"core", "http", "protocol", "io", "session", "server"},
}
WITHOUT_ASIO = {"core", "http", "protocol"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def layer_of(path):
    """The layer of a path below include/websock or src; nothing for what is no file of ours."""
    first = path.split("/")[0]
    if first in ALLOWED:
        return first
    if "/" in path:
        return None
    return "io" if first.startswith("task.") else "session"


def layer_of_include(bracket, name):
    if name.startswith("websock/"):
        return layer_of(name.removeprefix("websock/"))
    return layer_of(name) if bracket == '"' and "/" in name else None


def complaints_about(path, layer):
    text = path.read_text()
    for bracket, name in INCLUDE.findall(text):
        target = layer_of_include(bracket, name)
        if target is not None and target not in ALLOWED[layer]:
            yield f"{path.relative_to(ROOT)}: layer {layer} includes {name} of layer {target}"
        if layer in WITHOUT_ASIO and re.match(r"asio(/|\.hpp)", name):
            yield f"{path.relative_to(ROOT)}: layer {layer} includes {name}"


def main():
    complaints = []
    for base in ("lib/include/websock", "lib/src"):
        for path in cpp_files(base):
            layer = layer_of(str(path.relative_to(ROOT / base)))
            if layer is None:
                complaints.append(f"{path.relative_to(ROOT)}: in a folder that is no layer")
            else:
                complaints.extend(complaints_about(path, layer))
    return report(complaints, "Layers include downwards only; protocol and below know no Asio.")


if __name__ == "__main__":
    sys.exit(main())
