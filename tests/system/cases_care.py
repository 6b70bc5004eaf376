# SPDX-License-Identifier: Apache-2.0
"""Two organizations behind one Postfix: whose keys open a mail, who is turned away at a quota, what expires and what is held."""
import contextlib
import json
import sqlite3
import subprocess
import time

import smtp
from check import equal, expect, wait_for

DAY = 86400
PLANTED = "zq-planted-7fK2"
OPTIONS = {"settings": {
    "limits": {"mail_size": "1 MB", "body": "1 MB", "html_bytes": "1 MB"},
    "organization ward": {"domains": '"ward.example.jp .ward.example.jp"', "quota": "1 MB", "retention": "60 d"},
    "organization union": {"domains": "union.example.jp"},
}}


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    return [(f"care: {name}", lambda function=function: function(chain, folder)) for name, function in (
        ("P4 at the quota of one organization its mail gets 452, that of others is taken", quota),
        ("a quota that is reached is said once in the log, by status and by check", said),
        ("at the quota of one organization its recipients alone get 452, at RCPT", shared),
        ("a mail to two organizations is sealed to both keys and the escrow", sealed),
        ("hold: what cannot be understood is one line and exit status 64 or 65", misused),
        ("expiry: what is due is gone from every file, what is held stays until the hold ends", expired),
        ("audit: the trail names what was held and erased, and is whole", trail),
    )]


