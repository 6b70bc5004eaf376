# SPDX-License-Identifier: Apache-2.0
"""Keys in the release role: unlocked by whom it is allowed, for a time, and in its memory no longer than that; a new pair beside the old
one."""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import time

from cases_seal import PHRASES, memory_of
from check import equal, expect, same_day
from gateway import GROUP, program, with_lines

OPTIONS = {"settings": {"release": {"enabled": "yes", "allowed_domains": "soto.example.jp"}}}
MEMBER = 65031      # a Unix user in the group of the sockets, and no person


class Keys:
    def __init__(self, chain, folder):
        self.gateway, self.folder = chain.gateway, folder / "keys"
        self.serials = {}

    def file(self, name):
        return self.folder / f"{name}.key"

    def unlock(self, name="organization", phrase=None, *options, **more):
        """`mugai key unlock`, the passphrase by a descriptor."""
        return with_lines([phrase or PHRASES.get(name, PHRASES["organization"])], lambda fd: self.gateway.mugai(
            "key", "unlock", self.file(name), "--passphrase-fd", fd, *options, pass_fds=(fd,), **more))

    def lock(self, *options, **more):
        return self.gateway.mugai("key", "lock", *options, **more)

    def listed(self):
        return json.loads(self.gateway.mugai("key", "list", "--json").stdout)

    def unlocked(self):
        return [k["id"] for k in self.listed()["unlocked"]]

    def id_of(self, use):
        return next(k["id"] for k in self.listed()["keys"] if k["use"] == use)

    def figure(self, name):
        return json.loads(self.gateway.mugai("status", "--json").stdout)["release"][name]

    def trail(self):
        """The audit trail's lines about keys, as (act, actor, key)."""
        with sqlite3.connect(f"file:{self.gateway.state}/index.db?mode=ro", uri=True) as db:
            entries = [json.loads(row[0]) for row in db.execute("SELECT entry FROM audit ORDER BY number")]
        return [(e["act"], e["actor"], e.get("key")) for e in entries if e["act"].startswith("key-")]


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    keys = Keys(chain, folder)
    return [(f"keys: {name}", lambda function=function: function(keys)) for name, function in (
        ("a key is unlocked with its passphrase alone, and shown", unlocked),
        ("a wrong passphrase, a file that is none and a long time are refused", refused),
        ("who is no officer neither unlocks nor locks", denied),
        ("two keys are unlocked at once, and one is locked by its id", several),
        ("a locked key and its passphrase are nowhere in the memory of the roles", wiped),
        ("an unlocked key is in no core file, no child and on no swap", guarded),
        ("a key is gone when its time is over and when the role dies", expired),
        ("key rotate makes one pair, says the lines, and both keys stay usable", rotated),
        ("without the release role key unlock says so", switched_off),
        ("each act is in the audit trail, with the key and never the passphrase", recorded),
    )]


def unlocked(keys):
    done = with_lines(PHRASES.values(), lambda fd: keys.gateway.mugai("key", "init", keys.folder, "--passphrase-fd", fd, pass_fds=(fd,)))
    equal(done.returncode, 0, f"exit status: {done.stderr.decode()}")
    for name in PHRASES:
        shutil.copy(keys.folder / f"{name}.crt", keys.gateway.folder)
    keys.gateway.change({"store": {"seal_to": f'"{keys.gateway.folder}/organization.crt"', "escrow": f'"{keys.gateway.folder}/escrow.crt"'}})
    keys.gateway.stop()
    keys.gateway.start()
    equal((keys.unlocked(), keys.figure("keys_unlocked")), ([], 0), "unlocked at first")
    expect(b"  locked" in keys.gateway.mugai("key", "list").stdout, "key list says locked")
    began = time.time()
    done = keys.unlock("organization", None, "--minutes", 7)
    ended = time.time()
    equal(done.returncode, 0, f"exit status: {done.stderr.decode()}")
    found = keys.listed()["unlocked"]
    equal([k["id"] for k in found], [keys.id_of("organization")], "unlocked")
    expect(began + 410 < found[0]["until"] < ended + 430, "until", 420, (found[0]["until"] - began, ended - began))
    equal(keys.figure("keys_unlocked"), 1, "figure")
    expect(b"UNLOCKED until" in keys.gateway.mugai("key", "list").stdout, "key list says so")
    equal(keys.lock().returncode, 0, "exit status of key lock")
    equal(keys.unlocked(), [], "unlocked after that")


