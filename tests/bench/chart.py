"""A chart of the ratios: a row a cell, a dot a server."""

import math
from xml.sax.saxutils import escape

from servers import SERVERS

WIDTH, LEFT, RIGHT, TOP, ROW = 980, 330, 40, 104, 34
# Of each colour one for light pages and one for dark ones.
COLOURS = {
    "floor": ("#6e7781", "#8b949e"), "websock": ("#cf222e", "#ff7b72"), "websock-13": ("#e16f24", "#ffa657"),
    "websock-fresh": ("#bf3989", "#ff9bce"), "beast-callback": ("#54aeff", "#388bfd"),
    "websock-2": ("#a40e26", "#ffc1ba"),
    "beast-callback-tuned": ("#0550ae", "#a5d6ff"), "beast-coroutine": ("#4ac26b", "#2ea043"),
    "beast-coroutine-tuned": ("#116329", "#7ee787"), "websocketpp": ("#8250df", "#d2a8ff"),
    "libwebsockets": ("#9a6700", "#e3b341"),
}


def style(names):
    light = "".join(f".{name}{{fill:{COLOURS[name][0]}}}" for name in names)
    dark = "".join(f".{name}{{fill:{COLOURS[name][1]}}}" for name in names)
    return ("<style>text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:15px}"
            ".small{font-size:12px}.page{fill:#fff}line{stroke:#d0d7de}.one{stroke:#57606a}" + light +
            "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}line{stroke:#30363d}"
            ".one{stroke:#8b949e}" + dark + "}</style>")


def text(x, y, what, anchor="start", kind="label"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(what)}</text>'


class Axis:
    """Ratios on a logarithmic scale, from the least to the largest and 1 in any case."""

    def __init__(self, ratios):
        self.low = 2 ** math.floor(math.log2(min([*ratios, 1.0])))
        self.high = 2 ** math.ceil(math.log2(max([*ratios, 2.0])))

    def x(self, ratio):
        share = math.log(ratio / self.low) / math.log(self.high / self.low)
        return LEFT + (WIDTH - RIGHT - LEFT) * share

    def draw(self, bottom):
        drawn = []
        for power in range(round(math.log2(self.low)), round(math.log2(self.high)) + 1):
            value = 2.0 ** power
            kind = "one" if value == 1 else "grid"
            x = self.x(value)
            drawn.append(f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 12}" y2="{bottom}"/>')
            drawn.append(text(x, bottom + 18, f"{value:g}", "middle"))
        meaning = "CPU time of the server (logarithmic): 1 is the reference, less is better"
        return [*drawn, text((LEFT + WIDTH - RIGHT) / 2, bottom + 40, meaning, "middle")]


def legend(names):
    drawn, x, y = [], 20, 54
    for name in names:
        length = 26 + 7.4 * len(name)
        if x + length > WIDTH - 10:
            x, y = 20, y + 20
        drawn += [f'<circle class="{name}" cx="{x + 5}" cy="{y - 4}" r="5"/>', text(x + 15, y, name, kind="small")]
        x += length
    return drawn


def row(axis, y, name, cell):
    drawn = [text(LEFT - 14, y + 4, f"{name}: {cell['what']}", "end"),
             f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>']
    for server in reversed(list(SERVERS)):  # the first ones are on top
        figures = cell["servers"].get(server)
        if figures and figures["ratio"]:
            drawn.append(f'<circle class="{server}" cx="{axis.x(figures["ratio"]):.1f}" cy="{y}" r="5.5">'
                         f'<title>{server}: {figures["ratio"]:.2f}</title></circle>')
    return drawn


def draw(summary, title):
    """SVG; cells that count bytes are for the table alone."""
    cells = {name: cell for name, cell in summary.items() if cell["unit"] != "B"}
    found = [figures["ratio"] for cell in cells.values() for figures in cell["servers"].values() if figures["ratio"]]
    names = [name for name in SERVERS if any(name in cell["servers"] for cell in cells.values())]
    axis, bottom = Axis(found), TOP + ROW * len(cells)
    drawn = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 76}" role="img">',
             f"<title>{escape(title)}</title>", style(names),
             f'<rect class="page" width="{WIDTH}" height="{bottom + 76}"/>', text(20, 26, title, kind="title"),
             *legend(names), *axis.draw(bottom)]
    for index, (name, cell) in enumerate(cells.items()):
        drawn += row(axis, TOP + ROW * index + 12, name, cell)
    note = "The reference is the floor; of F and J, which it cannot do, Beast with callbacks, tuned; of M one thread."
    drawn.append(text(20, bottom + 64, note, kind="small"))
    return "\n".join([*drawn, "</svg>\n"])
