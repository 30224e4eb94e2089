"""The wall clock jumps, so no deadline of the library looks at it.

Whoever needs the time of day has a reason, which stands here.
"""

import re
import sys

from source_tree import ROOT

WALL_CLOCK = re.compile(r"system_clock|\bstd::time\(|[^\w.>]::time\(|gettimeofday|CLOCK_REALTIME|utc_clock|\btime\(nullptr\)")
REASONS = {
    "lib/src/server/worker.cpp": "the value of the Date field of HTTP",
}

found = {}
for path in sorted((ROOT / "lib").rglob("*.?pp")):
    lines = path.read_text().splitlines()
    uses = [number for number, line in enumerate(lines, 1) if WALL_CLOCK.search(line)]
    if uses:
        found[str(path.relative_to(ROOT))] = uses

problems = [
    f"{name}:{number}: looks at the wall clock"
    for name, numbers in found.items()
    if name not in REASONS
    for number in numbers
]
problems += [f"{name}: does not look at the wall clock any more" for name in REASONS if name not in found]
print("\n".join(problems))
sys.exit(1 if problems else 0)
