"""What is known of peers from elsewhere: a check of the runner."""

import fnmatch

# Verdicts of Autobahn's cases that are neither OK nor INFORMATIONAL.
WS = {"6.4.1": "NON-STRICT", "6.4.2": "NON-STRICT", "6.4.3": "NON-STRICT", "6.4.4": "NON-STRICT"}
TOO_MANY_FRAGMENTS = {"9.3.1": "FAILED", "9.3.2": "FAILED", "9.4.1": "FAILED", "9.4.2": "FAILED"}
KNOWN = {"ws": WS, "ws-defaults": WS | TOO_MANY_FRAGMENTS}


def complaints(indexes):
    """A sentence for each verdict that is not the known one."""
    return [
        f"{name} of the {role}: {case} is {verdict} and is known to be {expected}"
        for role, index in indexes.items()
        for name, known in KNOWN.items()
        for case, entry in index.get(name, {}).items()
        if fnmatch.fnmatch(case, "[0-9]*")
        for verdict, expected in [(entry["behavior"], known.get(case, "OK"))]
        if verdict not in (expected, "INFORMATIONAL")
    ]
