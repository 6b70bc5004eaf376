# SPDX-License-Identifier: Apache-2.0
"""Figures for Prometheus: what promtool says of them, that they are true, and that a scrape never hangs whoever does."""
import http.client
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import seeds
import smtp
from check import Skip, equal, expect, wait_for
from gateway import GROUP, TOP, USERS, Gateway, kill, program
from harness import DOMAIN
from postfix import free_port

PORT = free_port()
SECRET = "zq-figure-9Lm4"
RULES = """exemption partner {
        sender = "partner.example"
        mail = rewrite
        links = text
        reason = "tender"
        approved_by = "chief"
        expires = 2999-03-31
}
exemption past {
        sender = "past.example"
        mail = rewrite
        links = text
        reason = "tender"
        approved_by = "chief"
        expires = 2020-03-31
}
rule away {
        sender = "away.example"
        mail = reject
        text = "Not wanted here"
        reason = "not wanted"
}
"""
OPTIONS = {"settings": {"monitor": {"enabled": "yes", "listen": f'"inet:{PORT}@127.0.0.1"'},
                        "organization city": {"domains": f'"{DOMAIN}"', "quota": "500 MB"}},
           "release": [f"soto.{DOMAIN}"]}
ROOMS = {"mugaid": "supervisor", "sanitize": "sandbox"}  # where a role's figures are counted, where the name is another
WITHIN = 2.6  # s: two of the role, and what a loaded machine adds


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    return [(f"monitor: {name}", function) for name, function in (
        ("promtool accepts the figures, with mail and without", lambda: checked(chain)),
        ("mails by outcome, reply, reason; octets and times are those of the mails", lambda: counted(chain, folder)),
        ("what organizations have, the trail, exemptions", lambda: kept(chain)),
        ("no figure holds a word of a mail", lambda: silent(chain)),
        ("its user is in the group and sees no mail", lambda: sees_no_mail(chain)),
        ("a role that hangs is a figure, and the scrape comes in time", lambda: hangs(chain)),
        ("a role that died is a figure, and its restart another one", lambda: died(chain)),
        ("mugaid hangs: own figures alone, in time, for twenty who ask at once", lambda: without_mugaid(chain)),
        ("killed, it comes back; mail goes on meanwhile", lambda: killed(chain)),
        ("status --watch: lines where nobody sits at a terminal, pages where somebody does; ends on Ctrl-C with 0", lambda: watched(chain)),
        ("every figure of mugai status is in mugai(1), and the other way round", lambda: documented(folder)),
        ("a port that is taken keeps the figures away until it is free, and not the mail", lambda: taken(chain)),
    )]