def deliver(chain, recipients, text, size=0):
    body = text + ("x" * 70 + "\n") * (size // 71)
    data = smtp.wire(f"From: a@example.org\nTo: {recipients[0]}\nSubject: {text[:60]}\n\n{body}\n".encode())
    with smtp.Client(chain.port) as client:
        return client.send("a@example.org", recipients, data), data


def receipt_of(chain, recipient):
    return chain.gateway.trace("--to", recipient)[0]["receipt"].replace("-", "")


def rows(chain):
    found = json.loads(chain.gateway.mugai("status", "--json").stdout)
    return {row["name"]: row for row in found["organizations"]}


def quota(chain, _):
    for number in range(3):
        equal(deliver(chain, [f"q{number}@ward.example.jp"], f"quota {number}", 300000)[0].code, 250, "below the quota")
    for number in range(3, 5):
        reply, _data = deliver(chain, [f"q{number}@tax.ward.example.jp"], "too much", 300000)
        expect(reply.code == 452 and reply.text.startswith("4.3.1"), "at the quota", "452 4.3.1", reply)
    row = chain.gateway.trace("--to", "q3@tax.ward.example.jp")[0]
    equal((row["outcome"], row.get("receipt") or ""), ("deferred", ""), "the row of what was turned away")
    expect("quota" in row["reason"] and "ward" in row["reason"], "its reason", "quota", row["reason"])
    for recipient in ("q5@union.example.jp", "q6@city.example.jp"):
        equal(deliver(chain, [recipient], "others", 300000)[0].code, 250, f"mail for {recipient}")
        chain.arrivals(recipient)
    equal(deliver(chain, ["q7@ward.example.jp"], "small")[0].code, 250, "a small one still fits")
    found = rows(chain)
    equal([found[name]["mails"] for name in ("ward", "union", "")], [4, 1, 1], "originals")
    expect(found["ward"]["bytes"] <= found["ward"]["quota"] == 1 << 20, "what ward has", "below its quota", found["ward"])
    return f"{row['reason']}"


def shared(chain, _):
    """One session, two organizations: ward has no room for what MAIL says, and union gets its mail all the same."""
    body = ("x" * 70 + "\n") * 4200
    data = smtp.wire(f"From: a@example.org\nTo: s1@union.example.jp\nSubject: shared\n\n{body}\n".encode())
    with smtp.Client(chain.port) as client:
        equal(client.command(f"MAIL FROM:<a@example.org> SIZE={len(data)}").code, 250, "MAIL")
        replies = {rcpt: client.command(f"RCPT TO:<{rcpt}>") for rcpt in ("s1@ward.example.jp", "s1@union.example.jp", "s2@tax.ward.example.jp",
                                                                          "s1@city.example.jp")}
        equal([r.code for r in replies.values()], [452, 250, 452, 250], f"replies: {replies}")
        expect(replies["s1@ward.example.jp"].text.startswith("4.3.1"), "its status", "4.3.1", replies)
        equal(client.command("DATA").code, 354, "DATA")
        client.sock.sendall(smtp.stuffed(data) + b".\r\n")
        equal(client.reply().code, 250, "the final dot")
    for rcpt in ("s1@union.example.jp", "s1@city.example.jp"):
        chain.arrivals(rcpt)
    equal([m for rcpt in ("s1@ward.example.jp", "s2@tax.ward.example.jp") for m in chain.sink.by_rcpt.get(rcpt, [])], [], "mail for ward")
    row = chain.gateway.trace("--to", "s1@ward.example.jp")[0]
    equal((row["outcome"], row.get("receipt") or ""), ("deferred", ""), "the row of the recipient that was turned away")
    expect("quota" in row["reason"] and "ward" in row["reason"], "its reason", "quota", row["reason"])
    kept = chain.gateway.records("show", receipt_of(chain, "s1@union.example.jp"))[0]
    expect("ward" not in json.dumps(kept["envelope"] if "envelope" in kept else kept["to"]), "the mail that was kept is not ward's", None, kept)
    # Where the size is not said a small mail fits, and to ward's recipients a second one that is said to be small, too.
    equal(deliver(chain, ["s3@ward.example.jp", "s3@union.example.jp"], "small")[0].code, 250, "a small one for both")
    return row["reason"]


def said(chain, _):
    equal(len(chain.gateway.log_lines("organization ward", "gets 4xx until")), 1, "log lines")
    equal(rows(chain)["ward"]["state"], "full", "state")
    expect(b"quota full" in chain.gateway.mugai("status").stdout, "status says it", "quota full", None)
    findings = {f["id"]: f for f in json.loads(chain.gateway.mugai("check", "--json").stdout)["findings"]}
    finding = findings["store.quota-full"]
    equal((finding["severity"], finding["subject"]), ("error", "ward"), "the finding of check")
    chain.gateway.stop()
    chain.gateway.start()
    equal(rows(chain)["ward"]["mails"], 4, "originals after a restart")
    expect(wait_for(lambda: chain.gateway.log_lines("organization ward", "at the quota its mail will get 4xx")), "the alarm after a restart", None, None)


def make_key(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                    "-addext", "keyUsage=critical,keyAgreement", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"],
                   check=True, capture_output=True)
    (folder / f"{name}.crt").chmod(0o644)
    return f'"{folder}/{name}.crt"'


def opens(folder, name, kept):
    done = subprocess.run(["openssl", "cms", "-decrypt", "-inform", "DER", "-inkey", folder / f"{name}.key"], input=kept, capture_output=True)
    return subprocess.run(["zstd", "-dc"], input=done.stdout, capture_output=True).stdout if done.returncode == 0 else None


def sealed(chain, folder):
    certificates = {name: make_key(folder, name) for name in ("city", "ward", "union", "escrow")}
    chain.gateway.change({"store": {"seal_to": certificates["city"], "escrow": certificates["escrow"]},
                          "organization ward": {"seal_to": certificates["ward"], "quota": "0 B"},
                          "organization union": {"seal_to": certificates["union"]}})
    chain.gateway.stop()
    chain.gateway.start()
    wanted = {("s1@ward.example.jp",): {"ward"}, ("s2@union.example.jp", "s2@ward.example.jp"): {"union", "ward"}, ("s3@city.example.jp",): {"city"},
              ("s4@city.example.jp", "s4@SUB.ward.example.jp", "s4@union.example.jp"): {"city", "ward", "union"}}
    for recipients, keys in wanted.items():
        reply, data = deliver(chain, recipients, f"sealed for {len(keys)}")
        equal(reply.code, 250, "reply")
        kept = chain.gateway.mugai("get", receipt_of(chain, recipients[0]), "--sealed").stdout
        for name in certificates:
            equal(opens(folder, name, kept), data if name in keys | {"escrow"} else None, f"{recipients} with the key of {name}")
    shown = json.loads(chain.gateway.mugai("key", "list", "--json").stdout)["keys"]
    equal([key["organization"] for key in shown], ["", "ward", "union", None], "whose keys are listed")
    return f"{len(wanted)} mails, {len(certificates)} keys"


def misused(chain, _):
    receipt = receipt_of(chain, "s1@ward.example.jp")
    wrong = [(["add", receipt, "--case", "c"], 64, "--until"), (["add", receipt, "--until", "2099-01-01"], 64, "--case"),
             (["add", "--case", "c", "--until", "2099-01-01"], 64, "which mail"), (["add", receipt, "--case", "c", "--until", "2020-01-01"], 64, "past"),
             (["add", receipt, "--case", "令和8年(ワ)第1号", "--until", "2099-01-01"], 64, "is no case"), (["add", receipt, "--case", "c", "--until", "soon"], 64, "no time"),
             (["add", receipt, "--case", "x" * 65, "--until", "2099-01-01"], 64, "65 characters"), (["add", "1234567891", "--case", "c", "--until", "2099-01-01"], 65, ""),
             (["add", "--to", "nobody@nowhere.example", "--case", "c", "--until", "2099-01-01"], 65, "no mail was found"),
             (["end", "c"], 65, "no hold for case c"), (["end"], 64, "usage"), (["keep"], 64, "usage")]
    for arguments, status, words in wrong:
        done = chain.gateway.mugai("hold", *arguments)
        error = done.stderr.decode()
        expect(done.returncode == status and words in error and error.count("\n") == 1 and done.stdout == b"", " ".join(arguments), (status, words), done)
    equal(chain.gateway.mugai("hold", "list", "--json").stdout, b"", "nothing is on hold")
    return f"{len(wrong)} ways"


@contextlib.contextmanager
def stopped(chain):
    """The index of a store that does not run; it starts again behind this, and looks at once what is due."""
    chain.gateway.stop()
    database = sqlite3.connect(chain.gateway.state / "index.db")
    yield database
    database.execute("UPDATE retention SET last_run = unixepoch() - 3600, not_before = 0")
    database.commit()
    database.close()
    chain.gateway.start()


def make_older(database, days):
    for table in ("mail", "mail_organization"):
        database.execute(f"UPDATE {table} SET time = time - {days * DAY}")


def files_with(chain, words):
    found = []
    for path in chain.gateway.state.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and words.encode() in path.read_bytes():
                found.append(path.name)
    return found


def expired(chain, _):
    for name in ("gone", "held"):
        equal(deliver(chain, [f"{PLANTED}-{name}@city.example.jp"], f"{PLANTED}-{name}-subject")[0].code, 250, "reply")
    equal(deliver(chain, [f"{PLANTED}-stays@ward.example.jp"], f"{PLANTED}-stays-subject")[0].code, 250, "reply")
    held = receipt_of(chain, f"{PLANTED}-held@city.example.jp")
    nobody = chain.gateway.mugai("hold", "add", "--word", PLANTED, "--word", "竜宮城", "--case", "R8-wa-123", "--until", "2099-03-31")
    equal((nobody.returncode, nobody.stdout), (65, b""), f"all terms must hold: {nobody.stderr.decode()}")
    done = chain.gateway.mugai("hold", "add", "--word", f"{PLANTED}-held@", "--since", "10000d", "--case", "R8-wa-123", "--until", "2099-03-31")
    equal(done.returncode, 0, f"hold add: {done.stderr.decode()}")
    hold = json.loads(chain.gateway.mugai("hold", "list", "--json").stdout)
    equal((hold["case"], hold["mails"]), ("R8-wa-123", 1), "hold list")
    with stopped(chain) as database:
        make_older(database, 25)
    # Within the week of the warning: the mail of the default organization, but what is held.
    before = rows(chain)
    expect(before[""]["expiring"] > 0 and before["ward"]["expiring"] == 0 and before[""]["held"] == 1, "what will go", None, before)
    with stopped(chain) as database:
        make_older(database, 10)
    # One more is ward's as well, which keeps it for longer.
    expect(wait_for(lambda: rows(chain)[""]["mails"] == 2), "what is due is gone", 2, rows(chain)[""])
    expect(wait_for(lambda: not files_with(chain, f"{PLANTED}-gone")), "no file has a word of it", [], files_with(chain, f"{PLANTED}-gone"))
    for name in ("held", "stays"):
        expect(files_with(chain, f"{PLANTED}-{name}-subject"), f"{name} is there", None, None)
    equal(chain.gateway.mugai("get", held, "--sealed").returncode, 0, "the original on hold")
    equal(chain.gateway.mugai("hold", "end", "R8-wa-123").returncode, 0, "hold end")
    with stopped(chain):
        pass
    expect(wait_for(lambda: rows(chain)[""]["mails"] == 1), "after the hold", 1, rows(chain)[""])
    expect(wait_for(lambda: not files_with(chain, f"{PLANTED}-held")), "no file has a word of it", [], files_with(chain, f"{PLANTED}-held"))
    equal(chain.gateway.mugai("get", held, "--sealed").returncode, 65, "the original is gone")
    kept = {receipt["receipt"] for receipt in chain.gateway.records("list", "--max", "1000")}

    def objects():
        return sum(1 for p in (chain.gateway.state / "objects").rglob("*") if p.is_file() and p.stat().st_size)
    # A file goes after its row.
    expect(wait_for(lambda: objects() == len(kept)), "objects and rows", len(kept), objects())
    chain.held = held
    return f"{len(kept)} of ward and union are kept"


def trail(chain, _):
    acts = [(json.loads(line)["act"], json.loads(line)["actor"]) for line in
            chain.gateway.mugai("audit", "list", "--receipt", chain.held, "--json").stdout.splitlines()]
    for act in (("expired", "gateway"), ("held", "root"), ("decided", "gateway")):
        expect(act in acts, "the acts on the mail that was held", act, acts)
    ended = [json.loads(line) for line in chain.gateway.mugai("audit", "list", "--act", "hold-ended", "--json").stdout.splitlines()]
    equal([(entry["case"], entry["actor"]) for entry in ended], [("R8-wa-123", "root")], "the end of the hold")
    done = chain.gateway.mugai("audit", "verify", "--json")
    expect(done.returncode == 0 and json.loads(done.stdout)["valid"], "the trail is whole", None, done)
    return f"{json.loads(done.stdout)['entries']} entries"
