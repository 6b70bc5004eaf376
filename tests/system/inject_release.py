# SPDX-License-Identifier: Apache-2.0
"""Part of suite inject: the release role is stopped, and fails, at every call by which it changes anything, talks or forks, itself and
the processes that it has for an order; and the store is stopped at each of its calls while somebody asks, another approves and
the role hands over.

The next hop counts mails by Message-ID. After each point what was stopped is started again and the key unlocked, as people would.
Then the request was released with one mail there; or it is unknown, with none or one, and a person who looked settles it, after
which there is one. Never two, and the audit trail verifies."""
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import smtp
from cases_request import PEOPLE
from cases_release import ALLOWED, NAME, OPTIONS, Release, prepared
from check import equal, expect
from gateway import GROUP, USERS, Gateway, children, program
from harness import Chain
from inject_point import PATIENCE, Point, as_store, walk

LANES = 2
ENDED = ("released", "unknown")
NOT_NOW = ("is tried again later", "may have been sent", "was handed over and not taken")


class Hop(smtp.Sink):
    """The next hop, which knows when nobody talks to it any more."""

    def __init__(self):
        self.talking = 0
        super().__init__()

    def _session(self, sock):
        with self.changed:
            self.talking += 1
        super()._session(sock)
        with self.changed:
            self.talking -= 1
            self.changed.notify_all()

    def quiet(self):
        """Once the process at the other end is gone, its sessions end by themselves."""
        with self.changed:
            expect(self.changed.wait_for(lambda: self.talking == 0, PATIENCE), "sessions with the next hop end")
            return list(self.mails)

    def clear(self):
        self.quiet()
        with self.changed:
            self.mails.clear()
            self.by_rcpt.clear()


