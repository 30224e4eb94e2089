"""What is known of peers from elsewhere: a check of the runner."""

import fnmatch

# Verdicts of Autobahn's cases that may be other than OK and INFORMATIONAL.
WS = {"6.4.[1-4]": {"NON-STRICT"}}
KNOWN = {
    "ws": WS,
    "ws-defaults": {**WS, "9.[34].[12]": {"FAILED"}},  # more than 16384 fragments
    # Its own notes on Autobahn say so. What it has read up to a violation is echoed when there is time to.
    "websockets": {
        "3.[2-4]": {"OK", "NON-STRICT"},
        "4.[12].[3-5]": {"OK", "NON-STRICT"},
        "5.15": {"OK", "NON-STRICT"},
        "6.4.[1-4]": {"NON-STRICT"},
        "7.1.5": {"FAILED"},  # it closes an unfinished message with 1002
    },
    "beast": {},
    "websocketpp": {},
    # It does not check UTF-8; its own tests with Autobahn leave out these cases, and those with window bits.
    "coder": {"6.*": {"OK", "FAILED"}, "7.5.1": {"FAILED"}, "13.[3-6].*": {"OK", "UNIMPLEMENTED"}},
    # It has no permessage-deflate.
    "tungstenite": {"6.4.[1-4]": {"OK", "NON-STRICT"}, "1[23].*": {"UNIMPLEMENTED"}},
}


def complaints(indexes):
    """A sentence for each verdict that is not a known one."""
    return [
        f"{name} of the {role}: {case} is {entry['behavior']}, which is not what is known of it"
        for role, index in indexes.items()
        for name, known in KNOWN.items()
        for case, entry in index.get(name, {}).items()
        if fnmatch.fnmatch(case, "[0-9]*") and entry["behavior"] not in verdicts_of(case, known)
    ]


def verdicts_of(case, known):
    for pattern, verdicts in known.items():
        if fnmatch.fnmatch(case, pattern):
            return verdicts
    return {"OK", "INFORMATIONAL"}
