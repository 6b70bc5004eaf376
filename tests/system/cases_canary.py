# SPDX-License-Identifier: Apache-2.0
"""Canaries through a real Postfix: each part of the path that stops raises its alarm within its interval, and ends it when it is back."""
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

import smtp
from cases_setup import Etc, undone
from check import Skip, equal, expect, wait_for
from gateway import kill, program
from harness import Chain
from postfix import die_with_parent, free_port
from services import Services

# The chain is started by cases(), which knows its ports.
OPTIONS = {"start": False}
EVERY = 5  # seconds
DOMAIN = "canary.mugai.invalid"
FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def cases(chain, folder):
    path = Path(chain, folder)
    return [(f"canary: {name}", function) for name, function in (
        ("all well: figures, mugai status and mugai selftest say so; the store has both originals", lambda: all_well(path)),
        ("a worker's parent is stopped: alarm entrance, and its end", lambda: role_stops(path, "sanitize")),
        ("the store is stopped: alarm entrance, and its end", lambda: role_stops(path, "store")),
        ("the milter is stopped: alarm entrance, and its end", lambda: role_stops(path, "milter")),
        ("the next hop is stopped: alarm next-hop, and its end", lambda: next_hop(path)),
        ("Postfix has no transport for canaries: alarm silent, and its end", lambda: silence(path)),
        ("a way around the milter: alarm unsafe, and its end", lambda: way_around(path)),
        ("another text than it should be: alarm different, and its end", lambda: other_text(path)),
        ("the clock is set: alarm clock, and its end", lambda: clock(path)),
        ("the command gets the facts of each alarm, once at its begin and once at its end", lambda: command(path)),
        ("a command that hangs is killed, and holds up nothing", lambda: hanging(path)),
        ("selftest names the step that failed; without canaries it says what to configure", lambda: selftest(path)),
        ("each charset and language of the output is as expected", lambda: outputs(path)),
        ("mugai setup postfix writes their way out, once, and takes it back", lambda: way_out(folder)),
        ("by the unit of systemd and its socket: a round", lambda: by_unit(folder)),
        ("an organization of their own keeps canaries for a day", lambda: retention(path)),
    )]