def scrape(timeout=30):
    """(text, seconds)"""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=timeout)
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    equal((answer.status, answer.headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"), "answer")
    return text, time.monotonic() - began


def figures(text=None):
    """name{labels} -> number"""
    lines = [line for line in (text or scrape()[0]).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def promtool(text):
    if not shutil.which("promtool"):
        raise Skip("promtool is not installed")
    done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, timeout=60)
    equal((done.returncode, done.stdout.decode() + done.stderr.decode()), (0, ""), "what promtool says")


def checked(chain):
    promtool(scrape()[0])
    chain.arrivals(chain.send(smtp.wire(seeds.plain()))[1])
    text = scrape()[0]
    promtool(text)
    families = re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M)
    expect(len(families) > 50, "families", "more than 50", len(families))
    return f"{len(families)} families, {len(text)} octets"


def counted(chain, folder):
    rules = folder / "figures.rules"
    rules.write_text(RULES)
    chain.gateway.change({"policy": {"rules": f'"{rules}"'}})
    chain.gateway.write()
    chain.gateway.reload()
    before = figures()
    for mail in (seeds.plain(), seeds.estimate()):
        chain.arrivals(chain.send(smtp.wire(mail))[1])
    equal(chain.send(smtp.wire(seeds.plain()), sender="x@away.example")[0].code, 550, "reply")
    now = figures()
    grown = {name: now[name] - before.get(name, 0) for name in now}
    equal({o: grown[f'mugai_mails_total{{outcome="{o}"}}'] for o in ("converted", "failed", "held", "deferred", "refused")},
          {"converted": 2, "failed": 0, "held": 0, "deferred": 0, "refused": 1}, "mails by outcome")
    equal([name for name in grown if name.startswith("mugai_mail_replies_total") and grown[name]], ['mugai_mail_replies_total{reply="rejected"}'],
          "replies")
    removed = {name: n for name, n in grown.items() if name.startswith("mugai_parts_removed_total") and n}
    expect(sum(removed.values()) >= 1 and all(re.search(r'reason="[a-z]+"', name) for name in removed), "parts by reason", None, removed)
    equal((grown["mugai_mail_duration_seconds_count"], grown["mugai_mail_duration_seconds_bucket{le=\"+Inf\"}"]), (3, 3), "mails measured")
    expect(grown["mugai_mail_duration_seconds_sum"] > 0, "seconds")
    steps = [now[name] for name in now if name.startswith("mugai_mail_duration_seconds_bucket")]
    equal(steps, sorted(steps), "the histogram grows")
    equal(grown["mugai_workers_total{end=\"answered\"}"], 3, "workers")
    rows = [row for row in chain.gateway.records("list") if row["outcome"] == "converted"][:2]
    equal(grown["mugai_mail_in_bytes_total"], sum(len(chain.gateway.get(row["receipt"])) for row in rows), "octets in")
    return f"{grown['mugai_mail_duration_seconds_sum']:.3f} s in 3 mails, {removed}"


def kept(chain):
    now = figures()
    mails = len(chain.gateway.records("list"))
    equal(now[f'mugai_organization_quota_bytes{{organization="city"}}'], 500 * 1024 * 1024, "quota")
    expect(1 <= now['mugai_organization_mails{organization="city"}'] <= mails, "mails of the organization", mails, now)
    equal(now["mugai_store_objects"], now['mugai_organization_mails{organization="city"}'], "originals: all are of that organization")
    equal(now['mugai_organization_full{organization="city"}'], 0, "full")
    expect(now["mugai_audit_entries_total"] >= mails, "entries of the trail", mails, now["mugai_audit_entries_total"])
    for name in ("mugai_audit_head_age_seconds", "mugai_audit_anchor_age_seconds"):
        expect(0 <= now[name] < 3600, name, "young", now[name])
    equal([now[f'mugai_exemptions{{state="{s}"}}'] for s in ("holds", "ends_soon", "over")], [1, 0, 1], "exemptions")
    expect(now["mugai_exemption_next_end_seconds"] > 86400 * 365, "the next end", None, now["mugai_exemption_next_end_seconds"])
    equal((now["mugai_store_sealing"], now["mugai_keys_unlocked"], now["mugai_supervisor_up"]), (0, 0, 1), "no keys; mugaid answers")
    equal({name: value for name, value in now.items() if name.startswith(("mugai_role_up", "mugai_role_answered")) and value != 1}, {},
          "roles that are not well")


def silent(chain):
    mail = seeds.plain(subject=SECRET, text=f"{SECRET}\n")
    reply, rcpt = chain.send(smtp.wire(mail), sender=f"{SECRET}@{SECRET}.example")
    equal(reply.code, 250, "reply")
    chain.arrivals(rcpt)
    text = scrape()[0]
    equal([word for word in (SECRET, rcpt, "@", DOMAIN) if word in text], [], "words of the mail in the figures")


def stopped(pid, function):
    os.kill(pid, signal.SIGSTOP)
    try:
        return function()
    finally:
        os.kill(pid, signal.SIGCONT)


def sees_no_mail(chain):
    def listed(user):
        return subprocess.run([program("mugai"), "list", "--config", str(chain.gateway.conf)], user=int(user), group=int(GROUP), extra_groups=[], cwd="/",
                              capture_output=True, text=True, timeout=60)
    member, role = listed(65099), listed(USERS["monitor"])
    expect(member.returncode == 0 and member.stdout, "a member of the group sees mail as long as nobody is registered", None, member.stderr)
    expect(role.returncode != 0 and not role.stdout, "the role's user does not", None, role.stdout)
    return role.stderr.strip()


def in_time(bound, ask):
    """(answer, seconds) of the first of three tries that kept the bound, or of the last: a machine that is busy for a moment is no role
    that waits."""
    for _ in range(3):
        answer, took = ask()
        if took < bound:
            break
    return answer, took


def hangs(chain):
    said = []
    for role in ("store", "milter", "sanitize", "release"):
        text, took = stopped(chain.gateway.pids()[role], lambda: in_time(WITHIN, scrape))
        now = figures(text)
        equal((now[f'mugai_role_up{{role="{role}"}}'], now[f'mugai_role_answered{{role="{role}"}}']), (1, 0), f"{role} hangs")
        equal([name for name in now if name.startswith("mugai_role_answered") and now[name] == 0], [f'mugai_role_answered{{role="{role}"}}'],
              "the others answer")
        expect(took < WITHIN, f"seconds of the scrape while {role} hangs", WITHIN, took)
        said.append(f"{role} {took:.2f} s")
        expect(wait_for(lambda role=role: figures()[f'mugai_role_answered{{role="{role}"}}'] == 1), f"{role} answers again")
    return ", ".join(said)


def died(chain):
    for role in ("store", "milter"):
        name = f'mugai_role_restarts_total{{role="{role}"}}'
        expect(wait_for(lambda name=name: name in figures()), f"figures of {role}")
        before = figures()[name]
        seen = []
        kill(chain.gateway.pids()[role], signal.SIGKILL)
        expect(wait_for(lambda: seen.append(figures()) or seen[-1].get(name) == before + 1), f"{role} is started again", before + 1, seen[-1:])
        expect(wait_for(lambda role=role: figures().get(f'mugai_role_up{{role="{role}"}}') == 1), f"{role} is up again")
    reply, rcpt = chain.send_until_taken(smtp.wire(seeds.plain()))
    equal(reply.code, 250, "reply")
    chain.arrivals(rcpt)


def without_mugaid(chain):
    def all_ask():
        answers, began = [], time.monotonic()
        threads = [threading.Thread(target=lambda: answers.append(scrape())) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers, time.monotonic() - began

    answers, took = stopped(chain.gateway.daemon.pid, lambda: in_time(2 * WITHIN, all_ask))
    equal(len(answers), 20, "answers")
    equal({figures(text)["mugai_supervisor_up"] for text, _ in answers}, {0}, "mugaid does not answer")
    # 16 have a place at once; four wait for theirs.
    expect(took < 2 * WITHIN, "seconds for all", 2 * WITHIN, took)
    promtool(answers[0][0])
    expect(wait_for(lambda: figures()["mugai_supervisor_up"] == 1), "mugaid answers again")
    return f"{took:.2f} s"


def killed(chain):
    chain.gateway.kill_role("monitor")
    chain.arrivals(chain.send(smtp.wire(seeds.plain()))[1])

    def back():
        try:
            now = figures()
            return now.get('mugai_role_restarts_total{role="monitor"}', 0) >= 1 and now.get('mugai_role_up{role="monitor"}') == 1
        except OSError:
            return False
    expect(wait_for(back), "it gives figures again")


def watched(chain):
    command = [program("mugai"), "status", "--config", str(chain.gateway.conf), "--watch", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as watching:
        lines = [watching.stdout.readline().decode() for _ in range(3)]
        watching.send_signal(signal.SIGINT)
        equal(watching.wait(30), 0, "exit status")
    for line in lines:
        expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\S+ up=5/5( [a-z_]+=\d+)+\n", line), "a line", "time up=5/5 key=value", line)
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=theirs) as watching:
        os.close(theirs)
        text = ""
        while text.count("role ") < 2:
            text += os.read(ours, 65536).decode()
        watching.send_signal(signal.SIGINT)
        equal(watching.wait(30), 0, "exit status at a terminal")
    os.close(ours)
    expect(text.count("\x1b[H") >= 2 and "\x1b[J" in text, "pages in the place of each other", None, text[:300])
    for wrong in (["--watch", "0"], ["--watch", "x"], ["5"], ["--watch", "--json"]):
        equal(chain.gateway.mugai("status", *wrong).returncode, 64, f"exit status of {wrong}")


def taken(chain):
    chain.gateway.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", PORT))
        other.listen()
        chain.gateway.start()
        expect(wait_for(lambda: "no figures for now" in chain.gateway.log_text()), "the log says so")
        reply, rcpt = chain.send_until_taken(smtp.wire(seeds.plain()))
        equal(reply.code, 250, "reply")
        chain.arrivals(rcpt)
        equal(len(chain.gateway.log_lines("no figures for now")), 1, "said once")

    def back():
        try:
            return figures()["mugai_supervisor_up"] == 1
        except OSError:
            return False
    expect(wait_for(back), "it gives figures as soon as the port is free")


def figures_said():
    """{role: [expression]} of mugai(1), FIGURES OF STATUS: a word in capitals behind a name stands for any."""
    text = (TOP / "packaging" / "man" / "mugai.1.scd").read_text().partition("\n# FIGURES OF STATUS\n")[2].partition("\n# ")[0].replace("\\_", "_")
    return {role: [re.compile(name + (".+" if word else "")) for name, word in re.findall(r"^\*([a-z_]+)\*([A-Z]*)$", body, re.M)]
            for role, body in (piece.split("\n", 1) for piece in text.split("\n## ")[1:])}


def documented(folder):
    """Of all roles. What an idle gateway has no figure of, as an exemption's end, stands in the source of its role."""
    ports = [free_port() for _ in range(5)]
    listen = [f'"inet:{port}@127.0.0.1"' for port in ports]
    gateway = Gateway(folder / "documented", {
        "console": {"enabled": "yes", "socket": listen[0], "cookie": "plain"},
        "monitor": {"enabled": "yes", "listen": listen[1], "canary_every": "60 min", "canary_listen": listen[2]},
        "release": {"enabled": "yes", "smtp": listen[3], "letters": listen[4], "from": f"mugai@{DOMAIN}", "allowed_domains": f'"soto.{DOMAIN}"'}})
    try:
        status = gateway.start().records("status")[0]
    finally:
        gateway.stop()
    said, wrong = figures_said(), []
    given = {role: figures for role, figures in status.items() if isinstance(figures, dict)}
    equal(sorted(said), sorted(given), "roles with figures")
    for role, names in said.items():
        source = "".join(path.read_text() for path in sorted((TOP / "src" / ROOMS.get(role, role)).glob("*.c")))
        wrong += [f"{role}.{name}: not in the manual" for name in given[role] if name != "log_dropped" and not any(e.fullmatch(name) for e in names)]
        wrong += [f"{role}.{e.pattern}: only in the manual" for e in names
                  if not any(e.fullmatch(name) for name in given[role]) and f'"{e.pattern.removesuffix(".+")}' not in source]
    equal(wrong, [], "figures that differ")
    return f"{sum(map(len, given.values()))} figures of {len(given)} roles"
