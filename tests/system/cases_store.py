# SPDX-License-Identifier: Apache-2.0
"""The store looked through: by the one that serves while mail flows, and by the command while none does; what is wrong is named and mended."""
import json
import shutil
import sqlite3
import threading

import seeds
import smtp
from check import equal, expect
from gateway import USERS

OPTIONS = {}


class Store:
    def __init__(self, chain, folder):
        self.chain, self.gateway, self.folder = chain, chain.gateway, folder

    def put(self, n):
        for _ in range(n):
            reply, _ = self.chain.send(smtp.wire(seeds.plain()))
            equal(reply.code, 250, f"reply {reply}")

    def verify(self, status, *arguments):
        done = self.gateway.mugai("verify-store", "--json", *arguments)
        equal(done.returncode, status, f"exit status of {arguments}: {done.stderr.decode()} {done.stdout.decode()}")
        return json.loads(done.stdout)

    def findings(self, status, *arguments):
        return [(f["id"], f["state"], f["subject"]) for f in self.verify(status, *arguments)["findings"]]

    def objects(self):
        return sorted(p for p in (self.gateway.state / "objects").rglob("*") if p.is_file() and p.stat().st_size)

    def change(self, statement):
        with sqlite3.connect(self.gateway.state / "index.db", timeout=20) as db:
            db.execute(statement)
        db.close()


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(chain, folder)
    return [(f"store: {name}", lambda function=function: function(store)) for name, function in (
        ("verify-store finds nothing in a whole store, running or not", whole),
        ("verify-store mends what can be mended: exit status 1", mended),
        ("verify-store names what is lost by receipt: exit status 2, mail goes on", lost),
        ("backup while mail flows, restore into an empty folder, numbers go on behind a gap", restored),
    )]


def whole(store):
    store.put(3)
    said = store.verify(0)
    equal((said["originals"], said["found"], said["findings"]), (3, 0, []), "while it serves")
    busy = store.gateway.mugai("verify-store", "--offline")
    expect(busy.returncode == 75 and b"another store" in busy.stderr, "offline beside a running store", 75, busy)
    equal(store.gateway.stop(), 0, "exit status of mugaid")
    equal(store.verify(0, "--offline", "--repair")["originals"], 3, "while it does not")
    owners = {p.stat().st_uid for p in store.gateway.state.rglob("*")}
    equal(owners, {int(USERS["store"])}, "owners of the files after a look by root")
    equal(store.gateway.mugai("verify-store").returncode, 69, "without a running store")
    store.gateway.start()
    done = store.gateway.mugai("verify-store")
    expect("異常 0" in done.stdout.decode() and b"0 findings" in done.stdout, "in both languages", None, done.stdout.decode())


def mended(store):
    path = store.objects()[0]
    # A name that was made ahead, and is not due for a while.
    orphan = max(p for p in path.parent.iterdir() if p.stat().st_size == 0)
    orphan.write_bytes(path.read_bytes())
    store.change("UPDATE mail SET subject = 'x' WHERE id = 1")
    first = store.gateway.records("list")[-1]["receipt"].replace("-", "")
    wanted = [("row-differs", first), ("object-orphan", orphan.name[:10])]
    equal(store.findings(1), [(flaw, "possible", subject) for flaw, subject in wanted], "before")
    equal(store.findings(1, "--repair"), [(flaw, "repaired", subject) for flaw, subject in wanted], "mended while mail flows")
    equal(store.findings(0), [], "after")
    expect((store.gateway.state / "lost+found" / orphan.name).exists() and not orphan.exists(), "the orphan was moved")
    acts = [json.loads(line) for line in store.gateway.mugai("audit", "list", "--act", "store-verified", "--json").stdout.splitlines()]
    equal([(a["repair"], a["found"], a["repaired"]) for a in acts[:3]], [("no", "0", "0"), ("yes", "2", "2"), ("no", "2", "0")], "on record")


def lost(store):
    one, other = store.objects()[:2]
    receipts = [p.name[:10] for p in (one, other)]
    content = bytearray(one.read_bytes())
    content[len(content) // 2] ^= 4
    one.write_bytes(content)
    other.unlink()
    wanted = [("object-damaged", "lost", receipts[0]), ("object-missing", "lost", receipts[1])]
    equal(store.findings(2, "--repair"), wanted, "while it serves")
    store.put(1)
    equal(store.gateway.stop(), 0, "exit status of mugaid")
    equal(store.findings(2, "--offline", "--repair"), wanted, "while it does not")
    store.gateway.start()
    done = store.gateway.mugai("verify-store")
    expect(done.returncode == 2 and f"object-missing {receipts[1]}: 原本がありません" in done.stdout.decode(), "for people", 2, done.stdout.decode())
    store.put(1)


def restored(store):
    """What is damaged from the case before is left out, and said."""
    folder, gateway = store.folder / "backup", store.gateway
    kept = {row["receipt"].replace("-", "") for row in gateway.records("list", "--max", "1000")}
    sender = threading.Thread(target=store.put, args=(10,))
    sender.start()
    done = gateway.mugai("backup", "--json", folder)
    sender.join()
    expect(done.stdout, "the backup says what it has", None, done)
    said = json.loads(done.stdout)
    equal((done.returncode, said["left_out"]), (2, 2), f"two originals were lost before: {done.stderr.decode()}")
    expect(said["originals"] >= len(kept), "all mail of before is in it", len(kept), said)
    equal({p.stat().st_uid for p in folder.rglob("*")}, {int(USERS["store"])}, "whose the backup is")
    equal({p.stat().st_mode & 0o077 for p in [folder, *folder.rglob("*")]}, {0}, "nobody else's")
    refused = gateway.mugai("restore", folder)
    equal((refused.returncode, refused.stderr.count(b"\n")), (75, 1), f"beside a running store: {refused.stderr.decode()}")
    gateway.kill_all()
    refused = gateway.mugai("restore", folder)
    expect(refused.returncode == 64 and b"nothing is restored over it" in refused.stderr, "over a store", 64, refused)
    shutil.rmtree(gateway.state)
    done = gateway.mugai("restore", "--json", folder)
    expect(done.stdout, "the restore says what it has", None, done)
    said = json.loads(done.stdout)
    equal((done.returncode, said["left_out"], said["erased"]), (2, 2, 0), f"restore: {done.stderr.decode()}")
    gateway.start()
    there = {row["receipt"].replace("-", "") for row in gateway.records("list", "--max", "1000")}
    expect(kept <= there, "every mail of before the backup", kept, there)
    store.put(1)
    newest = gateway.records("list", "--max", "1")[0]["receipt"].replace("-", "")
    equal(int(newest[1:9]), said["serial"], "the next receipt")
    expect(said["serial"] > max(int(r[1:9]) for r in there) + 900000, "a gap", None, said)
    found = store.findings(2)
    equal({flaw for flaw, _, _ in found}, {"object-missing"}, "what is lost")
    equal(json.loads(gateway.mugai("audit", "verify", "--json").stdout)["valid"], True, "the trail")
    equal(len(gateway.mugai("audit", "list", "--act", "restored").stdout.splitlines()), 1, "on record")
    missing = gateway.mugai("restore", store.folder / "nowhere")
    equal((missing.returncode, missing.stderr.count(b"\n")), (66, 1), "without a folder")
    return f"{len(there)} mails"
