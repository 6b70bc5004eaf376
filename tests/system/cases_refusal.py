# SPDX-License-Identifier: Apache-2.0
"""Mail that is not taken: what the client hears, and that it leaves one log line and one row but no content."""
import contextlib
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import cases_rules
import seeds
import smtp
from check import equal, expect, wait_for

# Small bounds, so that they are reached with small mails; Postfix's own size limit is larger on purpose.
OPTIONS = {"settings": {"milter": {"max_mails": "4", "priority_mails": "2", "max_memory": "2 MB"}, "limits": {"mail_size": "1 MB", "body": "1 MB", "html_bytes": "1 MB"}}}


def cases(chain, folder):
    return [(f"refusal: {name}", function) for name, function in (
        ("1,000 header fields are taken", lambda: fields_taken(chain)),
        ("A7 1,001 header fields get 554 5.6.0", lambda: fields_refused(chain, 1001)),
        ("A7 9,000 header fields get 554 5.6.0 quickly", lambda: fields_refused(chain, 9000)),
        ("a mail over the size gets 552 5.3.4", lambda: too_large(chain)),
        ("Postfix refuses an announced size by itself", lambda: announced(chain)),
        ("one mail more than max_mails gets 4xx at MAIL", lambda: admission(chain)),
        ("senders that a rule prefers are admitted beyond max_mails, as many as there are places", lambda: preferred(chain)),
        ("more memory than max_memory gets 4xx", lambda: memory(chain)),
        ("a client that breaks off in DATA leaves nothing", lambda: broken_off(chain)),
        ("RSET in the middle leaves nothing, and the session goes on", lambda: reset(chain)),
        ("store stopped: 4xx, then taken again", lambda: store_down(chain)),
        ("store killed: 4xx or 250, nothing lost", lambda: store_killed(chain)),
        ("sanitize killed: mail goes on or is deferred, nothing lost", lambda: role_killed(chain, "sanitize")),
        ("milter killed: 451, then taken again", lambda: role_killed(chain, "milter")),
        ("disk full: 452, no content, then taken again", lambda: disk_full(folder)),
        ("hostile addresses do not break rows and lines", lambda: addresses(chain)),
        ("A4 a line break in an address is refused, or is none where it is kept", lambda: broken_addresses(chain)),
    )]


def objects(chain):
    """Files below state_dir that hold an original."""
    return sum(1 for path in chain.gateway.state.rglob("*") if path.is_file() and "index" not in path.name)


def refused(chain, rcpt, reply, code, status=None, receipt=False):
    """One row, one log line, no content, nothing delivered."""
    equal(reply.code, code, f"reply {reply}")
    if status:
        expect(reply.text.startswith(status), "enhanced status", status, reply)
    rows = chain.gateway.trace("--to", rcpt)
    equal(len(rows), 1, "rows in trace")
    row = rows[0]
    equal((row["outcome"], row.get("receipt") or ""), ("refused" if code >= 500 else "deferred", ""), "outcome and receipt of the row")
    expect(row["reply"].startswith(str(code)), "reply in the row", reply, row["reply"])
    lines = [line for line in chain.gateway.log_lines("reply=") if rcpt in line or (row["queue_id"] and row["queue_id"] in line)]
    equal(len(lines), 1, "log lines with its reply")
    time.sleep(0.3)
    equal(len(chain.sink.by_rcpt.get(rcpt, [])), 0, "arrivals")
    for word in ("mugai", "/", "sqlite", "worker"):
        expect(word not in reply.text.lower().replace("5.6.0", ""), "the reply names nothing of the inside", f"no {word}", reply)
    return f"{reply}; {row['reason']}"


def taken(chain, mail=None, rcpt=None):
    reply, rcpt = chain.send(smtp.wire(mail or seeds.plain("taken")), rcpt)
    equal(reply.code, 250, f"reply {reply}")
    chain.arrivals(rcpt)


def many_fields(count):
    fixed = b"From: a@example.org\nTo: b@city.example.jp\nSubject: many\n"
    return fixed + b"".join(b"X-%d: a\n" % i for i in range(count - 3)) + b"\nbody\n"


def fields_taken(chain):
    began = time.monotonic()
    taken(chain, many_fields(1000))
    return f"{time.monotonic() - began:.2f} s"


