# SPDX-License-Identifier: Apache-2.0
"""Starting, stopping, reloading, and what happens to mail meanwhile."""
import json
import os
import signal
import subprocess
import time

import delivered
import seeds
import smtp
from check import Skip, equal, expect, wait_for
from gateway import USERS, Gateway, children, kill, program

OPTIONS = {}


def cases(chain, folder):
    return [(f"running: {name}", function) for name, function in (
        ("each role runs under its own user, mugaid's files belong to them", lambda: users(chain)),
        ("as an ordinary user it runs whole under that one", lambda: ordinary_user(folder)),
        ("a worker is killed: the mail goes on as notice or text, once", lambda: worker_killed(chain)),
        ("SIGHUP takes a new configuration over", lambda: reload_good(chain)),
        ("SIGHUP with a wrong configuration keeps the running one and says why", lambda: reload_bad(chain)),
        ("reload in the middle of DATA: the mail keeps the settings it began with", lambda: reload_in_data(chain)),
        ("a wrong configuration starts nothing: file, line, sentence, exit 78", lambda: wrong_configurations(chain, folder)),
        ("a lost 250: the retry gets the receipt it had and is delivered", lambda: lost_reply(chain)),
        ("power cut in the middle of DATA: 4xx, the retry is taken, delivered once", lambda: cut_in_data(chain)),
        ("restart between two mails of one session", lambda: restart_between(chain)),
        ("SIGTERM with a mail in flight: it is finished, no new one begins, exit 0", lambda: drain(chain)),
        ("SIGTERM without mail ends at once", lambda: stop_idle(chain)),
        ("what was kept is there after a restart", lambda: kept_over_restart(chain)),
        ("a second mugaid on the same folders does not start", lambda: second(chain)),
    )]


def one_mail(chain, mail=None, rcpt=None):
    reply, rcpt = chain.send(smtp.wire(mail or seeds.plain()), rcpt)
    equal(reply.code, 250, f"reply {reply}")
    arrived = chain.arrivals(rcpt)
    equal(delivered.faults(arrived[0].data), [], "what is wrong with the delivered mail")
    return arrived[0].data


