"""No source, and no example in the documentation, has a coroutine shape that g++ 12 miscompiles."""

import sys

from coroutine_shapes import ALLOWANCE, complaints_about
from docs_snippets import snippets
from source_tree import ROOT, cpp_files, markdown_files, report


def main():
    complaints = []
    for path in cpp_files("lib", "apps", "tests"):
        for line, what in complaints_about(path.read_text()):
            complaints.append(f"{path.relative_to(ROOT)}:{line}: {what}")
    for path in markdown_files():
        for snippet in snippets(path):
            for line, what in complaints_about(snippet.code):
                complaints.append(f"{path.relative_to(ROOT)}:{snippet.line + line}: {what}")
    return report(
        complaints,
        "One co_await a statement, its result named, its arguments named "
        f'(docs/design.md; a comment "{ALLOWANCE}: why" lets a line pass).',
    )


if __name__ == "__main__":
    sys.exit(main())