def fields_refused(chain, count):
    began, before = time.monotonic(), objects(chain)
    reply, rcpt = chain.send(smtp.wire(many_fields(count)))
    took = time.monotonic() - began
    equal(objects(chain), before, "originals kept")
    expect(took < 10, "the refusal is quick", "10 s", f"{took:.1f} s")
    return refused(chain, rcpt, reply, 554, "5.6.0") + f" ({took:.2f} s)"


def too_large(chain):
    before = objects(chain)
    reply, rcpt = chain.send(smtp.wire(seeds.sized(1_300_000)))
    equal(objects(chain), before, "originals kept")
    return refused(chain, rcpt, reply, 552, "5.3.4")


def announced(chain):
    with smtp.Client(chain.port) as client:
        reply = client.command("MAIL FROM:<a@example.org> SIZE=99999999")
    equal(reply.code, 552, "reply to MAIL")
    return str(reply)


def admission(chain):
    clients = [smtp.Client(chain.port) for _ in range(5)]
    try:
        rcpts = [chain.address("adm") for _ in clients]
        for client, rcpt in zip(clients[:4], rcpts):
            equal(client.command("MAIL FROM:<a@example.org>").code, 250, "MAIL within the bound")
            equal(client.command(f"RCPT TO:<{rcpt}>").code, 250, "RCPT within the bound")
        reply = clients[4].command("MAIL FROM:<fifth@example.org>")
        expect(400 <= reply.code < 500, "MAIL beyond the bound", "4xx", reply)
        for client, rcpt in zip(clients[:4], rcpts):
            equal(client.command("DATA").code, 354, "DATA within the bound")
            client.sock.sendall(smtp.wire(seeds.plain()) + b".\r\n")
            equal(client.reply().code, 250, "reply within the bound")
        clients[4].command("RSET")
        equal(clients[4].send("fifth@example.org", [rcpts[4]], smtp.wire(seeds.plain())).code, 250, "the fifth, later")
        for rcpt in rcpts:
            chain.arrivals(rcpt)
        rows = chain.gateway.trace("--from", "fifth@example.org", count=2)
        equal(sorted(row["outcome"] for row in rows), ["converted", "deferred"], "rows of the fifth")
    finally:
        for client in clients:
            client.quit()
    return str(reply)


def preferred(chain):
    cases_rules.apply(chain, "rule disaster {\n  sender = .bousai.example.jp\n  mail = rewrite\n  priority = yes\n}\n")
    senders = ["a@example.org"] * 4 + ["a@pref.bousai.example.jp"] * 2
    clients = [smtp.Client(chain.port) for _ in range(7)]
    try:
        for client, sender in zip(clients, senders):
            equal(client.command(f"MAIL FROM:<{sender}>").code, 250, f"MAIL of {sender}")
        for sender in ("a@example.org", "a@pref.bousai.example.jp"):
            reply = clients[-1].command(f"MAIL FROM:<{sender}>")
            expect(400 <= reply.code < 500, f"{sender} beyond all places", "4xx", reply)
        row = chain.gateway.trace("--from", "a@pref.bousai.example.jp")[0]
        expect("milter.max_mails is 4 (and milter.priority_mails 2)" in row["reason"], "the row names both bounds", None, row["reason"])
        clients.pop(0).quit()
        reply = clients[-1].command("MAIL FROM:<a@example.org>")
        expect(400 <= reply.code < 500, "a place beyond max_mails is for those that are preferred alone", "4xx", reply)
        # The end of the first one is told to the gateway, and not waited for.
        expect(wait_for(lambda: clients[-1].command("MAIL FROM:<a@pref.bousai.example.jp>").code == 250), "MAIL of one that is preferred")
    finally:
        for client in clients:
            client.quit()
    cases_rules.apply(chain, "")
    # The end of a session is told to the gateway, and not waited for.
    expect(wait_for(lambda: chain.gateway.records("status")[0]["milter"]["mails_now"] == 0), "all places are free")
    taken(chain)


def memory(chain):
    """Two mails that wait for a stopped store hold the memory: a third is deferred, and all three are taken in the end.

    Several times: where sessions share a pool of threads the third is forgotten in one of five (README, "How it is built")."""
    took = [memory_once(chain) for _ in range(6)]
    return f"slowest reply of {len(took)} after {max(took):.1f} s"