class Lane:
    """Three roles without a supervisor, on a folder of their own. Between points it is put back to one of the copies."""

    def __init__(self, folder, prepared):
        self.folder, self.prepared, self.number = folder, prepared, prepared.number
        self.hop, self.gateway = Hop(), Gateway(folder)
        self.gateway.settings = {name: dict(keys) for name, keys in prepared.settings.items()}
        self.gateway.change({"": {"state_dir": f'"{folder}/state"', "run_dir": f'"{folder}/run"'},
                             "release": {key: f"inet:{self.hop.port}@127.0.0.1" for key in ("smtp", "letters")}})
        self.gateway.write()
        self.gateway.run.mkdir()
        os.chown(self.gateway.run, 0, int(GROUP))
        self.gateway.run.chmod(0o770)
        self.release = Release(self, folder)
        self.release.keys.folder = prepared.keys
        self.roles, self.said, self.heard, self.point = {}, "", 0, Point(folder)
        self.start("sanitize")

    # What cases_release.Release asks of a chain.
    @property
    def sink(self):
        return self.hop

    def start(self, role, action=None):
        """True when it serves; False where it ended before. action: (number, action) of a point."""
        listening = self.gateway.run / f"{role}.sock"
        listening.unlink(missing_ok=True)
        more = self.point.environment(f"mugai-{role}", *action) if action else {}
        with open(self.gateway.log, "ab") as log:
            self.roles[role] = subprocess.Popen([program(f"mugai-{role}"), "--config", self.gateway.conf], stderr=log, user=int(USERS[role]),
                                                group=int(GROUP), extra_groups=[], env={**os.environ, **more})
        def serves():
            with contextlib.suppress(FileNotFoundError):
                # It gets its mode once it listens.
                return not self.runs(role) or listening.stat().st_mode & 0o777 == 0o660
        expect(self.wait(serves), f"{role} serves or ends")
        return self.runs(role)

    def runs(self, role):
        return role in self.roles and self.roles[role].poll() is None

    def end(self, role, number=signal.SIGTERM):
        if role not in self.roles:
            return
        process = self.roles.pop(role)
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def close(self):
        for role in list(self.roles):
            self.end(role, signal.SIGKILL)
        self.hop.close()

    def reset(self, copy):
        for role in ("release", "store"):
            self.end(role, signal.SIGKILL)
        self.hop.clear()
        self.gateway.log.write_bytes(b"")
        self.heard = 0
        shutil.rmtree(self.gateway.state, ignore_errors=True)
        shutil.copytree(self.prepared.copies[copy], self.gateway.state)
        for path in (self.gateway.state, *self.gateway.state.rglob("*")):
            os.chown(path, int(USERS["store"]), int(GROUP))

    def look(self, text, *arguments, mode="ro"):
        """The first column of the rows that a statement on the index gives, whether a store has it open, comes or is gone."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with as_store(), contextlib.closing(sqlite3.connect(f"file:{self.gateway.state}/index.db?mode={mode}", uri=True, timeout=PATIENCE,
                                                                    isolation_level=None)) as db:
                    return [row[0] for row in db.execute(text, arguments)]
            except sqlite3.OperationalError:
                # Not busy, but in between: who opens it first, or closes it last, makes or removes files beside it.
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.01)

    def state(self):
        """None where there is no request."""
        return next(iter(self.look("SELECT state FROM request WHERE number = ?", self.number)), None)

    def try_now(self):
        """As if the time had passed after which a request that came back is tried again."""
        self.look("UPDATE request SET try_after = 0 WHERE try_after > 0", mode="rw")

    def unlock(self):
        """False where the role or the store is not there for it."""
        done = self.release.keys.unlock("organization", None, "--minutes", 30, user=PEOPLE["officer"][0], group=int(GROUP), extra_groups=[])
        self.said = done.stderr.decode()
        return done.returncode == 0

    def wait(self, condition):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.005)
        return False

    def gave_up(self):
        """Whether the role that runs waits for longer than anybody here would."""
        return any(word in self.gateway.log_text()[self.heard:] for word in NOT_NOW)

    def renew(self):
        """A role that knows nothing, with the key."""
        self.end("release", signal.SIGKILL)
        self.heard = len(self.gateway.log_text())
        expect(self.start("release"), "the release role starts")
        expect(self.wait(self.unlock), f"the key can be unlocked ({self.said}{self.gateway.log_text()})")

    def mails(self):
        words = f"<request.1.{self.number}@mugai.invalid>".encode()
        return [mail for mail in self.hop.quiet() if words in mail.data]

    def bring(self, where, *states):
        """Nothing is disturbed any more: waits until the request is in one of these states. What the last role may still have said reaches
        the store after that role is gone, too, so that nothing is done just once about a request that came back."""
        if not self.wait(lambda: self.state() in states or self.gave_up()) or self.state() not in states:
            self.renew()
        there = self.wait(lambda: self.state() in states or self.try_now())
        expect(there, f"{where}: what became of it\n{self.gateway.log_text()[-2000:]}", states, self.state())

    def settle(self, where):
        """Waits until it is known what became of the request, and lets a person decide what is not."""
        self.bring(where, *ENDED)
        unknown, count = self.state() == "unknown", len(self.mails())
        if unknown:
            expect(count <= 1, f"{where}: mails of a request that is unknown", "0 or 1", count)
            self.release.run("akira", "request", "settle", self.number, "sent" if count else "again", "--reason", "looked")
            if count == 0:
                expect(self.wait(self.unlock), f"{where}: the key can be unlocked ({self.said})")
            self.bring(f"{where}, settled", "released")
        self.check(where)
        return f"unknown, {'sent' if count else 'not sent'}" if unknown else "released"

    def check(self, where):
        mails = self.mails()
        equal(len(mails), 1, f"{where}: mails at the next hop")
        expect(NAME.encode() not in mails[0].data and mails[0].rcpts == [f"taro@{ALLOWED}"], f"{where}: to whom it went")
        acts = [json.loads(entry)["act"] for entry in self.look("SELECT entry FROM audit ORDER BY number")]
        equal(acts.count("request-made"), 1, f"{where}: the trail says once that it was made")
        equal(acts.count("request-approved"), 1, f"{where}: and approved")
        verified = self.gateway.mugai("audit", "verify")
        equal(verified.returncode, 0, f"{where}: the audit trail verifies ({verified.stdout}{verified.stderr})")


class Prepared:
    """A gateway with a sealed mail, people and a locked key; its folder before anybody asked, and with a request that is approved."""

    def __init__(self, folder):
        self.copies = {}
        with Chain(folder / "prepare", **OPTIONS) as chain:
            release = Release(chain, folder)
            release.keys.folder.parent.mkdir(parents=True, exist_ok=True)
            prepared(release)
            self.receipt, self.keys = release.receipt, release.keys.folder
            self.keep(chain.gateway, folder, "before")
            self.number = release.approved(release.receipt, "--part", "2")
            self.keep(chain.gateway, folder, "approved")
            self.settings = chain.gateway.settings

    def keep(self, gateway, folder, name):
        gateway.stop()
        self.copies[name] = folder / name
        shutil.copytree(gateway.state, folder / name)
        gateway.start()


def told(lane):
    """Whether the requester was told that the request is approved; or the role is gone, or nobody is about it after the fault."""
    return (not lane.runs("release") or "letter" in lane.gateway.log_text() or lane.look("SELECT sent > 0 FROM letter") == [1]
            or (lane.point.where and not children(lane.roles["release"].pid)))


def is_done(lane):
    """It is known what became of it; or the role is gone, or waits for longer than anybody here would."""
    return not lane.runs("release") or lane.state() in ENDED or lane.gave_up()


def role_stops(lane, number, action):
    """The call at which it was, "" where it did not come to that; and how the request ended."""
    lane.reset("approved")
    expect(lane.start("store"), "the store starts")
    lane.start("release", (number, f"{action}:all"))
    # First the letter, then the key and with it the order: always the same calls.
    expect(lane.wait(lambda: told(lane)), f"{action} at call {number} of the role ({lane.point.where}): the letter is sent, or not")
    if lane.unlock() or (lane.runs("release") and lane.unlock()):
        expect(lane.wait(lambda: is_done(lane)), f"{action} at call {number} of the role ({lane.point.where}): it ends", ENDED, lane.state())
    lane.end("release")
    reached = lane.point.where
    lane.renew()
    return reached, lane.settle(f"{action} at call {number} of the role ({reached})")


def act(lane, who, *arguments):
    """FALSE where the store did not say that it is done."""
    done = subprocess.run([program("mugai"), "request", *map(str, arguments), "--config", lane.gateway.conf], user=PEOPLE[who][0],
                          group=int(GROUP), extra_groups=[], capture_output=True, timeout=60)
    lane.said = done.stderr.decode()
    return done.returncode == 0


def asked(lane):
    return lane.state() is not None or act(lane, "taro", lane.prepared.receipt, "--part", "2", "--to", f"taro@{ALLOWED}", "--reason", "x")


def approved(lane):
    return lane.state() != "waiting" or act(lane, "anna", "approve", lane.number)


def ended(lane):
    """FALSE where the store dies before it is known what became of the request."""
    expect(lane.wait(lambda: not lane.runs("store") or lane.state() in ENDED or lane.gave_up()), "the store dies, or the request ends", ENDED, lane.state())
    return lane.runs("store")


def store_stops(lane, number, action):
    """The same of the store. Whoever heard nothing starts it again, and looks what is there before he goes on."""
    lane.reset("before")
    lane.start("store", (number, action))
    lane.start("release")
    for step in (asked, approved, Lane.unlock, ended):
        while not step(lane):
            expect(lane.wait(lambda: not lane.runs("store")), f"{action} at call {number} of the store: only a store that is gone does not answer ({lane.said})")
            expect(lane.start("store"), "the store starts again")
    # Its way to the end has calls, too; what the role had to say and could not it says to the next one.
    lane.end("store")
    reached = lane.point.where
    expect(lane.start("store"), "the store starts again")
    return reached, lane.settle(f"{action} at call {number} of the store ({reached})")


def everywhere(suite, lanes, name, stop, action, least):
    ends = []

    def run_in(lane):
        def run_one(number):
            reached, end = stop(lane, number, action)
            if reached:
                ends.append(end)
            return reached
        return run_one
    walk(suite, f"{name} at every call: {action}", [run_in(lane) for lane in lanes], least,
         lambda: "; the request was " + ", ".join(f"{ends.count(end)} {end}" for end in sorted(set(ends))))


def run(suite, folder):
    folder = folder / "release"
    folder.mkdir()
    folder.chmod(0o755)
    lanes = []
    with contextlib.ExitStack() as stack:
        with suite.case("a release, undisturbed") as case:
            made = Prepared(folder)
            for number in range(LANES):
                lanes.append(Lane(folder / f"lane{number}", made))
                stack.callback(lanes[-1].close)
            began = time.monotonic()
            equal(role_stops(lanes[0], 0, "kill"), ("", "released"), "no point is reached")
            case["figure"] = f"{lanes[0].point.calls} calls of the role, {time.monotonic() - began:.1f} s"
        if len(lanes) < LANES:
            return
        for name, stop, action, least in (("the release role", role_stops, "kill", 60), ("the release role", role_stops, "break", 60),
                                          ("the store while mail is released", store_stops, "kill", 60)):
            everywhere(suite, lanes, name, stop, action, least)