def refused(keys):
    plain = keys.folder / "plain.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", plain], check=True,
                   capture_output=True)
    for what, done, code in (("a wrong passphrase", keys.unlock("organization", "wrong words, all of them"), 77),
                             ("another key's passphrase", keys.unlock("organization", PHRASES["escrow"]), 77),
                             ("no passphrase", keys.unlock("organization", "\0"), 69),
                             ("a key that is not encrypted", keys.unlock("plain"), 64),
                             ("no file", keys.unlock("missing"), 66),
                             ("a day", keys.unlock("organization", None, "--minutes", 1440), 64),
                             ("no id", keys.lock("organization"), 64),
                             ("an id that nothing has", keys.lock("0123456789abcdef"), 65)):
        equal((done.returncode, done.stdout, done.stderr.count(b"\n")), (code, b"", 1), f"{what}: {done.stderr.decode()}")
    equal(keys.unlocked(), [], "unlocked")


def as_member(**options):
    """Options for a process of a user who may open the sockets and is nobody else."""
    return {"user": MEMBER, "group": MEMBER, "extra_groups": [int(GROUP)], **options}


def denied(keys):
    """Without a registered person members may look; unlocking is for the officer, who is root then."""
    shutil.copy(keys.file("organization"), keys.folder / "copy.key")
    os.chown(keys.folder / "copy.key", MEMBER, MEMBER)
    keys.folder.chmod(0o755)
    done = keys.unlock("copy", PHRASES["organization"], **as_member())
    equal((done.returncode, done.stdout), (77, b""), f"unlock: {done.stderr.decode()}")
    expect(b"officer" in done.stderr, "it says what is missing", b"officer", done.stderr)
    equal(keys.unlocked(), [], "unlocked")
    equal(keys.unlock().returncode, 0, "unlock by the officer")
    done = keys.lock(**as_member())
    equal((done.returncode, keys.unlocked()), (77, [keys.id_of("organization")]), f"lock: {done.stderr.decode()}")
    keys.folder.chmod(0o700)
    (keys.folder / "copy.key").unlink()
    equal(keys.lock().returncode, 0, "lock")


def several(keys):
    ids = {use: keys.id_of(use) for use in PHRASES}
    for name in PHRASES:
        equal(keys.unlock(name).returncode, 0, f"unlock {name}")
    equal(sorted(keys.unlocked()), sorted(ids.values()), "unlocked")
    equal(keys.unlock().returncode, 0, "the same once more")
    equal(len(keys.unlocked()), 2, "unlocked")
    equal(keys.lock(ids["escrow"]).returncode, 0, "lock by id")
    equal(keys.unlocked(), [ids["organization"]], "unlocked")
    equal(keys.lock().returncode, 0, "lock all")


def secret(keys, name):
    """The private number of a P-256 key, as its octets."""
    shown = with_lines([PHRASES[name]], lambda fd: subprocess.run(
        ["openssl", "pkey", "-in", keys.file(name), "-passin", f"fd:{fd}", "-text", "-noout"], capture_output=True, text=True, pass_fds=(fd,)))
    return bytes.fromhex(re.sub(r"[:\s]", "", re.search(r"priv:\n([0-9a-f:\s]+)pub:", shown.stdout).group(1)))


def holders(keys, words):
    """(role, word) for each word that stands in the memory of a role."""
    return sorted({(role, i) for role, pid in keys.gateway.pids().items() for piece in memory_of(pid)
                   for i, word in enumerate(words) if word in piece})


def wiped(keys):
    words = [secret(keys, "organization"), PHRASES["organization"].encode()]
    equal(keys.unlock().returncode, 0, "unlock")
    equal(holders(keys, words), [("release", 0)], "who has the key or its passphrase while it is unlocked")
    equal(keys.lock().returncode, 0, "lock")
    equal(holders(keys, words), [], "who has them afterwards")


