# SPDX-License-Identifier: Apache-2.0
"""Archive bombs (C7): each ends within the limits, its mail's text arrives, and so does the mail of others meanwhile."""
import concurrent.futures
import json
import subprocess
import sys

import bombs
import delivered
import seeds
import smtp
from check import equal, expect
from gateway import program

OPTIONS = {}
MEMORY, MAIL_SIZE = 512 << 20, 26_214_400  # sandbox.memory and limits.mail_size, as they are by default
# Runs a command and prints the most memory that one of its processes had: the command, its sanitizer or a worker. A process of its own does it,
# since a child is begun with what its parent has.
MEASURED = ("import resource, subprocess, sys\nended = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\nsys.exit(ended)")
SENDERS = 6  # at once; each has one bomb and one ordinary mail after the other

# Bomb -> what its part is at least, and the limit of which the report has both numbers; None where no limit but the reader itself ends it.
EXPECTED = {
    "recursive": ({"archive-nested", "archive-cut"}, "archive_depth"),
    "shared": ({"archive-overlap"}, None),
    "quoted": ({"archive-overlap", "archive-cut"}, "archive_ratio"),
    "nothing-zip": ({"archive-cut"}, "archive_ratio"),
    "nothing-zip-zip": ({"archive-cut"}, "archive_bytes"),
    "nothing-tar-gz": ({"archive-cut"}, "archive_bytes"),
    "nothing-tar-xz": ({"archive-cut"}, "archive_bytes"),
    "nothing-tar-bz2": ({"archive-cut"}, "archive_ratio"),
    "million-fit": ({"archive-cut"}, "archive_members"),
    "million-packed": ({"archive-nested", "archive-cut"}, "archive_members"),
    "empty-files": ({"archive-cut"}, "archive_members"),
    "gzip-gzip": ({"archive-cut"}, "archive_ratio"),
    "gzip-many": ({"archive-nested", "archive-cut"}, "archive_depth"),
    "gzip-no-octets": ({"archive-cut"}, "archive_bytes"),
    "listing-7z": ({"archive-cut"}, "archive_milliseconds"),
    "empty-xzs": ({"archive-cut"}, None),
    "dictionary": ({"archive-cut"}, None),
    "dictionary-content": ({"archive-cut"}, None),
}


def cases(chain, folder):
    folder = folder / "bombs"
    folder.mkdir(parents=True, exist_ok=True)
    return [("bombs: each has an expectation, and a mail has room for it", lambda: made(folder)),
            *((f"bombs: C7 {name} ends within the limits", lambda name=name: sanitized(chain, folder, name)) for name in EXPECTED),
            ("bombs: C7 all of them through Postfix at once, with ordinary mail between them", lambda: together(chain, folder))]


def mail_of(folder, name):
    path = folder / f"{name}.eml"
    if not path.exists():
        path.write_bytes(smtp.wire(bombs.mail(name)))
    return path


def made(folder):
    equal(sorted(EXPECTED), sorted(bombs.BOMBS), "bombs")
    for name in EXPECTED:
        size = mail_of(folder, name).stat().st_size
        expect(size <= MAIL_SIZE, f"size of {name}", MAIL_SIZE, size)
    return f"{bombs.entries_that_fit(MAIL_SIZE)} entries of a ZIP directory fit into a mail as they are, a million when packed"


def judged(report, name):
    """Whether a report has what was expected of this bomb."""
    flags, limit = EXPECTED[name]
    file_name = bombs.BOMBS[name][0]
    equal(report["outcome"], "converted", f"outcome: {report['reason']}")
    parts = {part["name"]: part for part in report["parts"] if part.get("name")}
    equal(sorted(parts), sorted([file_name, "neighbour.zip"]), "parts with names")
    seen = set(parts[file_name]["flags"])
    expect(flags <= seen, "flags of the bomb", sorted(flags), sorted(seen))
    reached = {row["limit"]: row for row in report["reached"]}
    for row in reached.values():
        expect(row["value"] > row["bound"] > 0, "both numbers of what was reached", "value > bound", row)
    expect(limit is None or limit in reached, "the limit that ended it", limit, report["reached"])
    return ", ".join(f"{row['limit']} {row['value']} of {row['bound']}" for row in reached.values()) or ", ".join(sorted(seen))


def sanitized(chain, folder, name):
    """By the confined worker of `mugai sanitize`: one that is over its deadline or its memory would leave a notice, and exit status 65."""
    out = folder / "out"
    command = [program("mugai"), "sanitize", "--config", chain.gateway.conf, "--force", "--output-dir", out, mail_of(folder, name)]
    done = subprocess.run([sys.executable, "-c", MEASURED, *map(str, command)], capture_output=True, timeout=300)
    equal(done.returncode, 0, f"exit status: {done.stderr.decode()}")
    peak = int(done.stdout) * 1024
    expect(peak <= MEMORY, "peak of resident memory", MEMORY, peak)
    figure = judged(json.loads((out / f"{name}.json").read_text()), name)
    expect(f"bomb-{name} " in delivered.body_text((out / f"{name}.eml").read_bytes()), "the text", f"bomb-{name}")
    return f"{figure}; {peak >> 20} MB"


def workers(chain):
    figures = chain.gateway.records("status")[0]["sanitize"]
    return {name: figures[name] for name in ("workers_late", "workers_left", "workers_died")}


def together(chain, folder):
    before = workers(chain)

    def pair(name):
        bomb = chain.send_until_taken(mail_of(folder, name).read_bytes(), chain.address("bomb"), seconds=300)
        plain = chain.send_until_taken(smtp.wire(seeds.plain(f"隣のメール {name}")), chain.address("plain"), seconds=300)
        return name, bomb, plain
    with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
        sent = list(pool.map(pair, EXPECTED))
    for name, bomb, plain in sent:
        equal((bomb[0].code, plain[0].code), (250, 250), f"replies to {name} and its neighbour: {bomb[0]}, {plain[0]}")
        mails = [chain.arrivals(rcpt, seconds=60)[0].data for _, rcpt in (bomb, plain)]
        equal([delivered.faults(mail) for mail in mails], [[], []], f"what is wrong with {name} and its neighbour as delivered")
        expect(f"bomb-{name} " in delivered.body_text(mails[0]), f"the text of {name}", f"bomb-{name}", delivered.body_text(mails[0])[:300])
        expect("予約の件" in delivered.body_text(mails[1]), f"the text of the mail beside {name}")
        judged(chain.gateway.records("show", chain.gateway.trace("--to", bomb[1])[0]["receipt"])[0], name)
        equal(chain.gateway.trace("--to", plain[1])[0]["outcome"], "converted", f"the mail beside {name}")
    equal(workers(chain), before, "workers that died, were late or left")
    return f"{len(sent)} bombs, {len(sent)} ordinary mails"
