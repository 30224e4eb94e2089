"""What came of the runs: medians, ratios, and the table."""

import statistics

from cells import CELLS, value_of
from servers import SERVERS


def sum_up(runs):
    """Of all rounds of all cells ({cell: {server: [found, ...]}}): the figures that are shown."""
    return {name: sum_up_cell(CELLS[name], of_servers) for name, of_servers in runs.items()}


def sum_up_cell(cell, of_servers):
    values = {server: [value_of(cell, found) for found in rounds] for server, rounds in of_servers.items()}
    summary = {"what": cell.what, "unit": cell.unit, "reference": cell.reference, "servers": {}}
    for server, rounds in of_servers.items():
        summary["servers"][server] = {
            "median": statistics.median(values[server]),
            "ratio": ratio(values[server], values.get(cell.reference)),
            "values": values[server],
            **further(rounds),
        }
    return summary


def ratio(values, reference):
    """The median of the ratios of each round: a drift of the machine hits both."""
    pairs = zip(values, reference or [])
    ratios = [value / other for value, other in pairs if other > 0]
    return statistics.median(ratios) if ratios else None


def further(rounds):
    """Medians of what is worth keeping beside the figure itself."""
    wanted = {
        "messages_per_second": lambda found: found.get("messages_per_second"),
        "cycles_per_second": lambda found: found.get("cycles_per_second"),
        "octets_in_per_message": lambda found: found.get("octets_in_per_message"),
        "latency_p50_us": lambda found: found.get("latency_us", {}).get("p50"),
        "latency_p99_us": lambda found: found.get("latency_us", {}).get("p99"),
        "utilisation": lambda found: found["server"]["utilisation"],
    }
    return {name: statistics.median(read(found) for found in rounds)
            for name, read in wanted.items() if all(read(found) is not None for found in rounds)}


def digits(value):
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def entry(cell, figures):
    if figures is None:
        return "–"
    text = digits(figures["median"])
    if cell["unit"] != "B" and figures["ratio"] is not None:
        text += f" ({digits(figures['ratio'])})"
    if "octets_in_per_message" in figures and "deflate" in cell["what"]:
        text += f", {figures['octets_in_per_message']:.0f} B"
    return text


def table(summary):
    """Markdown: a row a cell, a column a server. In brackets the ratio to the cell's reference."""
    names = [name for name in SERVERS if any(name in cell["servers"] for cell in summary.values())]
    rows = [["cell", *names], ["---"] * (len(names) + 1)]
    for name, cell in summary.items():
        what = f"{name}: {cell['what']}, {cell['unit']}"
        rows.append([what, *(entry(cell, cell["servers"].get(server)) for server in names)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