def status_of(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(line.split()[1:] for line in file if line.startswith(name))


def users(chain):
    one_mail(chain)
    for role, pid in chain.gateway.pids().items():
        equal(set(status_of(pid, "Uid:")), {USERS[role]}, f"user of role {role}")
        equal(status_of(pid, "CapEff:"), ["0000000000000000"], f"capabilities of role {role}")
        equal(status_of(pid, "NoNewPrivs:"), ["1"], f"no_new_privs of role {role}")
    owner = str(os.stat(chain.gateway.state).st_uid)
    equal(owner, USERS["store"], "owner of the folder of originals")
    equal(os.stat(chain.gateway.state).st_mode & 0o077, 0, "others in the folder of originals")
    return str({role: status_of(pid, "Uid:")[0] for role, pid in chain.gateway.pids().items()})


def ordinary_user(folder):
    """No root, no users: one user for all, with a unix socket for the milter. Postfix is not in this one."""
    home = folder / "ordinary"
    home.mkdir()
    os.chown(home, 65030, 65030)
    gateway = Gateway(home / "g")
    gateway.write()
    for path in (gateway.folder, gateway.conf):
        os.chown(path, 65030, 65030)
    log = open(gateway.log, "ab")
    gateway.daemon = subprocess.Popen([program("mugaid"), "--config", str(gateway.conf)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                      user=65030, group=65030, extra_groups=[])
    log.close()
    try:
        gateway.wait_ready()
        for role, pid in gateway.pids().items():
            equal(set(status_of(pid, "Uid:")), {"65030"}, f"user of role {role}")
    finally:
        status = gateway.stop()
    equal(status, 0, "exit status")


def worker_killed(chain):
    """A mail that takes long to read, and its worker killed meanwhile."""
    heavy = seeds.head("重い").encode() + b"Content-Type: text/html; charset=utf-8\n\n" + b"<p><b>x</b> <i>y</i></p>\n" * 400_000
    zygote, rcpt, killed = chain.gateway.pids()["sanitize"], chain.address("wk"), 0
    with smtp.Client(chain.port) as client:
        idle = set(children(zygote))
        equal(client.envelope("a@example.org", [rcpt]).code, 354, "DATA")
        client.sock.sendall(smtp.wire(heavy) + b".\r\n")
        deadline = time.monotonic() + 30
        while not killed and time.monotonic() < deadline:
            for pid in set(children(zygote)) - idle:
                kill(pid, signal.SIGKILL)
                killed = pid
        reply = client.reply()
    if not killed:
        raise Skip("no worker was seen")
    equal(reply.code, 250, f"reply {reply}")
    chain.arrivals(rcpt)
    row = chain.gateway.trace("--to", rcpt)[0]
    equal(row["outcome"], "failed", f"outcome: {row['reason']}")
    equal(delivered.faults(chain.sink.by_rcpt[rcpt][0].data), [], "what is wrong with the notice")
    equal(chain.gateway.pids()["sanitize"], zygote, "the zygote lives on")
    equal(chain.gateway.get(row["receipt"]), smtp.wire(heavy), "the original is kept")
    return row["reason"]


def reload_good(chain):
    before = chain.gateway.pids()
    chain.gateway.change({"policy": {"subject_tag": '"[CUT] "'}})
    chain.gateway.write()
    chain.gateway.signal(signal.SIGHUP)
    deadline = time.monotonic() + 15
    while True:
        data = one_mail(chain, seeds.estimate())
        if delivered.header(data, "Subject").startswith("[CUT]"):
            break
        expect(time.monotonic() < deadline, "the new tag stands before the subject", "[CUT] ...", delivered.header(data, "Subject"))
        time.sleep(0.2)
    after = chain.gateway.pids()
    return f"{sum(before[r] == after.get(r) for r in before)} of {len(before)} roles kept their process"


def reload_bad(chain):
    chain.gateway.write(extra="no_such_key = 1\n")
    lines, said = len(chain.gateway.log_text().splitlines()), []

    def named():
        said[:] = [line for line in chain.gateway.log_text().splitlines()[lines:] if "mugai.conf:" in line and "no_such_key" in line]
        return said
    chain.gateway.signal(signal.SIGHUP)
    expect(wait_for(named), "the log names file, line and key", "mugai.conf:N: ... no_such_key", chain.gateway.log_text().splitlines()[lines:])
    expect(delivered.header(one_mail(chain, seeds.estimate()), "Subject").startswith("[CUT]"), "the running configuration stays")
    chain.gateway.write()
    chain.gateway.reload()
    one_mail(chain)
    return said[0][-200:]


def reload_in_data(chain):
    rcpt = chain.address("rl")
    mail = smtp.wire(seeds.estimate())
    with smtp.Client(chain.port) as client:
        equal(client.envelope("a@example.org", [rcpt]).code, 354, "DATA")
        client.sock.sendall(mail[:500])
        chain.gateway.change({"policy": {"subject_tag": '"[NEW] "'}})
        chain.gateway.write()
        chain.gateway.reload()
        client.sock.sendall(mail[500:] + b".\r\n")
        reply = client.reply()
    equal(reply.code, 250, f"reply {reply}")
    arrived = chain.arrivals(rcpt)
    equal(delivered.faults(arrived[0].data), [], "what is wrong with the delivered mail")
    subject = delivered.header(arrived[0].data, "Subject")
    expect(delivered.header(one_mail(chain, seeds.estimate()), "Subject").startswith("[NEW]"), "the next mail has the new tag")
    return subject


def wrong_configurations(chain, folder):
    wrong = {
        "unknown key": "no_such_key = 1\n",
        "unknown key in a section": "milter {\n        no_such_key = 1\n}\n",
        "wrong unit": "sandbox {\n        deadline = 20 MB\n}\n",
        "no unit": "limits {\n        mail_size = 26214400\n}\n",
        "out of range": "node = 77\n",
        "key twice": "node = 1\nnode = 2\n",
        "not a number": "milter {\n        max_mails = many\n}\n",
        "open section": "milter {\n        max_mails = 3\n",
        "include": "include(\"other.conf\")\n",
    }
    for name, text in wrong.items():
        path = folder / "wrong.conf"
        path.write_text(f'state_dir = "{folder}/nowhere"\nrun_dir = "{folder}/nowhere-run"\n' + text)
        done = subprocess.run([program("mugaid"), "--config", str(path)], capture_output=True, text=True, timeout=30)
        equal(done.returncode, 78, f"{name}: exit status ({done.stderr[-300:]})")
        expect(f"{path}:" in done.stderr and done.stderr.split(f"{path}:")[1][:1].isdigit(), f"{name}: file and line", f"{path}:N:", done.stderr)
        expect(not (folder / "nowhere").exists() and not (folder / "nowhere-run").exists(), f"{name}: nothing was made")
        command = subprocess.run([program("mugai"), "check", "--config", str(path)], capture_output=True, text=True, timeout=30)
        equal(command.returncode, 78, f"{name}: exit status of mugai check ({command.stderr[-300:]})")
    return f"{len(wrong)} faults"


def lost_reply(chain):
    rcpt, mail = chain.address("lost"), smtp.wire(seeds.plain("lost 250"))
    client = smtp.Client(chain.port)
    equal(client.send_unread("lost@example.org", [rcpt], mail).code, 354, "DATA")
    chain.arrivals(rcpt)
    reply, _ = chain.send(mail, rcpt, "lost@example.org")
    equal(reply.code, 250, f"reply to the retry {reply}")
    arrived = chain.arrivals(rcpt, 2)
    receipts = {bytes(raw) for mail in arrived for name, raw in delivered.fields(mail.data)[0] if "receipt" in name.lower()}
    equal(len(receipts), 1, f"receipts of both deliveries {receipts}")
    rows = chain.gateway.trace("--to", rcpt)
    equal(len(rows), 1, "rows")
    other, _ = chain.send(smtp.wire(seeds.plain("another text")), rcpt, "lost@example.org")
    equal(other.code, 250, "another mail")
    equal(len({row["receipt"] for row in chain.gateway.trace("--to", rcpt)}), 2, "receipts with another mail of the same envelope")
    return rows[0]["receipt"]


def cut_in_data(chain):
    rcpt, mail = chain.address("cut"), smtp.wire(seeds.sized(300_000))
    client = smtp.Client(chain.port)
    equal(client.envelope("a@example.org", [rcpt]).code, 354, "DATA")
    client.sock.sendall(mail[:150_000])
    chain.gateway.kill_all()
    chain.gateway.start()
    client.sock.sendall(mail[150_000:] + b".\r\n")
    reply = client.reply()
    expect(400 <= reply.code < 500, "reply after the cut", "4xx", reply)
    client.quit()
    again, _ = chain.send_until_taken(mail, rcpt)
    equal((again.code, len(chain.sink.wait(rcpt))), (250, 1), "reply and arrivals of the retry")
    return str(reply)


def restart_between(chain):
    first, second = chain.address("rb"), chain.address("rb")
    client = smtp.Client(chain.port)
    equal(client.send("a@example.org", [first], smtp.wire(seeds.plain())).code, 250, "the first")
    equal(chain.gateway.stop(), 0, "exit status of mugaid")
    chain.gateway.start()
    reply = client.send("a@example.org", [second], smtp.wire(seeds.plain()))
    expect(reply.code == 250 or 400 <= reply.code < 500, "the second in the old session", "250 or 4xx", reply)
    client.quit()
    if reply.code != 250:
        chain.send_until_taken(smtp.wire(seeds.plain()), second)
    equal([len(chain.sink.wait(rcpt)) for rcpt in (first, second)], [1, 1], "arrivals")
    return str(reply)


def drain(chain):
    rcpt, mail = chain.address("dr"), smtp.wire(seeds.sized(300_000))
    client, idle = smtp.Client(chain.port), smtp.Client(chain.port)
    equal(client.envelope("a@example.org", [rcpt]).code, 354, "DATA")
    client.sock.sendall(mail[:150_000])
    chain.gateway.signal(signal.SIGTERM)
    expect(wait_for(lambda: chain.gateway.log_lines("no new mail; 1 to finish")), "the milter is told")
    time.sleep(1.5)
    equal(chain.gateway.daemon.poll(), None, "mugaid waits for the mail in flight")
    new = idle.command("MAIL FROM:<new@example.org>")
    expect(400 <= new.code < 500, "a new mail while draining", "4xx", new)
    idle.quit()
    client.sock.sendall(mail[150_000:] + b".\r\n")
    reply = client.reply()
    equal(reply.code, 250, f"the mail in flight {reply}")
    client.quit()
    began = time.monotonic()
    equal(chain.gateway.daemon.wait(60), 0, "exit status of mugaid")
    took = time.monotonic() - began
    chain.gateway.stop()
    chain.arrivals(rcpt)
    chain.gateway.start()
    equal(len(chain.gateway.trace("--to", rcpt)), 1, "rows")
    return f"new mail {new}; ended {took:.1f} s after the last reply"


def stop_idle(chain):
    began = time.monotonic()
    equal(chain.gateway.stop(), 0, "exit status")
    took = time.monotonic() - began
    chain.gateway.start()
    expect(took < 10, "no mail, no wait", "10 s", f"{took:.1f} s")
    return f"{took:.1f} s"


def kept_over_restart(chain):
    rcpt, mail = chain.address("kept"), smtp.wire(seeds.newsletter("kept"))
    one_mail(chain, seeds.newsletter("kept"), rcpt)
    row = chain.gateway.trace("--to", rcpt)[0]
    chain.gateway.kill_all()
    chain.gateway.start()
    equal(chain.gateway.get(row["receipt"]), mail, "the original after a power cut")
    equal(json.dumps(chain.gateway.trace("--to", rcpt)[0], sort_keys=True), json.dumps(row, sort_keys=True), "the row after a power cut")
    one_mail(chain)
    newest = chain.gateway.records("list")[0]
    expect(newest["receipt"] > row["receipt"], "receipts go on where they were", f"above {row['receipt']}", newest["receipt"])


def second(chain):
    # It waits for the folders as long as the roles of a mugaid that died may take to finish their mail.
    done = subprocess.run([program("mugaid"), "--config", str(chain.gateway.conf)], capture_output=True, text=True, timeout=100)
    expect(done.returncode != 0 and done.stderr, "it ends with a sentence", "exit not 0", (done.returncode, done.stderr[-300:]))
    one_mail(chain)
    return f"exit {done.returncode}: {done.stderr.strip()[-160:]}"
