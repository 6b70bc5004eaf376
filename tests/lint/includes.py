# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: the table of rooms (README, "How it is built"), and the libraries that have one owner each.

Rooms are acyclic because the table is. It looks at #include lines only; what is linked is links.py's business."""
import re

from sources import c_files, name_of

ROOMS = {
    "base": set(),
    "config": {"base"},
    "rules": {"base"},
    "compose": {"base"},
    "milter": {"base", "config", "rules", "compose"},
    "sanitize": {"base"},
    "sandbox": {"base", "config", "sanitize"},
    "store": {"base", "config"},
    "key": {"base"},
    "release": {"base", "config", "compose", "key"},
    "console": {"base", "config"},
    "monitor": {"base", "config"},
    "cli": {"base", "config", "rules", "compose", "key"},
    "supervisor": {"base", "config", "rules", "compose"},
}
# header of a library -> rooms that may include it
OWNERS = {
    r"libmilter/": set(),
    r"gmime/": set(),
    r"magic\.h$": {"sanitize"},
    r"archive(_entry)?\.h$": {"sanitize"},
    r"iconv\.h$": {"sanitize"},
    r"sqlite3\.h$": {"store"},
    r"zstd\.h$": {"store", "key"},
    # store seals, key opens: which half a program has, links.py asks of its symbols.
    r"openssl/cms\.h$": {"store", "key"},
    r"openssl/(x509|x509v3|pem)\.h$": {"config", "key"},
    r"openssl/(pkcs12|rand)\.h$": {"key"},
    r"openssl/(ssl|bio|tls).*\.h$": set(),
    r"curl/": {"release"},
    r"microhttpd\.h$": {"console", "monitor"},
    r"liboath/": {"store"},
    r"crypt\.h$": {"store"},
    r"seccomp\.h$": {"sandbox"},
    r"linux/landlock\.h$": {"sandbox"},
    r"confuse\.h$": {"config"},
    r"jansson\.h$": {"compose", "cli"},
}


def check(suite):
    files, lines = c_files("src", "include"), 0
    wrong = []
    for path in files:
        parts = name_of(path).split("/")
        room = parts[1] if parts[0] == "src" else "mugai"
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if found:
                lines += 1
                wrong += [f"{name_of(path)}:{number}: {fault}" for fault in _faults(room, *found.groups())]
    with suite.case("includes follow the table of rooms") as case:
        case["figure"] = f"{lines} includes in {len(files)} files"
        from check import equal
        equal(wrong, [], "includes that the table does not allow")


def _faults(room, kind, target):
    if kind == '"':
        other = target.split("/")[0]
        if other == "mugai" or other == room:
            return []
        if other not in ROOMS:
            return [f'"{target}" names no room: write "room/file.h"']
        if room == "mugai" or other not in ROOMS.get(room, set()):
            return [f"room {room} may not include {target}"]
        return []
    return [f"room {room} may not use <{target}>; it belongs to {', '.join(sorted(owners)) or 'nobody'}"
            for pattern, owners in OWNERS.items() if re.match(pattern, target) and room not in owners]