def guarded(keys):
    equal(keys.unlock().returncode, 0, "unlock")
    pid, word = keys.gateway.pids()["release"], secret(keys, "organization")
    flags = set()
    with open(f"/proc/{pid}/smaps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if found:
                memory.seek(int(found.group(1), 16))
                inside = word in memory.read(int(found.group(2), 16) - int(found.group(1), 16))
            elif re.match(r"[0-9a-f]+-", line):
                inside = False
            elif line.startswith("VmFlags") and inside:
                flags |= set(line.split()[1:])
    expect({"lo", "dd", "dc"} <= flags, "the pages are locked, in no dump and in no child", {"lo", "dd", "dc"}, flags)
    limits = open(f"/proc/{pid}/limits", encoding="ascii").read()
    expect(re.search(r"Max core file size +0 +0 ", limits), "no core file", None, limits)
    status = open(f"/proc/{pid}/status", encoding="ascii").read()
    expect("NoNewPrivs:\t1" in status and re.search(r"CapEff:\s+0{16}", status), "no privileges", None, status)
    equal(os.stat(f"/proc/{pid}/mem").st_uid, 0, "owner of its memory for others of its user: not dumpable")
    equal(keys.lock().returncode, 0, "lock")


def expired(keys):
    asked = time.monotonic()
    equal(keys.unlock("organization", None, "--minutes", 1).returncode, 0, "unlock for a minute")
    began, word = time.monotonic(), secret(keys, "organization")
    there = began
    while keys.unlocked() and there - began < 75:
        time.sleep(0.5)
        there = time.monotonic()
    # A command takes its time: the last one that saw it began in time, the first one that did not ended late enough.
    took = time.monotonic() - asked
    expect(55 < took and there - began < 65, "gone after a minute", 60, (there - began, took))
    equal(holders(keys, [word]), [], "who has it then")
    equal(keys.unlock().returncode, 0, "unlock again")
    keys.gateway.kill_role("release")
    keys.gateway.wait_ready()
    equal((keys.unlocked(), holders(keys, [word])), ([], []), "after kill -9")
    return f"{took:.0f} s"


def rotated(keys):
    before = keys.id_of("organization")
    same_day()
    done = with_lines(["words of the second year"], lambda fd: keys.gateway.mugai("key", "rotate", keys.folder, "--passphrase-fd", fd, pass_fds=(fd,)))
    equal(done.returncode, 0, f"exit status: {done.stderr.decode()}")
    name = time.strftime("organization-%Y%m%d")
    expect(sorted(p.name for p in keys.folder.glob("organization-*")) == [f"{name}.crt", f"{name}.key"], "two files", name,
           list(keys.folder.iterdir()))
    for words in (f"{keys.gateway.folder}/organization.crt", f"seal_to = /etc/mugai/{name}.crt", "keep it and its passphrase", "SIGHUP"):
        expect(words.encode() in done.stdout, "it says what to do", words, done.stdout.decode())
    again = with_lines(["words of the second year"], lambda fd: keys.gateway.mugai("key", "rotate", keys.folder, "--passphrase-fd", fd, pass_fds=(fd,)))
    equal((again.returncode, again.stderr.count(b"\n")), (64, 1), f"a second time on that day: {again.stderr.decode()}")
    shutil.copy(keys.folder / f"{name}.crt", keys.gateway.folder)
    keys.gateway.change({"store": {"seal_to": f'"{keys.gateway.folder}/{name}.crt"'}})
    keys.gateway.stop()
    keys.gateway.start()
    after = keys.id_of("organization")
    equal(keys.unlock(name, "words of the second year").returncode, 0, "unlock the new one")
    equal(keys.unlock("organization").returncode, 0, "unlock the old one")
    equal((before != after, sorted(keys.unlocked())), (True, sorted([before, after])), "both are unlocked")
    expect(f"earlier       key {before}" in keys.gateway.mugai("key", "list").stdout.decode(), "key list names the old one")
    equal(keys.lock().returncode, 0, "lock")


def switched_off(keys):
    other = keys.gateway.folder / "off.conf"
    other.write_text(keys.gateway.conf.read_text().replace("enabled = yes", "enabled = no"))
    done = subprocess.run([program("mugai"), "key", "lock", "--config", other], capture_output=True)
    equal((done.returncode, done.stderr.count(b"\n")), (78, 1), f"lock: {done.stderr.decode()}")


def recorded(keys):
    trail = keys.trail()
    acts = [act for act, _, _ in trail]
    organization = [key for act, _, key in trail if act == "key-unlocked"][0]
    equal(trail[:2], [("key-unlocked", "root", organization), ("key-locked", "root", organization)], "the first two")
    equal((acts.count("key-refused"), acts.count("key-expired")), (4, 1), "refused and expired")
    equal([a for a in trail if a[0] == "key-expired"][0][1], "gateway", "whose act the end is")
    expect({actor for _, actor, _ in trail} == {"root", "gateway"}, "who acted", None, trail)
    content = b"".join(p.read_bytes() for p in keys.gateway.state.glob("index.db*")) + keys.gateway.log.read_bytes()
    for phrase in PHRASES.values():
        expect(phrase.encode() not in content, "no passphrase in trail or log")
    return f"{len(trail)} entries"
