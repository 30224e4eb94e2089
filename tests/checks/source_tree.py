"""What the checks share: where the sources are, and C++ text without its comments and literals."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def cpp_files(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".cpp", ".hpp"}:
                yield path


def markdown_files():
    yield from sorted(path for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")] if path.exists())


_COMMENT_OR_LITERAL = re.compile(
    r"""
      //[^\n]*
    | /\*.*?\*/
    | (?:u8|[uUL])?R"(?P<delimiter>[^\s()\\]{0,16})\(.*?\)(?P=delimiter)"
    | (?:u8|[uUL])?"(?:\\.|[^"\\\n])*"
    | (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'
    """,
    re.VERBOSE | re.DOTALL,
)


def without_comments_and_literals(text):
    """The same text with every comment blank and every literal `""`; line numbers stay."""

    def blank(match):
        found = match.group()
        kept = " " if found.startswith("/") else '""'
        return kept + "\n" * found.count("\n")

    return _COMMENT_OR_LITERAL.sub(blank, text)


def report(complaints, rule):
    """Prints the complaints; the exit code of a check."""
    for complaint in complaints:
        print(complaint)
    if complaints:
        print(f"\n{len(complaints)} found. {rule}")
    return 1 if complaints else 0
