"""C++ in the documentation.

A block whose info string is `cpp compile` is a whole translation unit and is compiled by the build; a plain
`cpp` block is a fragment and is not. `docs_snippets.py FOLDER` writes one .cpp a compiled block there and
prints their paths; `docs_snippets.py --program FILE.md` prints the first compiled block that has a `main`.
"""

import dataclasses
import pathlib
import re
import sys

from source_tree import ROOT, markdown_files

FENCE = re.compile(r"^( *)```(cpp[^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass
class Snippet:
    line: int  # of the opening fence, so that the first line of the code is line + 1
    is_compiled: bool
    code: str


def snippets(path):
    text = path.read_text()
    for match in FENCE.finditer(text):
        indent, info, code = match.groups()
        code = "\n".join(line.removeprefix(indent) for line in code.split("\n"))
        yield Snippet(text.count("\n", 0, match.start()) + 1, "compile" in info.split()[1:], code)


def program(path):
    for snippet in snippets(path):
        if snippet.is_compiled and re.search(r"\bint main\(", snippet.code):
            return snippet.code
    raise SystemExit(f"{path} has no block marked `cpp compile` with a main")


def write_if_changed(path, text):
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def extract(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for path in markdown_files():
        for snippet in snippets(path):
            if not snippet.is_compiled:
                continue
            target = folder / f"{path.stem}_line_{snippet.line}.cpp"
            # The compiler's messages name the place in the documentation.
            write_if_changed(target, f'#line {snippet.line + 1} "{path.relative_to(ROOT)}"\n{snippet.code}')
            print(target)


if __name__ == "__main__":
    if sys.argv[1] == "--program":
        print(program(pathlib.Path(sys.argv[2])), end="")
    else:
        extract(pathlib.Path(sys.argv[1]))
