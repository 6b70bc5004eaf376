# SPDX-License-Identifier: Apache-2.0
"""The trail of acts: verified, looked into, taken away as a bundle that is verified without the store; every change is named."""
import hashlib
import importlib.util
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys

import seeds
import smtp
from check import equal, expect, wait_for
from gateway import TOP, USERS

OPTIONS = {}
VERIFIER = TOP / "packaging" / "verify-audit.py"
ENTRY = re.compile(r"entry (-?[0-9]+)")


class Trail:
    """A gateway with some mails in it, and what the cases hand on to each other."""

    def __init__(self, chain, folder):
        self.chain, self.gateway, self.folder = chain, chain.gateway, folder
        self.receipts = []

    def audit(self, *arguments):
        return self.gateway.mugai("audit", *arguments)

    def verify(self, *arguments):
        done = self.audit("verify", "--json", *arguments)
        expect(done.returncode in (0, 1), "exit status of verify", "0 or 1", done)
        said = json.loads(done.stdout)
        equal(done.returncode, 0 if said["valid"] else 1, "exit status of verify")
        return said

    def entries(self, *arguments):
        done = self.audit("list", "--json", *arguments)
        equal(done.returncode, 0, f"list: {done.stderr.decode()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def change(self, *statements):
        """As whoever has the file could, while the store runs."""
        with sqlite3.connect(self.gateway.state / "index.db", timeout=20) as db:
            for statement in statements:
                db.execute(*statement) if isinstance(statement, tuple) else db.execute(statement)
        db.close()

    def rows(self):
        with sqlite3.connect(self.gateway.state / "index.db", timeout=20) as db:
            rows = db.execute("SELECT number, entry, hash FROM audit ORDER BY number").fetchall()
        db.close()
        return rows


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    trail = Trail(chain, folder)
    return [(f"audit: {name}", lambda function=function: function(trail)) for name, function in (
        ("every mail has its entry, and the trail verifies", whole),
        ("what was shown, read, searched for and refused is on record", reads),
        ("list by actor, act, receipt and time", listed),
        ("a bundle verifies on a machine without mugai", exported),
        ("every bit of a bundle that is flipped is found", bundle_bits),
        ("entries of a bundle taken out, put in, exchanged, cut off, chained anew", bundle_changes),
        ("a bundle of a period has its entries and no others", period),
        ("an altered trail: verify names the entry, nothing is exported, mail goes on", altered),
        ("a trail that was chained anew or cut: anchors show it", rewritten),
        ("anchors leave to the log and to a file, acts as lines", leaving),
    )]


def put(trail, n):
    for _ in range(n):
        reply, rcpt = trail.chain.send(smtp.wire(seeds.plain()))
        equal(reply.code, 250, f"reply {reply}")
        trail.receipts.append(trail.gateway.trace("--to", rcpt)[0]["receipt"].replace("-", ""))


def whole(trail):
    put(trail, 3)
    said = trail.verify()
    equal((said["valid"], said["fault"]), (True, None), "verify")
    decided = [e for e in trail.entries("--act", "decided") if e["receipt"] in trail.receipts]
    equal([e["receipt"] for e in decided], trail.receipts[::-1], "receipts, newest first")
    equal({e["actor"] for e in decided}, {"gateway"}, "who decided")
    done = trail.audit("verify")
    expect("正しく連なっています" in done.stdout.decode() and b"follow from each other" in done.stdout, "verify in both languages", None, done.stdout)
    return f"{said['entries']} entries"


def reads(trail):
    receipt, address = trail.receipts[0], trail.gateway.trace()[0]["to"][0]
    for arguments, code in ((["show", receipt], 0), (["get", receipt], 0), (["show", "1000-0009-9" + "0"], None), (["trace", "--to", address], 0)):
        done = trail.gateway.mugai(*arguments)
        expect(code in (None, done.returncode), f"{arguments}", code, done)
    acts = trail.entries("--receipt", receipt)
    equal([(e["act"], e["actor"]) for e in acts], [("read", "root"), ("shown", "root"), ("decided", "gateway")], "acts on one mail, newest first")
    searched = [e for e in trail.entries("--about", address.upper()) if e["act"] == "searched"]
    expect(searched and all(e["to"].startswith("h:") and e["actor"] == "root" for e in searched), "who searched for an address", None, searched)
    text = trail.audit("list", "--max", "1000").stdout.decode()
    expect("@" not in text and "example" not in text, "the trail has no address", None, text)
    return f"{len(acts)} acts on one mail"


def listed(trail):
    receipt = trail.receipts[1]
    equal([e["act"] for e in trail.entries("--receipt", f"{receipt[:4]}-{receipt[4:8]}-{receipt[8:]}") if e["act"] == "decided"], ["decided"],
          "by receipt, as people say it")
    equal(trail.entries("--actor", "p:99"), [], "by an actor who did nothing")
    equal(len(trail.entries("--max", "2")), 2, "at most two")
    equal(trail.entries("--until", "1d"), [], "before yesterday")
    numbers = [e["number"] for e in trail.entries("--since", "1h")]
    equal(numbers, list(range(numbers[0], 0, -1)), "all of the last hour, newest first")
    equal({e["actor"] for e in trail.entries("--act", "trail-listed")}, {"root"}, "who looked into the trail is in the trail")
    for arguments, words in ((["list", "--act", "eaten"], b"no act"), (["list", "--since", "yesterday"], b"no time"), (["eat"], b"usage"),
                             (["export", "--actor", "root"], b"gaps")):
        done = trail.audit(*arguments)
        expect(done.returncode == 64 and words in done.stderr and done.stderr.count(b"\n") == 1, f"{arguments}", words, done)
    text = trail.audit("list").stdout.decode().splitlines()
    expect(all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\d+  [a-z-]+ +[a-z:0-9]+", line) for line in text), "lines for people", None, text[:3])


def export(trail, name, *arguments):
    path = trail.folder / name
    path.unlink(missing_ok=True)
    done = trail.audit("export", "-o", path, *arguments)
    equal(done.returncode, 0, f"export: {done.stderr.decode()}")
    equal(oct(path.stat().st_mode & 0o777), "0o600", "mode of the bundle")
    return path.read_bytes()


def checked(trail, bundle, *anchors):
    """By the script as it is shipped, alone in a folder and without this environment: (exit status, what it says)."""
    house = trail.folder / "elsewhere"
    house.mkdir(exist_ok=True)
    shutil.copy(VERIFIER, house / "verify.py")
    (house / "bundle").write_bytes(bundle)
    for n, anchor in enumerate(anchors):
        (house / f"anchors{n}").write_text(anchor)
    done = subprocess.run([sys.executable, "-I", "-S", "verify.py", "bundle", *(f"anchors{n}" for n in range(len(anchors)))], cwd=house,
                          env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def exported(trail):
    expect(len(VERIFIER.read_text().splitlines()) < 100, "the script has less than 100 lines")
    bundle = export(trail, "bundle")
    code, said = checked(trail, bundle)
    equal(code, 0, said)
    lines = bundle.splitlines()
    head = json.loads(lines[0])
    equal((head["first"], head["last"], len(lines)), (1, head["head"]["number"], head["last"] + 2), "what the first line says")
    equal([json.loads(line)["number"] for line in lines[1:-1]], list(range(1, head["last"] + 1)), "numbers")
    equal(trail.entries("--act", "trail-exported")[0]["last"], str(head["last"]), "the export is an act")
    again = trail.audit("export", "-o", trail.folder / "bundle")
    expect(again.returncode != 0 and (trail.folder / "bundle").read_bytes() == bundle, "an existing file stays", None, again)
    equal(trail.audit("export").stdout.splitlines()[1:len(lines) - 1], lines[1:-1], "to standard output")
    equal(checked(trail, bundle, "nothing")[0], 0, "with a file that has no anchor in it")
    return f"{len(bundle)} octets, {len(VERIFIER.read_text().splitlines())} lines of Python"


def loaded():
    """The script in this process: thousands of bundles are verified here."""
    spec = importlib.util.spec_from_file_location("verify_audit", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.print = lambda *_: None
    return module


def fault_of(module, bundle, anchors=None):
    try:
        module.verify(bundle, anchors or {})
    except module.Wrong as fault:
        return str(fault)
    return None


def bundle_bits(trail):
    module, bundle = loaded(), b""
    lines = export(trail, "small").splitlines(keepends=True)
    # A few entries are enough: each bit is one verification.
    head = json.loads(lines[0])
    head.update(last=4)
    bundle = json.dumps(head, separators=(",", ":")).encode() + b"\n" + b"".join(lines[1:5])
    bundle += b'{"entries":4,"sha256":"%s"}\n' % hashlib.sha256(bundle).hexdigest().encode()
    equal(fault_of(module, bundle), None, "the bundle as it is")
    start, wrong, unnamed = [0], [], []
    for line in bundle.splitlines(keepends=True):
        start.append(start[-1] + len(line))
    for bit in range(len(bundle) * 8):
        flipped = bytearray(bundle)
        flipped[bit // 8] ^= 1 << bit % 8
        said = fault_of(module, bytes(flipped))
        number = next(i for i in range(len(start)) if start[i + 1] > bit // 8)
        found = ENTRY.match(said or "")
        if said is None:
            wrong.append(bit)
        # The line end of the last entry joins it to the last line: then that one is no JSON any more.
        elif 1 <= number <= 4 and bit // 8 < start[5] - 1 and (not found or int(found[1]) != number):
            unnamed.append((bit, number, said))
    equal(wrong, [], "bits that nobody misses")
    equal(unnamed, [], "bits of an entry whose verdict names another one")
    return f"{len(bundle) * 8} bits"


def closed(lines):
    """A bundle with the last line that belongs to these."""
    return b"".join(lines) + b'{"entries":%d,"sha256":"%s"}\n' % (len(lines) - 1, hashlib.sha256(b"".join(lines)).hexdigest().encode())


def chained(line, before):
    """An entry chained to another hash: (line, its hash)."""
    kept = line[:line.rindex(b',"hash"')] + b"}"
    new = hashlib.sha256(before + kept).digest()
    return kept[:-1] + b',"hash":"%s"}\n' % new.hex().encode(), new


def bundle_changes(trail):
    module = loaded()
    lines = export(trail, "bundle2").splitlines(keepends=True)[:-1]
    rows = [(lines[:3] + lines[4:], 3, "taken out"), (lines[:3] + lines[3:4] + lines[3:], 4, "put in twice"),
            (lines[:3] + [lines[4], lines[3]] + lines[5:], 3, "exchanged"), (lines[:-2], len(lines) - 2, "cut off at its end"),
            (lines[:1], 1, "emptied"), (lines[:1] + lines[2:], 1, "without its first entry"),
            (lines[:4] + [lines[4].replace(b"gateway", b"root").replace(b"root", b"p:12")] + lines[5:], 4, "altered")]
    for changed, number, what in rows:
        said = fault_of(module, closed(changed)) or "nothing"
        equal(int((ENTRY.match(said) or [0, "0"])[1]), number, f"{what}: {said}")
    equal(fault_of(module, closed(lines)), None, "the bundle as it is")
    # Chained anew from entry 3 on, head and digest with it: whole in itself, but not the one that was anchored.
    first = json.loads(lines[0])
    anchor = trail.audit("anchor").stdout.decode()
    changed, before = lines[:3], bytes.fromhex(json.loads(lines[2])["hash"])
    for line in lines[3:]:
        line, before = chained(line.replace(b'"gateway"', b'"p:12"').replace(b'"root"', b'"p:13"'), before)
        changed.append(line)
    first["head"]["hash"] = before.hex()
    changed[0] = json.dumps(first, separators=(",", ":")).encode() + b"\n"
    equal(checked(trail, closed(changed))[0], 0, "without an anchor it passes")
    anchored = f"Nov 26 12:00:00 gw mugai-store[12]: audit-anchor {first['last']} {json.loads(lines[-1])['hash']} 1795000000\n"
    code, said = checked(trail, closed(changed), "some log\n" + anchored)
    expect(code == 1 and f"entry {first['last']} is not the one that was anchored" in said, "with it, it does not", 1, (code, said))
    code, said = checked(trail, closed(lines), anchored, anchor)
    expect(code == 0 and "1 anchors agree" in said, "the true one agrees", 0, (code, said))
    return f"{len(rows) + 1} changes"


def period(trail):
    """Entries of the past are made by the clock alone, so the period is cut by numbers: what came before and after now."""
    before = len(trail.rows())
    done = trail.audit("export", "--until", "1d")
    equal(done.returncode, 0, f"an empty period: {done.stderr.decode()}")
    equal(checked(trail, done.stdout)[0], 0, "an empty bundle")
    equal(json.loads(done.stdout.splitlines()[0])["last"], 0, "its last entry")
    times = {number: json.loads(entry)["time"] for number, entry, _ in trail.rows()}
    middle = sorted(times.values())[len(times) // 2]
    done = trail.audit("export", "--since", f"@{middle}", "--until", f"@{middle + 1}")
    head, *rest = (json.loads(line) for line in done.stdout.splitlines())
    inside = [n for n in times if times[n] == middle]
    equal((head["first"], head["last"]), (min(inside), max(inside)), "first and last of that second")
    equal(len(rest) - 1, max(inside) - min(inside) + 1, "none between left out")
    equal(checked(trail, done.stdout)[0], 0, "the bundle of a period")
    expect(len(trail.rows()) == before + 2, "each export is in the trail", before + 2, len(trail.rows()))


def altered(trail):
    rows = trail.rows()
    target = len(rows) // 2
    number, entry, hash_ = rows[target]
    count = 0
    for column, octets in (("entry", entry.encode()), ("hash", hash_)):
        for bit in range(0, len(octets) * 8, 97):
            flipped = bytearray(octets)
            flipped[bit // 8] ^= 1 << bit % 8
            trail.change((f"UPDATE audit SET {column} = {'CAST(? AS TEXT)' if column == 'entry' else '?'} WHERE number = ?", (bytes(flipped), number)))
            said = trail.verify()
            equal((said["valid"], said["fault"]["number"], said["fault"]["kind"]), (False, number, "altered"), f"bit {bit} of {column}")
            count += 1
    text = trail.audit("verify")
    expect(f"記録 {number} は改変されています" in text.stdout.decode(), "in Japanese too", None, text.stdout.decode())
    done = trail.audit("export", "-o", trail.folder / "bad")
    expect(done.returncode != 0 and f"entry {number} was altered".encode() in done.stderr and not (trail.folder / "bad").exists(), "no bundle of it", None, done)
    put(trail, 1)
    equal(trail.verify()["fault"]["number"], number, "after one more mail")
    trail.change(("UPDATE audit SET entry = ?, hash = ? WHERE number = ?", (entry, hash_, number)))
    equal(trail.verify()["fault"], None, "set right again")
    for statements, kind, where in (
            ([("DELETE FROM audit WHERE number = ?", (number,))], "missing", number),
            ([("UPDATE audit SET number = -1 WHERE number = ?", (number,)), ("UPDATE audit SET number = ? WHERE number = ?", (number, number + 1)),
              ("UPDATE audit SET number = ? WHERE number = -1", (number + 1,))], "altered", number),
            ([("INSERT INTO audit SELECT 0, entry, hash FROM audit WHERE number = ?", (number,))], "inserted", 0)):
        saved = trail.rows()
        trail.change(*statements)
        said = trail.verify()
        equal((said["fault"]["kind"], said["fault"]["number"]), (kind, where), f"{statements}")
        restore(trail, saved)
    return f"{count} bits, 3 more changes"


def restore(trail, rows):
    """The trail as it was, with what the looks have added since."""
    trail.change("DELETE FROM audit", *(("INSERT INTO audit VALUES(?, ?, ?)", row) for row in rows))
    equal(trail.verify()["fault"], None, "the trail as it was")


def rewritten(trail):
    anchors = trail.folder / "anchors"
    anchors.write_text(trail.audit("anchor").stdout.decode())
    put(trail, 1)
    saved = trail.rows()
    said = trail.verify("--anchors", anchors)
    equal((said["valid"], said["anchors"]), (True, {"given": 1, "agreed": 1, "lost": 0}), "the true trail")
    anchored = int(anchors.read_text().split()[1])
    trail.change("DELETE FROM audit WHERE number > 3")
    equal(trail.verify()["fault"], None, "a cut trail without anchors")
    said = trail.verify("--anchors", anchors)
    equal((said["fault"]["kind"], said["fault"]["number"]), ("missing", 5), "a cut trail: one look was added behind the cut")
    restore(trail, saved)
    new, before = [], saved[2][2]
    for number, entry, _ in saved[3:]:
        entry = entry.replace('"gateway"', '"p:12"').replace('"root"', '"p:13"')
        before = hashlib.sha256(before + entry.encode()).digest()
        new.append(("UPDATE audit SET entry = ?, hash = ? WHERE number = ?", (entry, before, number)))
    trail.change(*new, ("DELETE FROM audit WHERE number > ?", (saved[-1][0],)))
    equal(trail.verify()["fault"], None, "chained anew, without anchors")
    said = trail.verify("--anchors", anchors)
    expect(said["fault"]["kind"] == "altered" and f"entry {anchored} is not the one" in said["fault"]["en"], "with anchors", None, said)
    restore(trail, saved)
    empty = trail.folder / "empty"
    empty.write_text("nothing here\n")
    for name, code in ((empty, 65), (pathlib.Path("nowhere"), 66)):
        equal(trail.audit("verify", "--anchors", name).returncode, code, f"exit status with {name}")


def leaving(trail):
    outside = trail.folder / "outside"
    outside.mkdir()
    os.chown(outside, int(USERS["store"]), -1)
    trail.gateway.change({"audit": {"anchor_every": "1 s", "anchor_file": f'"{outside}/anchors"', "lines_to": f'"{outside}/lines"'}})
    equal(trail.gateway.stop(), 0, "exit status")
    trail.gateway.start()
    first = len(trail.rows())
    put(trail, 2)
    expect(wait_for(lambda: len((outside / "anchors").read_text().splitlines()) >= 3), "anchors in the file")
    equal(trail.gateway.stop(), 0, "exit status")
    anchors = (outside / "anchors").read_text().splitlines()
    logged = [line.partition("audit-anchor ")[2] for line in trail.gateway.log_lines("audit-anchor ")]
    expect(len(anchors) >= 4 and [a.partition(" ")[2] for a in anchors] == logged[-len(anchors):], "the same anchors in the log", anchors, logged)
    rows = trail.rows()
    equal(int(anchors[-1].split()[1]), len(rows), "the last anchor is the end of the trail")
    lines = [json.loads(line) for line in (outside / "lines").read_text().splitlines()]
    equal([line["number"] for line in lines], list(range(first, len(rows) + 1)), "numbers of lines, from the start on")
    equal([line["hash"] for line in lines], [hash_.hex() for number, _, hash_ in rows if number >= first], "hashes")
    equal((lines[0]["act"], lines[-1]["act"]), ("started", "stopped"), "the first and the last act")
    trail.gateway.start()
    said = trail.verify()
    expect(said["valid"] and said["anchors"]["agreed"] == said["anchors"]["given"] >= len(anchors), "verify finds the file by itself", None, said)
    said = trail.verify("--anchors", trail.gateway.log)
    expect(said["valid"] and said["anchors"]["agreed"] >= len(anchors), "and takes the log", None, said)
    return f"{len(anchors)} anchors, {len(lines)} lines"
