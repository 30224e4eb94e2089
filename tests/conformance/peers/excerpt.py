"""What is kept of a report: the overview, the index, and the pages of cases where there is something to see.

A whole report of nine peers is some 6000 pages. Kept are those of cases that did not pass, and of a peer that
fails many cases of one subgroup in the same way (6.3.*, say) the first few.
"""

import collections
import json
import re
import shutil

PAGES_OF_A_SUBGROUP = 2
NOTHING_TO_SEE = {"OK", "INFORMATIONAL", "UNIMPLEMENTED"}
LINK = re.compile(r'<a href="([^"#/]+\.html)">(.*?)</a>')


def write(report, index, folder):
    """Copies from the folder `report`, with its `index`, to `folder`, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kept = kept_pages(index)
    for page in kept:
        text = (report / page).read_text()
        (folder / page).write_text(without_dead_links(text, kept))
    (folder / "index.html").write_text(without_dead_links((report / "index.html").read_text(), kept))
    (folder / "index.json").write_text(index_text(index))


def kept_pages(index):
    kept = {"index.html"}
    for cases in index.values():
        seen = collections.Counter()
        for case, entry in cases.items():
            like = (subgroup(case), entry["behavior"], entry["behaviorClose"])
            if {entry["behavior"], entry["behaviorClose"]} <= NOTHING_TO_SEE or seen[like] == PAGES_OF_A_SUBGROUP:
                continue
            seen[like] += 1
            kept.add(page_of(entry))
    return kept


def subgroup(case):
    return case.rsplit(".", 1)[0]


def page_of(entry):
    return entry["reportfile"].removesuffix(".json") + ".html"


def without_dead_links(text, kept):
    return LINK.sub(lambda link: link[0] if link[1] in kept else link[2], text)


def index_text(index):
    """One line a case, so that a change can be read. The times say more of the machine than of the peer."""
    agents = []
    for agent, cases in index.items():
        lines = [f"  {json.dumps(case)}: {json.dumps({**entry, 'duration': 0})}" for case, entry in cases.items()]
        agents.append(f" {json.dumps(agent)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(agents) + "\n}\n"
