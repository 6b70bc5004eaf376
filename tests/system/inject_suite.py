#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite inject: the store is stopped instead of its N-th call that changes a file, a folder or a socket, for N = 1, 2, ... until
a run has no such call any more: every point, not a sample. And once more each of these calls fails: EIO, and ENOSPC from there on.

A run starts the store on an empty folder, puts mails as a milter does, and lets the store end. After each, a store that is left in
peace gets those mails again that were not said to be kept, as their senders would send them again. Then every mail is there once,
as it came in, no file is left over, and the audit trail verifies. The same while mail expires: what is due is gone in the end, and
named once in the trail, and what is not is as it was."""
import contextlib
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from gateway import BUILD, GROUP, USERS, json_values, program
from harness import need_root, workspace

import inject_release
from check import Suite, equal, expect
from inject_point import PATIENCE, Point, as_store, walk

MAILS = [1, 2, 3]
TOGETHER = 2                # putters at once, so that a batch has several mails


class Store:
    """The role by itself, under its own user, with the configuration of the gateway."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        self.state, self.run, self.conf = folder / "state", folder / "run", folder / "mugai.conf"
        self.log, self.began = folder / "store.log", 0
        for path in (self.state, self.run):
            path.mkdir(mode=0o750)
            os.chown(path, int(USERS["store"]), int(GROUP))
        users = "".join(f'        {role} = "{user}"\n' for role, user in USERS.items())
        self.conf.write_text(f'state_dir = "{self.state}"\nrun_dir = "{self.run}"\nuser {{\n{users}        group = "{GROUP}"\n}}\n'
                             "store {\n        reserve = 0 B\n}\n")

    def wipe(self):
        for path in self.state.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def start(self, environment=None):
        """True when it serves; False where it ended before."""
        (self.run / "store.sock").unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self.began = log.tell()
            self.process = subprocess.Popen([program("mugai-store"), "--config", self.conf], stderr=log, user=int(USERS["store"]),
                                            group=int(GROUP), extra_groups=[], env={**os.environ, **(environment or {})})
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                # It gets its mode once it listens.
                if (self.run / "store.sock").stat().st_mode & 0o777 == 0o660:
                    return True
            time.sleep(0.005)
        expect(self.process.poll() is not None, "the store serves or ends", "within a minute", self.said())
        return False

    def said(self):
        """What it logged since it was started."""
        return self.log.read_bytes()[self.began:].decode(errors="replace")

    def end(self):
        """SIGTERM; how it ended. A fault is no reason not to."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def put(self, numbers):
        """{number: receipt} of those that were said to be kept."""
        command = [str(BUILD / "tests" / "helpers" / "put-mails"), str(self.run / "store.sock"), "a@example.org", "b@city.example.jp"]
        shares = [numbers[n::TOGETHER] for n in range(TOGETHER)]
        putters = [subprocess.Popen(command + [str(n) for n in share], stdout=subprocess.PIPE, text=True, user=int(USERS["milter"]),
                                    group=int(GROUP), extra_groups=[]) for share in shares if share]
        lines = [line.split() for putter in putters for line in putter.communicate(timeout=2 * PATIENCE)[0].splitlines()]
        return {int(words[0]): words[1] for words in lines if words[1] != "-"}

    def mugai(self, *arguments, binary=False):
        return subprocess.run([program("mugai"), *arguments, "--config", self.conf], capture_output=True, text=not binary, timeout=60)

    def files(self):
        """Objects with content, by receipt."""
        return sorted(path.name.split(".")[0] for path in (self.state / "objects").glob("*/*") if path.stat().st_size > 0)


def content_of(number, cache={}):
    """The octets of a mail: what a store that was never disturbed gives out."""
    return cache[number]


def check(store, kept, where):
    """kept: what clients were told. The store runs undisturbed."""
    late = store.put([n for n in MAILS if n not in kept])
    for number, receipt in kept.items():
        again = store.put([number])
        equal(again, {number: receipt}, f"{where}: a mail that was kept and comes again has the receipt it had")
    everything = {**kept, **late}
    equal(sorted(everything), MAILS, f"{where}: what was not kept is taken when it comes again")
    equal(len(set(everything.values())), len(MAILS), f"{where}: no receipt was given twice")
    rows = json_values(store.mugai("list", "--json").stdout)
    equal(sorted(row["receipt"] for row in rows), sorted(everything.values()), f"{where}: each mail has one row")
    for number, receipt in everything.items():
        got = store.mugai("get", receipt, binary=True)
        equal(got.stdout, content_of(number), f"{where}: the original of mail {number} ({got.stderr.decode().strip()})")
    equal(store.files(), sorted(everything.values()), f"{where}: no object is left over")
    verified = store.mugai("audit", "verify")
    equal(verified.returncode, 0, f"{where}: the audit trail verifies ({verified.stdout}{verified.stderr})")


def one(store, point, number, action):
    """One run with the fault at this point; then the checks. False where the point was not reached."""
    store.wipe()
    serves = store.start(point.environment("mugai-store", number, action))
    kept = store.put(MAILS) if serves else {}
    store.end()
    reached, calls = point.where, point.calls
    expect(store.start(), f"{action} at {number} ({reached}): the store starts again")
    try:
        check(store, kept, f"{action} at call {number} ({reached})")
    finally:
        store.end()
    return reached, calls


def learn(store, point):
    """Without a fault: what mails look like, and how many calls there are."""
    store.start(point.environment("mugai-store", 0, "kill"))
    kept = store.put(MAILS)
    for number, receipt in kept.items():
        content_of.__defaults__[0][number] = store.mugai("get", receipt, binary=True).stdout
    equal(store.end(), 0, "the store ends well")
    equal(sorted(kept), MAILS, "an undisturbed store takes all")
    return point.calls


# As after an hour, when a store is started.
LOOK_AGAIN = "UPDATE retention SET last_run = unixepoch() - 3600, not_before = 0"


@contextlib.contextmanager
def open_index(store):
    """While no store runs. Nothing is left to a log: what is done is in the database alone."""
    with as_store(), contextlib.closing(sqlite3.connect(store.state / "index.db", isolation_level=None)) as database:
        yield database
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def make_aged(store):
    """A folder with three mails, two of which are due when a store looks: ({number: receipt}, the copy of it)."""
    store.wipe()
    store.start()
    kept = store.put(MAILS)
    store.end()
    with open_index(store) as database:
        for number in MAILS[:2]:
            receipt = kept[number]
            database.execute("UPDATE mail_organization SET time = time - 40 * 86400 WHERE mail = (SELECT id FROM mail WHERE receipt = ?)", (receipt,))
            database.execute("UPDATE mail SET time = time - 40 * 86400 WHERE receipt = ?", (receipt,))
        database.execute(LOOK_AGAIN)
    copy = store.folder / "aged"
    shutil.copytree(store.state, copy)
    return kept, copy


def take(store, copy):
    store.wipe()
    shutil.copytree(copy, store.state, dirs_exist_ok=True)
    for path in (store.state, *store.state.rglob("*")):
        os.chown(path, int(USERS["store"]), int(GROUP))


def objects(store):
    """As files(), while some of them go."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            return store.files()


