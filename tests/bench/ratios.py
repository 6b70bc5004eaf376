# SPDX-License-Identifier: Apache-2.0
"""What the figures come to: ratios that do not depend on the machine, those that were kept, and the bars that mugai is to reach.

A ratio is taken in each round against the neighbour in the same round, since what else a machine does weighs on both; the ratio of a
run is the median of its rounds."""
import json
import pathlib
import statistics

KEPT = pathlib.Path(__file__).resolve().parent / "kept.json"
WORSE = 0.2             # of a kept ratio: more is a fault

# (table, key of a round, of whom, larger is better)
RATIOS = (
    ("postfix", "rate", "none", True), ("postfix", "rate", "mimedefang", True), ("postfix", "rate", "rspamd", True),
    ("postfix", "cpu_ms", "forks", False), ("postfix", "cpu_ms", "floor-silent", False),
    ("milter", "cpu_ms", "forks", False), ("milter", "cpu_ms", "floor-silent", False), ("milter", "rate", "floor-silent", True),
    ("milter", "rate", "mimedefang", True), ("milter", "rate", "rspamd", True), ("milter", "cpu_ms", "mimedefang", False),
)
WORDS = {"rate": "mails/s", "cpu_ms": "CPU a mail"}
# The yardstick that is as steady as mugai itself when others use the machine; what a milter does in one process costs less or more then.
JUDGED = "CPU a mail, mugai of forks"
WAYS = {"postfix": "through Postfix", "milter": "straight"}


def of_rounds(rows, name, key, base):
    """The ratio of each round; a round in which nothing was measured has none."""
    return [mine[key] / other[key] for mine, other in zip(rows[name], rows.get(base, ())) if other.get(key) and key in mine]


def ratios(table, rows):
    """{what it says: (median of the rounds, larger is better)} of one table."""
    found = {}
    for where, key, base, larger in RATIOS:
        values = of_rounds(rows, "mugai", key, base) if where == table else None
        if values:
            found[f"{WAYS[table]}: {WORDS[key]}, mugai of {base}"] = (statistics.median(values), larger)
    return found


def kept(form):
    return json.loads(KEPT.read_text()).get(form, {}) if KEPT.exists() else {}


def keep(form, runs):
    """The worst of some runs for each ratio; those of other tables stay. runs: what ratios() said of each."""
    all_of = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for found in runs:
        for name, (value, larger) in found.items():
            values = [run[name][0] for run in runs if name in run]
            all_of.setdefault(form, {})[name] = round(min(values) if larger else max(values), 4)
    KEPT.write_text(json.dumps(all_of, indent=8) + "\n")


def is_worse(value, larger, old):
    return old is not None and (value < old * (1 - WORSE) if larger else value > old * (1 + WORSE))


def judged(name):
    return name.endswith(JUDGED)


def worse(found, before):
    return [name for name, (value, larger) in found.items() if judged(name) and is_worse(value, larger, before.get(name))]


def _medians(found, table, name):
    return found.get(table, {}).get("medians", {}).get(name, {})


def _share(found, table, key, base):
    values = of_rounds(found[table]["rounds"], "mugai", key, base) if table in found else None
    return statistics.median(values) if values else None


def _straight(found):
    """Of the silent floor, or of 650 mails/s where those are more."""
    share, rate = _share(found, "milter", "rate", "floor-silent"), _medians(found, "milter", "mugai").get("rate")
    return share if share is None or rate >= 650 else min(share, 0.28 * rate / 650)


def _most(found, table, *names):
    values = [row["mugai"] for shape, row in (found.get(table) or {}).items() if not names or shape in names]
    return max(values) if values else None


def _of(found, table, key):
    return (found.get(table) or {}).get(key)


def _hash(found):
    rows = (found.get("search") or {}).get("asked", {})
    values = [row["1000000"]["median"] for what, row in rows.items() if what.startswith("hash") and "1000000" in row]
    return max(values) if values else None


# What is to be reached: (name, figure of a run or None, bar, beyond or None, larger is better).
BARS = (
    ("through Postfix, of no milter", lambda f: _share(f, "postfix", "rate", "none"), 0.40, 0.50, True),
    ("through Postfix, times MIMEDefang", lambda f: _share(f, "postfix", "rate", "mimedefang"), 2.5, 3, True),
    ("through Postfix, p99 of the floor's", lambda f: _share(f, "postfix", "p99", "floor"), 1.5, None, False),
    ("straight, of the silent floor, and 650 mails/s", _straight, 0.28, 0.45, True),
    ("straight, CPU ms a mail", lambda f: _medians(f, "milter", "mugai").get("cpu_ms"), 2.3, 1.4, False),
    ("memory idle, MB", lambda f: _of(f, "memory", "idle"), 60, None, False),
    ("memory under the mix, MB", lambda f: _of(f, "memory", "mix"), 100, None, False),
    ("memory for one mail of 25 MB, times its size", lambda f: _of(f, "memory", "times"), 2.5, None, False),
    ("HTML of 25 MB, ms", lambda f: _most(f, "growth", "HTML 25 MB"), 500, None, False),
    ("attachment of 25 MB, ms", lambda f: _most(f, "growth", "attachment 25 MB"), 200, None, False),
    ("slowest hostile megabyte, ms", lambda f: _most(f, "hostile"), 1000, None, False),
    ("fsyncs a mail at 20 sessions", lambda f: _of(f, "syncs", "syncs"), 1.2, None, False),
    ("mails/s while each fsync takes 10 ms longer", lambda f: _of(f, "syncs", "rate"), 150, None, True),
    ("mugai sanitize, mails/s", lambda f: _of(f, "files", "rate"), 500, None, True),
    ("who received this hash, among 1,000,000, ms", _hash, 200, None, False),
)


def bars(found):
    """[{name, figure, bar, beyond, met, met_beyond}] of those that this run measured."""
    rows = []
    for name, figure, bar, beyond, larger in BARS:
        value = figure(found)
        if value is not None:
            def holds(limit):
                return value >= limit if larger else value <= limit
            rows.append({"name": name, "figure": value, "bar": bar, "beyond": beyond, "larger_is_better": larger, "met": holds(bar),
                         "met_beyond": None if beyond is None else holds(beyond)})
    return rows
