"""The top level holds the agreed names and nothing else."""

import shutil
import subprocess
import sys

from source_tree import ROOT, report

AGREED = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "CHANGELOG.md", "apps", "docs", "lib", "tests"}


def top_level_names():
    if (ROOT / ".git").exists() and shutil.which("git"):
        listing = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=False)
        if listing.returncode == 0:
            return {line.split("/")[0] for line in listing.stdout.splitlines()}
    # No checkout, or no git: what lies there, build trees apart.
    return {path.name for path in ROOT.iterdir() if not (path / "CMakeCache.txt").exists()}


def main():
    strangers = sorted(name for name in top_level_names() if name not in AGREED and not name.startswith("."))
    return report([f"{name}: not among the agreed top-level names" for name in strangers], "See docs/design.md.")


if __name__ == "__main__":
    sys.exit(main())