def was_emptied(log):
    """Whether SQLite's log is empty, or was and has begun anew since: its head counts that (file format, section 4.1)."""
    with contextlib.suppress(FileNotFoundError), open(log, "rb") as file:
        head = file.read(32)
        return not head or int.from_bytes(head[12:16], "big") > 0
    return False


def is_over(store):
    """The store is gone, or has done with what was due: it says what it could not, or has emptied SQLite's log after the last row."""
    said = store.said()
    if store.process.poll() is not None or "may still stand in the log" in said or "retention: index" in said:
        return True
    return "mails were erased" in said and was_emptied(store.state / "index.db-wal")


def wait_until(store, condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(0.005)
    expect(holds, what, None, store.said()[-2000:])


def check_erased(store, kept, where):
    """A store that is left in peace has erased what was due, once, and nothing else."""
    stays = kept[MAILS[2]]
    rows = json_values(store.mugai("list", "--json").stdout)
    equal([row["receipt"] for row in rows], [stays], f"{where}: rows")
    equal(store.files(), [stays], f"{where}: objects")
    equal(store.mugai("get", stays, binary=True).stdout, content_of(MAILS[2]), f"{where}: the original that stays")
    entries = json_values(store.mugai("audit", "list", "--act", "expired", "--json").stdout)
    named = [receipt for entry in entries for receipt in entry.get("receipts", "").split("+")]
    equal(sorted(named), sorted(kept[number] for number in MAILS[:2]), f"{where}: the trail names each that was erased once")
    equal(store.mugai("audit", "verify").returncode, 0, f"{where}: the audit trail verifies")


def erase_once(store, point, aged, number, action):
    kept, copy = aged
    take(store, copy)
    if store.start(point.environment("mugai-store", number, action)):
        wait_until(store, lambda: is_over(store), f"{action} at call {number}: the store ends, or has done with what was due")
    store.end()
    reached, where = point.where, f"{action} at call {number} ({point.where})"
    with open_index(store) as database:
        database.execute(LOOK_AGAIN)
    expect(store.start(), f"{where}: the store starts again")
    try:
        wait_until(store, lambda: len(objects(store)) == 1, f"{where}: what is due goes")
        check_erased(store, kept, where)
    finally:
        store.end()
    return reached, point.calls


def everywhere(suite, store, point, action):
    walk(suite, f"the store at every call: {action}", [lambda number: one(store, point, number, action)[0]], 60)


def main():
    need_root()
    suite = Suite("inject")
    with workspace("inject") as (folder, _stack):
        store, point = Store(pathlib.Path(folder)), Point(pathlib.Path(folder))
        aged = None
        with suite.case("undisturbed") as case:
            case["figure"] = f"{learn(store, point)} calls"
            aged = make_aged(store)
        for action in ("kill", "EIO", "ENOSPC+", "EROFS+") if aged else ():
            everywhere(suite, store, point, action)
        for action in ("kill", "EIO") if aged else ():
            walk(suite, f"mail that expires, at every call: {action}", [lambda number, action=action: erase_once(store, point, aged, number, action)[0]], 30)
        inject_release.run(suite, pathlib.Path(folder))
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