class Path:
    def __init__(self, chain, folder):
        self.chain, self.folder, self.gateway = chain, folder, chain.gateway
        self.exit, self.figures, self.hop = free_port(), free_port(), smtp.Sink()
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        self.said, self.script = folder / "said", folder / "command"
        self.said.touch()
        self.said.chmod(0o666)
        self.write_command('echo "$1 $2 $MUGAI_ALARM_SINCE $MUGAI_ALARM_DETAIL" >>' + str(self.said))
        self.gateway.change({"organization canary": {"domains": DOMAIN, "retention": "1 d"}, "monitor": {
            "enabled": "yes", "listen": f"inet:{self.figures}@127.0.0.1", "canary_every": f"{EVERY} s",
            "canary_entrance": f"inet:{chain.port}@127.0.0.1", "canary_listen": f"inet:{self.exit}@127.0.0.1",
            "canary_next_hop": f"inet:{self.hop.port}@127.0.0.1", "canary_next_hop_recipient": "postmaster@city.example.jp",
            "alarm_command": str(self.script)}})
        self.transport(True)
        chain.start()

    def write_command(self, line):
        self.script.write_text(f"#!/bin/sh\n{line}\n")
        self.script.chmod(0o755)

    def transport(self, there):
        """The line that packaging/postfix/README.md says, with this test's port."""
        way = f"smtp:[127.0.0.1]:{self.exit}" if there else "discard:"
        self.chain.postfix.main["transport_maps"] = f"inline:{{ {DOMAIN}={way} }}"

    def reload(self, **settings):
        self.gateway.change({"monitor": settings})
        self.gateway.write()
        self.gateway.reload()

    def status(self):
        """Figures of the role; empty where it could not be asked in time."""
        done = self.gateway.mugai("status", "--json")
        return json.loads(done.stdout).get("monitor", {}) if done.returncode == 0 else {}

    def standing(self):
        return {name.removeprefix("alarm_") for name, value in self.status().items() if name.startswith("alarm_") and value}

    def asked(self):
        """What a round at once comes to."""
        done = self.gateway.mugai("selftest", "--json", "--timeout", "30", timeout=120)
        return json.loads(done.stdout) if done.returncode in (0, 70) else {"well": False, "steps": [done.stderr.decode()]}

    def well(self):
        """A round after now in which all is well, and no alarm."""
        expect(wait_for(lambda: self.asked()["well"] and not self.standing(), 120), "all is well", "no alarm",
               f"{self.asked()} {self.alarms()[-3:]}")

    def alarms(self, begin=""):
        """What the log says of alarms, as "next-hop begins: ..."; not what became of the command."""
        said = [line.partition(": alarm ")[2] for line in self.gateway.log_lines("mugai-monitor", ": alarm ")]
        return [line for line in said if line.startswith(begin) and not line.startswith("command ")]

    def alarm(self, name, stop, start):
        """Stops something: the alarm comes within its interval, and ends once it goes on. Returns what the log said."""
        self.well()
        lines = len(self.alarms())
        stop()
        # A round that was over before counts none; the one that runs may just have had its answers; the next one has not.
        rounds = self.rounds()
        try:
            expect(wait_for(lambda: self.alarms(f"{name} begins")[-1:] and len(self.alarms()) > lines, 90), f"alarm {name}", f"{name} begins",
                   self.alarms()[lines:])
            took = self.rounds() - rounds
            expect(took <= 2, "rounds until the alarm", 2, took)
        finally:
            start()
        self.well()
        expect(wait_for(lambda: len(self.alarms(f"{name} ends")) == len(self.alarms(f"{name} begins")), 120), f"the end of alarm {name}",
               f"{name} ends", self.alarms()[lines:])
        return self.alarms(f"{name} begins")[-1]

    def rounds(self):
        """By HTTP, from the role itself: no other part has to be well for it."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.figures}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        return int(re.search(r"^mugai_canary_rounds_total (\d+)$", text, re.M).group(1))


def all_well(path):
    path.well()
    done = path.gateway.mugai("selftest", "--json", timeout=120)
    equal(done.returncode, 0, f"exit status of selftest ({done.stdout.decode()} {done.stderr.decode()})")
    said = json.loads(done.stdout)
    equal((said["well"], {s["step"]: s["result"] for s in said["steps"] if s["result"] != "ok"}), (True, {}), "steps that are not ok")
    equal(len(said["steps"]), 10, "steps")
    text = path.gateway.mugai("selftest", timeout=120).stdout.decode()
    expect(text.count("\n") == 10 and text.startswith("ok "), "a line each", 10, text)
    rows = [row for row in path.gateway.records("list") if DOMAIN in json.dumps(row)]
    expect(len(rows) >= 4, "originals of canaries", 4, len(rows))
    with urllib.request.urlopen(f"http://127.0.0.1:{path.figures}/metrics", timeout=30) as answer:
        figures = answer.read().decode()
    took = re.search(r"^mugai_canary_well_seconds (\d+(?:\.\d+)?)$", figures, re.M)
    expect('mugai_alarm{alarm="unsafe"} 0' in figures and took and 0 < float(took.group(1)) < 30, "figures", None, figures[-1500:])
    equal(path.chain.sink.mails, [], "canaries at the next hop")
    expect(path.hop.mails == [], "mail at the server that is asked", [], path.hop.mails)
    return f"{took.group(1)} s a round"


def role_stops(path, role):
    pid = path.gateway.pids()[role]
    return path.alarm("entrance", lambda: os.kill(pid, signal.SIGSTOP), lambda: kill(pid, signal.SIGCONT))


def next_hop(path):
    port = path.hop.port

    def start():
        path.hop = smtp.Sink(port=port)

    said = path.alarm("next-hop", path.hop.close, start)
    expect(f"inet:{port}@127.0.0.1: no connection" in said, "the log names the server", port, said)
    return said


def postfix_reload(path):
    (path.chain.postfix.etc / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in path.chain.postfix.main.items()))
    path.chain.postfix.master.send_signal(signal.SIGHUP)


def silence(path):
    def change(there):
        path.transport(there)
        postfix_reload(path)

    return path.alarm("silent", lambda: change(False), lambda: change(True))


def way_around(path):
    said = path.alarm("unsafe", lambda: path.reload(canary_entrance=f"inet:{path.chain.port_out}@127.0.0.1"),
                      lambda: path.reload(canary_entrance=f"inet:{path.chain.port}@127.0.0.1"))
    expect("mugai check --postfix" in said, "the log says what to do", None, said)
    return said


def other_text(path):
    """A notice in the place of the text, as when a worker cannot do its work."""
    def change(limit):
        path.gateway.change({"limits": {"parts": limit}})
        path.reload()

    return path.alarm("different", lambda: change("1"), lambda: change("200"))


def clock(path):
    """A role of its own, whose clock a library moves: nothing else on this machine sees that."""
    if not FAKETIME.exists():
        raise Skip("libfaketime is not installed")
    home, moved = path.folder / "clock", path.folder / "clock-moved"
    home.mkdir()
    conf = path.folder / "clock.conf"
    conf.write_text(f'run_dir = "{home}"\nmonitor {{\n enabled = yes\n listen = inet:{free_port()}@127.0.0.1\n canary_every = 1 s\n'
                    f' canary_entrance = inet:{free_port()}@127.0.0.1\n canary_listen = inet:{free_port()}@127.0.0.1\n}}\n')

    def set_clock(offset):
        """As a whole: the role reads it whenever it asks for the time."""
        (path.folder / "clock-new").write_text(offset + "\n")
        os.replace(path.folder / "clock-new", moved)
    set_clock("+0")
    log = path.folder / "clock.log"
    environment = {**os.environ, "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(moved), "FAKETIME_NO_CACHE": "1",
                   "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": "verify_asan_link_order=0"}
    with open(log, "wb") as out:
        role = subprocess.Popen([program("mugai-monitor"), "--config", str(conf)], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                env=environment, preexec_fn=die_with_parent)

    def lines(word):
        return [line for line in log.read_text(errors="replace").splitlines() if f"alarm clock {word}" in line]

    try:
        expect(wait_for(lambda: "alarm entrance begins" in log.read_text(errors="replace"), 60), "a round", None, log.read_text()[-1000:])
        time.sleep(2.5)  # rounds in which the clock is well
        equal(lines("begins"), [], "alarms of a clock that goes on")
        for offset, word in (("+3600", "set forward by 3"), ("+0", "set back by 3"), ("-4000d", "before 2026")):
            count = len(lines("begins"))
            set_clock(offset)
            expect(wait_for(lambda n=count: len(lines("begins")) > n, 60), f"an alarm for {offset}", "alarm clock begins",
                   log.read_text()[-1000:])
            expect(word in lines("begins")[-1], "it says how", word, lines("begins")[-1])
            if offset != "-4000d":
                expect(wait_for(lambda: len(lines("ends")) == len(lines("begins")), 60), "its end", None, log.read_text()[-1000:])
    finally:
        role.terminate()
        role.wait(30)
    return lines("begins")[-1]


def command(path):
    path.well()
    before = path.said.read_text().splitlines()
    port = path.hop.port
    path.alarm("next-hop", path.hop.close, lambda: setattr(path, "hop", smtp.Sink(port=port)))
    # The alarms of other steps are none of this case: a slow machine may have some.
    expect(wait_for(lambda: [line for line in path.said.read_text().splitlines()[len(before):] if line.startswith("next-hop ends")], 60),
           "the command ran", "next-hop ends", path.said.read_text())
    said = [line.split(" ", 3) for line in path.said.read_text().splitlines()[len(before):] if line.startswith("next-hop ")]
    equal([words[1] for words in said], ["begins", "ends"], "states")
    expect(all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", words[2]) for words in said), "since", None, said)
    equal(said[0][2], said[1][2], "since when, said twice")
    expect(f"inet:{port}@127.0.0.1" in said[0][3], "detail", port, said)
    return " ".join(said[0])


def hanging(path):
    path.well()
    port, before = path.hop.port, path.status()["commands_failed"]
    path.write_command("sleep 1000 & sleep 1000")
    try:
        path.alarm("next-hop", path.hop.close, lambda: setattr(path, "hop", smtp.Sink(port=port)))
        path.well()
        expect(wait_for(lambda: path.status().get("commands_failed", 0) > before, 90), "it is killed", None, path.status())
        expect(wait_for(lambda: path.gateway.log_lines("alarm command (next-hop begins): not done within")), "the log says so")
        monitor = path.gateway.pids()["monitor"]
    finally:
        path.write_command("exit 0")
    # The second one hangs for its time, too.
    expect(wait_for(lambda: path.status().get("commands_failed", 0) >= before + 2, 90), "both are killed", None, path.status())

    def left():
        return subprocess.run(["pgrep", "-f", "^sleep 1000$", "-U", "65017"], capture_output=True, text=True).stdout.split()
    expect(wait_for(lambda: not left()), "processes that are left", [], left())
    equal(path.gateway.pids()["monitor"], monitor, "the role goes on")


def selftest(path):
    path.well()
    store = path.gateway.pids()["store"]
    os.kill(store, signal.SIGSTOP)
    try:
        done = path.gateway.mugai("selftest", "--json", "--timeout", "5", timeout=120)
    finally:
        os.kill(store, signal.SIGCONT)
    equal(done.returncode, 70, f"exit status ({done.stderr.decode()})")
    steps = {s["step"]: s for s in json.loads(done.stdout)["steps"]}
    equal((steps["entrance-bad"]["result"], steps["text-bad"]["result"], steps["clock"]["result"]), ("failed", "skipped", "ok"), "steps")
    expect(steps["entrance-bad"]["do_en"] and steps["entrance-bad"]["do_ja"], "what to do", None, steps["entrance-bad"])
    wrong = path.gateway.mugai("selftest", "--timeout", "0")
    equal(wrong.returncode, 64, f"a time of 0 ({wrong.stderr.decode()})")
    conf = path.folder / "none.conf"
    conf.write_text(f'run_dir = "{path.gateway.run}"\n')
    none = subprocess.run([program("mugai"), "selftest", "--config", str(conf)], capture_output=True, text=True, timeout=60)
    equal(none.returncode, 78, f"without the role ({none.stderr})")
    expect("monitor.canary_every" in none.stderr, "what to configure", "monitor.canary_every", none.stderr)
    path.well()
    return steps["entrance-bad"]["detail"]


def outputs(path):
    count = 0
    for charset in ("iso-2022-jp", "utf-8"):
        for languages in ('"en"', '"ja"', '"ja en"'):
            path.gateway.change({"policy": {"charset": charset, "languages": languages}})
            path.reload()
            equal([s for s in path.asked()["steps"] if s["result"] == "failed"], [], f"{charset}, {languages}")
            count += 1
    for links in ("host", "remove", "text", "defang"):
        path.gateway.change({"policy": {"links": links}})
        path.reload()
        equal([s for s in path.asked()["steps"] if s["result"] == "failed"], [], f"links = {links}")
        count += 1
    return f"{count} settings"


def retention(path):
    rows = {row["name"]: row for row in json.loads(path.gateway.mugai("status", "--json").stdout)["organizations"]}
    expect(rows["canary"]["mails"] > 0 and rows["canary"]["retention"] == 1, "canaries", "some, for a day", rows)
    return f"{rows['canary']['mails']} canaries"


def by_unit(folder):
    way = free_port()
    settings = {"monitor": {"enabled": "yes", "canary_every": "60 min", "listen": f"inet:{free_port()}@127.0.0.1",
                            "canary_listen": f"inet:{way}@127.0.0.1"}}
    main = {"transport_maps": f"inline:{{ {DOMAIN}=smtp:[127.0.0.1]:{way} }}"}
    with Chain(folder / "units", settings, main, start=False, gateway=Services) as chain:
        chain.gateway.change({"monitor": {"canary_entrance": f"inet:{chain.port}@127.0.0.1"}})
        chain.start()
        done = chain.gateway.mugai("selftest", "--json", timeout=120)
        equal(done.returncode, 0, f"exit status ({done.stdout.decode()}{done.stderr.decode()})")
        return ", ".join(f"{s['step']} {s['result']}" for s in json.loads(done.stdout)["steps"] if s["result"] != "ok")


def way_out(folder):
    """The canary's domain goes to its exit alone, also where an organization names it among its own, and Postfix finds it there."""
    monitor = {"enabled": "yes", "canary_every": "5 min", "canary_listen": "inet:10099@127.0.0.1"}
    etc = Etc(folder / "way-out", {"monitor": monitor, "organization canary": {"domains": DOMAIN, "retention": "1 d"}})
    said = etc.setup()
    expect("0 errors, 0 warnings" in said, "check has nothing to say", None, said)
    maps = etc.value("transport_maps")
    found = subprocess.run(["/usr/sbin/postmap", "-c", etc.etc, "-q", DOMAIN, maps], capture_output=True, text=True, timeout=60).stdout.strip()
    equal(found, "smtp:[127.0.0.1]:10099", f"the way of canaries in {maps}")
    expect(DOMAIN not in etc.value("relay_domains"), "nobody else may send there", None, etc.value("relay_domains"))
    written = etc.texts()
    etc.setup()
    equal(etc.texts(), written, "the files after a second run")
    undone(etc)
    etc.gateway.change({"monitor": {"canary_every": "0 s"}})
    etc.gateway.write()
    etc.setup()
    expect("10099" not in etc.value("transport_maps"), "without canaries there is no such line", None, etc.value("transport_maps"))
    return found