def readings(chain):
    """Mails that the milter has as a whole: each has its memory for the Reading by then."""
    found = 0
    for path in Path(f"/proc/{chain.gateway.pids()['milter']}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += os.readlink(path).startswith("/memfd:mugai-reading")
    return found


def memory_once(chain):
    rcpts, first = [chain.address("mem") for _ in range(3)], {}
    store = chain.gateway.pids()["store"]

    def one(rcpt):
        first[rcpt] = chain.send(smtp.wire(seeds.sized(900_000, len(rcpt))), rcpt, timeout=240)[0]
    threads = [threading.Thread(target=one, args=(rcpt,)) for rcpt in rcpts]
    os.kill(store, 19)  # SIGSTOP
    try:
        for thread in threads[:2]:
            thread.start()
        # Three that come at once share it out in pieces, and the pieces of two may turn away both.
        expect(wait_for(lambda: readings(chain) == 2, 25), "two mails are in the milter's memory as a whole", 2, readings(chain))
        threads[2].start()
        began = time.monotonic()
        while not first and time.monotonic() < began + 25:  # before the gateway itself gives the store up
            time.sleep(0.05)
        took = time.monotonic() - began
        early = dict(first)
    finally:
        os.kill(store, 18)  # SIGCONT
    for thread in threads:
        thread.join()
    equal([reply.code for reply in early.values()], [451], "replies while two mails hold the memory")
    equal(sorted(reply.code for reply in first.values()), [250, 250, 451], "replies in the end")
    for rcpt in early:
        equal(chain.sink.by_rcpt.get(rcpt), None, "arrivals of the deferred one")
        chain.send_until_taken(smtp.wire(seeds.sized(900_000, len(rcpt))), rcpt)
    for rcpt in rcpts:
        chain.arrivals(rcpt)
    for rcpt in early:
        rows = chain.gateway.trace("--to", rcpt, count=2)
        equal({row["outcome"] for row in rows}, {"converted", "deferred"}, "rows of the deferred one")
    return took


def broken_off(chain):
    rcpt = chain.address("off")
    client = smtp.Client(chain.port)
    equal(client.envelope("a@example.org", [rcpt]).code, 354, "DATA")
    client.sock.sendall(smtp.wire(seeds.sized(200_000))[:100_000])
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    time.sleep(1)
    equal(chain.gateway.records("trace", "--to", rcpt), [], "rows")
    equal(chain.sink.by_rcpt.get(rcpt), None, "arrivals")
    taken(chain)


def reset(chain):
    first, second = chain.address("rs"), chain.address("rs")
    with smtp.Client(chain.port) as client:
        client.command("MAIL FROM:<a@example.org>")
        client.command(f"RCPT TO:<{first}>")
        equal(client.command("RSET").code, 250, "RSET")
        equal(client.send("b@example.org", [second], smtp.wire(seeds.plain())).code, 250, "the next mail")
    chain.arrivals(second)
    equal(chain.gateway.records("trace", "--to", first), [], "rows of the first")


def store_down(chain):
    store = chain.gateway.pids()["store"]
    os.kill(store, 19)  # SIGSTOP: it is there and does not answer
    try:
        began = time.monotonic()
        reply, rcpt = chain.send(smtp.wire(seeds.plain("store")), timeout=240)
        took = time.monotonic() - began
    finally:
        os.kill(store, 18)  # SIGCONT
    expect(400 <= reply.code < 500, "reply while the store is stopped", "4xx", reply)
    equal(chain.sink.by_rcpt.get(rcpt), None, "arrivals")
    reply_then = reply
    reply, _ = chain.send_until_taken(smtp.wire(seeds.plain("store")), rcpt)
    equal((reply.code, len(chain.sink.wait(rcpt))), (250, 1), "reply and arrivals afterwards")
    rows = chain.gateway.trace("--to", rcpt, count=2)
    equal(rows[-1]["reply"], str(reply_then), "the row of the first try, which the store took when it was back")
    equal({row["outcome"] for row in rows}, {"converted", "deferred"}, "outcomes of the rows")
    expect(chain.gateway.log_lines(rows[-1]["queue_id"], "reply="), "a log line says so")
    return f"4xx after {took:.1f} s"


def store_killed(chain):
    return role_killed(chain, "store")


def role_killed(chain, role):
    """The role is killed and mail is sent at once: whatever is answered 250 arrives once, whatever is not is taken later."""
    os.kill(chain.gateway.pids()[role], 9)
    first, rcpt = chain.send(smtp.wire(seeds.plain(role)), timeout=240)
    expect(first.code == 250 or 400 <= first.code < 500, "reply right after the kill", "250 or 4xx", first)
    reply, _ = chain.send_until_taken(smtp.wire(seeds.plain(role)), rcpt) if first.code != 250 else (first, rcpt)
    equal((reply.code, len(chain.sink.wait(rcpt))), (250, 1), "reply and arrivals in the end")
    chain.gateway.wait_ready()
    return f"right after the kill {first}"


def disk_full(folder):
    """A gateway of its own, its state_dir on a small tmpfs."""
    from harness import Chain
    state = folder / "full"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", str(state)], check=True)
    try:
        with Chain(folder / "chain-full", {"store": {"reserve": "1 MB"}}, state_dir=state / "state") as chain:
            taken(chain)
            replies = []
            for number in range(40):
                reply, rcpt = chain.send(smtp.wire(seeds.sized(1_000_000, number)))
                replies.append(reply)
                if reply.code != 250:
                    break
                chain.arrivals(rcpt)
            equal(reply.code, 452, f"reply when the disk is full, after {len(replies)} mails")
            equal(chain.sink.by_rcpt.get(rcpt), None, "arrivals of the mail that found no room")
            equal(chain.gateway.mugai("status").returncode, 0, "the gateway still answers")
            subprocess.run(["mount", "-o", "remount,size=64m", str(state)], check=True)
            again, _ = chain.send_until_taken(smtp.wire(seeds.sized(1_000_000, number)), rcpt)
            equal((again.code, len(chain.sink.wait(rcpt))), (250, 1), "reply and arrivals once there is room")
            return f"{reply} after {len(replies) - 1} mails of 1 MB on 24 MB"
    finally:
        subprocess.run(["umount", "-l", str(state)], check=True)


def broken_addresses(chain):
    """CR and an encoded CR LF in the envelope's addresses: Postfix refuses them, or the row and the log have none."""
    replies = []
    for local in ('"a\rRCPT TO:<b@example.org>"', '"a\r\r b"', "a=?utf-8?Q?=0D=0A?=b", "a%0d%0ab"):
        rcpt = chain.address("broken")
        with smtp.Client(chain.port) as client:
            reply = client.send(f"{local}@example.org", [rcpt], smtp.wire(seeds.plain("broken")))
        replies.append(reply.code)
        expect(reply.code == 250 or reply.code >= 500, f"taken or refused for good: {local!r}", "250 or 5xx", reply)
        if reply.code != 250:
            continue
        row, mail = chain.gateway.trace("--to", rcpt)[0], chain.arrivals(rcpt)[0]
        equal([c for c in row["from"] + mail.sender if c < " "], [], f"controls of {local!r} in the row and at the next hop")
        equal(len(chain.gateway.log_lines(f"receipt={row['receipt']}")), 1, "log lines")
        equal(mail.rcpts, [rcpt], "recipients at the next hop")
    return f"replies {replies}"


def addresses(chain):
    """Quoted local parts with blanks, quotes and =: they must not forge a column of the log."""
    sender = '"a b\\" outcome=converted receipt=9"@example.org'
    rcpt = chain.address("quoted")
    with smtp.Client(chain.port) as client:
        reply = client.send(sender, [rcpt], smtp.wire(seeds.plain("quoted")))
    equal(reply.code, 250, f"reply {reply}")
    row = chain.gateway.trace("--to", rcpt)[0]
    line = chain.gateway.log_lines(row["queue_id"])[0]
    equal(line.count(" receipt="), 1 + line.count('\\" outcome=converted receipt=9'), "columns named receipt")
    expect(f"receipt={row['receipt']}" in line, "the real receipt is in the line", row["receipt"], line)
    return line[-200:]
