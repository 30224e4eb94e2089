"""What is kept of a report, which has some ten thousand pages of cases: less than a megabyte a role.

- index.html: the overview, without the cases where there is nothing to see
- AGENT.html: what a peer's cases that did not pass say. Where many of one subgroup end alike, the first few
- verdicts.json: all that is not OK, a line a case, so that a change can be read
"""

import collections
import json
import re
import shutil

ALIKE = 2  # cases of one subgroup with the same verdicts that are told
NOTHING_TO_SEE = {"OK", "INFORMATIONAL", "UNIMPLEMENTED"}
BAD_CELL = re.compile(r'class="(close )?(non-strict|failed|unclean|wrong-code|by-client)"')
ROW = re.compile(r'<tr(?: class="fine")?><th id="case-.*?</tr>\n', re.DOTALL)
EMPTY_SUBGROUP = re.compile(r'<tr class="subgroup">[^\n]*</tr>\n(?!<tr><th id="case-)')
LINK = re.compile(r'<a href="(\w+_case_\w+\.html)">(.*?)</a>')
SECTION = re.compile(r"<section>\n<h2>(.*?)</h2>\n(.*?)</section>", re.DOTALL)
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
LOG_ENTRY = re.compile(r'<span class="(?![rt]x">).*?</span>', re.DOTALL)  # all but octets
FIRST, LAST = 8, 12  # entries of a longer log


def write(report, index, folder):
    """Copies from the folder `report`, with its `index`, to `folder`, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    overview = (report / "index.html").read_text()
    style = STYLE.search(overview)[0]
    places = {}  # of the cases' own pages in these
    for agent, cases in index.items():
        told = cases_to_tell(cases)
        places |= {page_of(cases[case]): f"{agent}.html#case-{case}" for case in told}
        if told:
            (folder / f"{agent}.html").write_text(agent_page(agent, style, [
                case_text(case, (report / page_of(cases[case])).read_text()) for case in told]))
    (folder / "index.html").write_text(short_overview(overview, places))
    (folder / "verdicts.json").write_text(verdicts(index))


def cases_to_tell(cases):
    told, seen = [], collections.Counter()
    for case, entry in cases.items():
        like = (case.rsplit(".", 1)[0], entry["behavior"], entry["behaviorClose"])
        if {entry["behavior"], entry["behaviorClose"]} <= NOTHING_TO_SEE or seen[like] == ALIKE:
            continue
        seen[like] += 1
        told.append(case)
    return told


def page_of(entry):
    return entry["reportfile"].removesuffix(".json") + ".html"


def short_overview(text, places):
    text = ROW.sub(lambda row: row[0] if BAD_CELL.search(row[0]) else "", text)
    text = EMPTY_SUBGROUP.sub("", text)
    text = LINK.sub(lambda link: f'<a href="{places[link[1]]}">{link[2]}</a>' if link[1] in places else link[2], text)
    return re.sub(r'(<th id="case-[^"]*") title="[^"]*"', r"\1", text)


def agent_page(agent, style, cases):
    return ('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{agent}</title>\n{style}\n</head>\n<body>\n"
            f'<header><a class="home" href="index.html">websock conformance report</a></header>\n'
            f"<main>\n<h1>{agent}</h1>\n{''.join(cases)}</main>\n</body>\n</html>\n")


def case_text(case, page):
    """The parts of a case's own page that say what happened."""
    part = dict(SECTION.findall(page))
    handshake = part["Opening Handshake"] if case[0] in "hx" or "Wire Log" not in part else ""
    return (f'<section id="case-{case}">\n<h2>{case}</h2>\n{part["Case Description"]}{part["Case Outcome"]}'
            f'{part["Case Closing Behavior"]}{handshake}{frames(part.get("Wire Log", ""))}</section>\n')


def frames(wire_log):
    entries = LOG_ENTRY.findall(wire_log)
    if len(entries) > FIRST + LAST:
        entries[FIRST:-LAST] = ["...\n"]
    return f'<pre class="wire">{"".join(entries)}</pre>\n'


def verdicts(index):
    agents = []
    for agent, cases in index.items():
        lines = [
            f"  {json.dumps(case)}: {json.dumps([entry['behavior'], entry['behaviorClose'], entry['remoteCloseCode']])}"
            for case, entry in cases.items() if (entry["behavior"], entry["behaviorClose"]) != ("OK", "OK")]
        agents.append(f" {json.dumps(agent)}: {{\n" + ",\n".join([f'  "cases": {len(cases)}', *lines]) + "\n }")
    return "{\n" + ",\n".join(agents) + "\n}\n"
