# SPDX-License-Identifier: Apache-2.0
"""Requests: staff ask, others decide, each as a real Unix user. The cases build on each other."""
import json
import os
import re
import subprocess

import cases_rules
import smtp
from check import equal, expect
from gateway import GROUP, program

ALLOWED = "pref.example.jp"
OPTIONS = {"settings": {"release": {"allowed_domains": ALLOWED, "lgwan_domains": "city.example.jp"}}}
# login -> (Unix user, duties)
PEOPLE = {"officer": (65061, ["officer"]), "taro": (65062, ["staff"]), "jiro": (65063, ["staff"]),
          "anna": (65064, ["approver"]), "akira": (65065, ["approver"]), "both": (65066, ["staff", "approver"]),
          "auditor": (65067, ["auditor"])}
SUBJECT, FILE_NAME, REASON = "planted subject", "planted-name.pdf", "契約の確認に要るため"


class Desk:
    """The gateway with its people, and the mail that they ask for."""

    def __init__(self, chain):
        self.chain, self.gateway = chain, chain.gateway
        self.receipt = self.program = None

    def run(self, who, *arguments, expected=0):
        command, *rest = arguments
        done = subprocess.run([program("mugai"), command, "--config", str(self.gateway.conf), *map(str, rest)],
                              user=0 if who == "root" else PEOPLE[who][0], group=int(GROUP), extra_groups=[],
                              capture_output=True, text=True, timeout=60, env={**os.environ, "LC_ALL": "C.UTF-8"})
        equal(done.returncode, expected, f"{who}: mugai {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done

    def ask(self, who, receipt, *what, to=None, expected=0):
        return self.run(who, "request", receipt, *(what or ["--part", "2"]), "--to", to or f"{who}@{ALLOWED}", "--reason", REASON,
                        "--json", expected=expected)

    def number(self, *arguments):
        return json.loads(self.ask(*arguments).stdout)["number"]

    def show(self, who, number):
        return json.loads(self.run(who, "request", "show", number, "--json").stdout)

    def listed(self, who, *options):
        return [json.loads(line)["number"] for line in self.run(who, "requests", "--json", *options).stdout.splitlines()]

    def deliver(self, rcpt, kind, name, content):
        data = smtp.wire((f"From: sender@example.org\nTo: {rcpt}\nSubject: {SUBJECT}\nMIME-Version: 1.0\n"
                          f"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ntext\n--b\n"
                          f"Content-Type: {kind}; name={name}\n\n{content}\n--b--\n").encode())
        before = len(self.chain.sink.by_rcpt.get(rcpt, []))
        reply, _ = self.chain.send(data, rcpt)
        equal(reply.code, 250, f"reply {reply}")
        arrived = self.chain.arrivals(rcpt, before + 1)[-1].data
        return re.search(rb"^X-Mugai-Receipt: ([0-9]{10})\r$", arrived, re.M).group(1).decode()


def cases(chain, folder):
    desk = Desk(chain)
    return [(f"request: {name}", lambda function=function: function(desk)) for name, function in (
        ("mail comes, then its people are registered", registered),
        ("staff ask for their own mail, to their own addresses", asked),
        ("a receipt that was mistyped is known by its check digit", mistyped),
        ("P8 nobody approves his own, and others see nothing of it", own),
        ("an approver sees what it is before what the mail says, and approves", approved),
        ("a request is denied with a reason, and taken back by who made it", denied),
        ("a program needs two persons", two),
        ("what cannot be done in a state is said", states),
        ("the trail has every act, and no word of it", trail),
        ("what a rule said of a mail as it came is honoured: approvals, who may ask", by_rule),
        ("a domain of the LGWAN side keeps the file from loading", lgwan),
    )]


def registered(desk):
    desk.receipt = desk.deliver("taro@city.example.jp", "application/pdf", FILE_NAME, "%PDF-1.4 planted")
    desk.program = desk.deliver("both@city.example.jp", "application/octet-stream", "tool.exe", "MZ planted")
    desk.run("root", "user", "add", "officer", "--name", "officer", "--duty", "officer", "--unix-user", PEOPLE["officer"][0])
    for login, (uid, duties) in list(PEOPLE.items())[1:]:
        words = [word for duty in duties for word in ("--duty", duty)]
        desk.run("officer", "user", "add", login, "--name", f"{login} 氏", *words, "--unix-user", uid,
                 "--address", f"{login}@city.example.jp", "--address", f"{login}@{ALLOWED}")


def asked(desk):
    number = desk.number("taro", desk.receipt)
    row = desk.show("taro", number)
    equal((row["state"], row["to"], row["reason"], row["needed"], row["whole"]), ("waiting", [f"taro@{ALLOWED}"], REASON, 1, False),
          "the request")
    equal([(p["path"], p["name"], p["found"]) for p in row["parts"]], [("2", FILE_NAME, "application/pdf")], "its parts")
    for who, to, status, word in (("taro", "taro@city.example.jp", 64, "nothing may be released"),
                                  ("taro", f"anna@{ALLOWED}", 77, "no address of yours"),
                                  ("jiro", f"jiro@{ALLOWED}", 65, "came to you"),
                                  ("auditor", f"auditor@{ALLOWED}", 77, "needs the duty")):
        refused = desk.ask(who, desk.receipt, to=to, expected=status)
        expect(word in refused.stderr, f"what is said to {who}", word, refused.stderr)
    for words in (["--part", "9"], ["--part", "x"], ["--part", "2", "--whole"], []):
        desk.run("taro", "request", desk.receipt, *words, "--to", f"taro@{ALLOWED}", "--reason", "x", expected=64)
    desk.run("taro", "request", desk.receipt, "--whole", "--to", f"taro@{ALLOWED}", expected=64)


def mistyped(desk):
    spelled = f"{desk.receipt[:4]} {desk.receipt[4:8]}-{desk.receipt[8:]}"
    number = desk.number("taro", spelled, "--whole")
    expect(desk.show("taro", number)["whole"], "the whole is asked for")
    wrong = desk.receipt[:-1] + str((int(desk.receipt[-1]) + 1) % 10)
    said = desk.ask("taro", wrong, expected=65).stderr
    expect("check digit" in said, "what is said", None, said)
    desk.run("taro", "request", "deny", number, "--reason", "取り下げ")


def own(desk):
    number = desk.number("both", desk.program, "--part", "1")
    said = desk.run("both", "request", "approve", number, expected=77).stderr
    expect("your own" in said, "what is said", None, said)
    equal(desk.listed("jiro"), [], "what another one sees")
    desk.run("jiro", "request", "show", number, expected=65)
    desk.run("taro", "request", "approve", 1, expected=77)
    equal(desk.listed("taro"), [2, 1], "what taro sees")
    equal(desk.listed("taro", "--state", "waiting"), [1], "what of it waits")


def approved(desk):
    page = desk.run("anna", "request", "show", 1).stdout
    expect(page.index(FILE_NAME) < page.index("SHA-256") < page.index(REASON) < page.index(SUBJECT), "the order of the page", None, page)
    desk.run("anna", "request", "approve", 1, "--reason", "確認済み")
    row = desk.show("taro", 1)
    equal((row["state"], [(a["name"], a["reason"]) for a in row["approvals"]]), ("approved", [("anna 氏", "確認済み")]), "the request")
    equal(desk.listed("officer", "--state", "approved"), [1], "what the officer sees")
    return json.loads(desk.gateway.mugai("status", "--json").stdout)["store"]["requests_approved"]


def denied(desk):
    number = desk.number("taro", desk.receipt)
    desk.run("anna", "request", "deny", number, expected=64)
    desk.run("officer", "request", "deny", number, "--reason", "別の方法で渡した")
    row = desk.show("taro", number)
    equal((row["state"], row["result"]), ("denied", "officer: 別の方法で渡した"), "the request")
    again = desk.number("taro", desk.receipt)
    desk.run("taro", "request", "deny", again, "--reason", "不要になった")
    equal(desk.show("anna", again)["state"], "denied", "what was taken back")


def two(desk):
    number = desk.number("both", desk.program)
    equal(desk.show("both", number)["needed"], 2, "approvals that a program needs")
    desk.run("anna", "request", "approve", number)
    equal(desk.show("both", number)["state"], "waiting", "after one")
    said = desk.run("anna", "request", "approve", number, expected=77).stderr
    expect("another person" in said, "what is said", None, said)
    desk.run("akira", "request", "approve", number)
    equal(desk.show("both", number)["state"], "approved", "after two")


def by_rule(desk):
    def rule(name, *lines):
        return f"rule {name} {{\n  part_name = {name}.pdf\n  mail = rewrite\n" + "".join(f"  {line}\n" for line in lines) + "}\n"

    cases_rules.apply(desk.chain, rule("two", "approvals = 2") + rule("officers", "release = officer", "retention = 400 d") + rule("nobody", "release = nobody"))
    receipts = {name: desk.deliver("taro@city.example.jp", "application/pdf", f"{name}.pdf", "%PDF-1.4 x") for name in ("two", "officers", "nobody")}
    terms = {name: json.loads(desk.run("officer", "show", receipt, "--json").stdout)["terms"] for name, receipt in receipts.items()}
    equal(terms, {"two": {"retention": 0, "approvals": 2, "release": "staff"}, "officers": {"retention": 400, "approvals": 0, "release": "officer"},
                  "nobody": {"retention": 0, "approvals": 0, "release": "nobody"}}, "what the record keeps")
    # What was said as the mail came holds, whatever the rules are by now.
    cases_rules.apply(desk.chain, "")
    equal(desk.show("taro", desk.number("taro", receipts["two"]))["needed"], 2, "approvals")
    said = desk.ask("taro", receipts["officers"], expected=77).stderr + desk.ask("anna", receipts["officers"], expected=77).stderr
    expect(said.count("only a security officer may ask") == 2, "what staff and an approver are told", "twice", said)
    equal(desk.show("officer", desk.number("officer", receipts["officers"]))["needed"], 1, "an officer's request")
    said = desk.ask("officer", receipts["nobody"], expected=77).stderr
    expect("released to nobody" in said, "what an officer is told", "nobody", said)


def states(desk):
    for arguments, word in ((("approve", 1), "request 1 is approved"), (("settle", 1, "sent", "--reason", "x"), "needs nobody"),
                            (("settle", 1, "maybe", "--reason", "x"), "neither"), (("approve", 999), "no request 999"),
                            (("approve", "x"), "no number of a request")):
        status = 65 if "999" in word else 64
        said = desk.run("akira", "request", *arguments, expected=status).stderr
        expect(word in said and said.count("\n") == 1, "what is said", word, said)


def trail(desk):
    entries = [json.loads(line) for line in desk.run("auditor", "audit", "list", "--max", 1000, "--json").stdout.splitlines()]
    acts = [entry["act"] for entry in entries]
    counts = {act: acts.count(act) for act in ("request-made", "request-approved", "request-denied")}
    equal(counts, {"request-made": 6, "request-approved": 3, "request-denied": 3}, "acts in the trail")
    expect("requests-shown" in acts, "who looked at requests of others is on record")
    text = json.dumps(entries, ensure_ascii=False)
    for word in (SUBJECT, FILE_NAME, REASON, ALLOWED, "確認済み"):
        expect(word not in text, f"{word} is not in the trail")
    desk.run("auditor", "audit", "verify")
    return f"{len(entries)} entries"


def lgwan(desk):
    conf = desk.gateway.conf.read_text().replace(f"allowed_domains = {ALLOWED}", f'allowed_domains = "{ALLOWED} city.example.jp"')
    path = desk.gateway.folder / "wrong.conf"
    path.write_text(conf)
    said = subprocess.run([program("mugai"), "check", "--config", str(path)], capture_output=True, text=True, timeout=60)
    equal(said.returncode, 78, f"{said.stdout}{said.stderr}")
    expect("city.example.jp" in said.stderr + said.stdout and "Internet side" in said.stderr + said.stdout, "what is said", None, said.stderr)
