# SPDX-License-Identifier: Apache-2.0
"""A point at which a program is stopped, or a call of it fails (tests/helpers/inject.c), and the walk over all of them."""
import contextlib
import ctypes
import mmap
import os
import threading

from gateway import BUILD, USERS

from check import expect

QUICK = bool(os.environ.get("MUGAI_QUICK"))
EVERY = 7 if QUICK else 1   # --quick looks at every seventh point, and says so
SHARED_OCTETS = 8192
MISSED = 3                  # points in a row that were not reached: the end
PATIENCE = 60               # seconds after which what does not come is a fault; nothing waits so long that goes well

libc = ctypes.CDLL(None)


@contextlib.contextmanager
def as_store():
    """What this thread makes meanwhile is the store's: SQLite's files beside the index, which are made by who opens it first. As root's,
    be it for the moment until SQLite has given them away, a store that starts just then could not open them."""
    libc.setfsuid(int(USERS["store"]))
    try:
        yield
    finally:
        libc.setfsuid(0)


class Point:
    """The counter that tests/helpers/inject.c shares with us."""

    def __init__(self, folder):
        self.path = folder / "inject"
        self.path.write_bytes(bytes(SHARED_OCTETS))
        self.path.chmod(0o666)
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), SHARED_OCTETS)

    def environment(self, name, number, action):
        """action: as in inject.c, ":all" included."""
        self.map[:] = bytes(SHARED_OCTETS)
        return {"LD_PRELOAD": str(BUILD / "tests" / "helpers" / "inject.so"), "MUGAI_INJECT": f"{name}:{number}:{action}",
                "MUGAI_INJECT_FILE": str(self.path)}

    @property
    def calls(self):
        return int.from_bytes(self.map[:4], "little")

    @property
    def where(self):
        return self.map[4:68].split(b"\0")[0].decode()


class Walk:
    """Points one after the other, for several lanes at once. run(number) gives the name of the call, or "" where it was not reached."""

    def __init__(self):
        self.lock, self.next, self.reached, self.fault = threading.Lock(), EVERY, {}, None

    def ended(self):
        """Threads do not always take the same way: the end is reached when several points in a row were not."""
        last = sorted(self.reached)[-MISSED:]
        return self.fault or (len(last) == MISSED and not any(self.reached[number] for number in last))

    def take(self):
        with self.lock:
            if self.ended():
                return None
            self.next += EVERY
            return self.next - EVERY

    def lane(self, run):
        while (number := self.take()) is not None:
            try:
                reached = run(number)
                with self.lock:
                    self.reached[number] = reached
            except Exception as fault:
                self.fault = self.fault or fault


def walk(suite, name, runs, least, more=str):
    """runs: a function for each lane. least: points that there are at least. The figure says how many there were, by call, and what more() says."""
    with suite.case(name) as case:
        walked = Walk()
        lanes = [threading.Thread(target=walked.lane, args=(run,)) for run in runs]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        if walked.fault:
            raise walked.fault
        calls = [call for call in walked.reached.values() if call]
        expect(len(calls) * EVERY > least, f"there are more than {least} points", f"> {least}", len(calls))
        said = ", ".join(f"{calls.count(call)} {call}" for call in sorted(set(calls)))
        case["figure"] = f"{len(calls)} points{' (every seventh)' if QUICK else ''}: {said}{more()}"
