# SPDX-License-Identifier: Apache-2.0
"""The gateway as services of systemd: each role by its unit, mugaid beside them. systemd's part is played by services.py."""
import os
import signal
import threading
import time

import delivered
import seeds
import smtp
from cases_refusal import readings
from cases_running import status_of
from check import equal, expect, wait_for
from gateway import USERS, kill
from harness import DOMAIN
from services import Services

OPTIONS = {"gateway": Services, "release": [f"soto.{DOMAIN}"]}


def cases(chain, folder):
    return [(f"units: {name}", function) for name, function in (
        ("each role by its unit and user, none that is switched off; a mail crosses", lambda: crosses(chain)),
        ("status shows the figures of all, and each says that it is well", lambda: figures(chain)),
        ("a reload reaches every role", lambda: reload(chain)),
        ("a role that died and is started again joins again; no mail is lost", lambda: died(chain)),
        ("stopped with a mail in flight: it is finished first", lambda: stopped(chain)),
    )]


def one_mail(chain):
    reply, rcpt = chain.send_until_taken(smtp.wire(seeds.plain()))
    equal(reply.code, 250, f"reply {reply}")
    equal(delivered.faults(chain.arrivals(rcpt)[0].data), [], "what is wrong with the delivered mail")


def crosses(chain):
    one_mail(chain)
    pids = chain.gateway.pids()
    equal(sorted(pids), ["milter", "release", "sanitize", "store"], "roles")
    for role, pid in pids.items():
        equal(set(status_of(pid, "Uid:")), {USERS[role]}, f"user of role {role}")
    return str(pids)


def figures(chain):
    said = chain.gateway.mugai("status", "--json")
    equal(said.returncode, 0, f"status: {said.stderr}")
    before = chain.gateway.news("WATCHDOG=1")
    expect(wait_for(lambda: chain.gateway.news("WATCHDOG=1") >= before + 4, 30), "each role says that it is well without being asked by anybody")
    for role, pid in chain.gateway.pids().items():
        expect(f'"pid_{role}": {pid}' in said.stdout.decode(), f"status names the process of {role}", pid, said.stdout.decode())


def reload(chain):
    before = chain.gateway.log_text().count("configuration loaded again")
    kill(chain.gateway.daemon.pid, signal.SIGHUP)
    # The store says it in words of its own or not at all; the other three say it.
    expect(wait_for(lambda: chain.gateway.log_text().count("configuration loaded again") >= before + 4, 30), "four roles have it",
           before + 4, chain.gateway.log_text()[-1500:])
    one_mail(chain)


def died(chain):
    for role in ("store", "sanitize", "milter"):
        service = chain.gateway.services[f"mugai-{role}"]
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait()
        expect(wait_for(lambda: chain.gateway.log_lines(f"{role} (pid {service.process.pid}) left")), f"mugaid knows that {role} is gone")
        service.start()
        one_mail(chain)
    expect(wait_for(lambda: chain.gateway.mugai("status").returncode == 0), "all serve")


def stopped(chain):
    rcpt, replies = chain.address("stop"), []
    data = smtp.wire(seeds.sized(2_000_000))
    store = chain.gateway.pids()["store"]
    os.kill(store, signal.SIGSTOP)
    sender = threading.Thread(target=lambda: replies.append(chain.send(data, rcpt, timeout=60)[0]))
    sender.start()
    expect(wait_for(lambda: readings(chain) == 1), "a mail is in work")
    chain.gateway.signal(signal.SIGTERM)
    expect(wait_for(lambda: chain.gateway.log_lines("no new mail; 1 to finish")), "the milter finishes it")
    os.kill(store, signal.SIGCONT)
    began = time.monotonic()
    equal(chain.gateway.stop(), 0, "exit of mugaid")
    sender.join()
    equal([reply.code for reply in replies], [250], "reply")
    chain.arrivals(rcpt)
    left = [line for line in chain.gateway.log_text().splitlines() if ") left" in line][-4:]
    equal([line.split(": ", 1)[1].split(" (")[0] for line in left[-2:]], ["sanitize", "store"], f"who ended last: {left}")
    return f"{time.monotonic() - began:.1f} s"
