# SPDX-License-Identifier: Apache-2.0
"""Rules before mail meets them: check, explain and rehearse, and that a faulty rule file stops nobody but who decides on mail."""
import json
import subprocess

import cases_rules
from cases_rules import MAIL, apply, rules_file, taken, ward
from check import equal, expect, same_day, wait_for
from gateway import program

OPTIONS = cases_rules.OPTIONS

RULES = """exemption soon {
  sender = soon.example
  mail = rewrite
  links = text
  reason = "links to the portal"
  approved_by = "課長"
  expires = %s
}
exemption over {
  sender = over.example
  mail = rewrite
  links = text
  reason = r
  approved_by = b
  expires = 2020-01-31
}
rule kinds {
  sender = "partner.example other.example"
  header = x-kind
  mail = hold
  reason = "looked at first"
}
rule late {
  header = X-Kind
  organization = ward
  sender = "other.example  partner.example"
  mail = rewrite
}
rule pdf {
  part_found = application/pdf
  part = remove
}
"""


def cases(chain, folder):
    return [(f"explain: {name}", function) for name, function in (
        ("check lists rules with their end, and what is never reached", lambda: check(chain)),
        ("check says what is wrong, and every other command works beside it", lambda: faulty(chain)),
        ("explain says which rule decides and what the others lack, as the gateway decides", lambda: explain(chain)),
        ("rehearsing the running rules differs in nothing", lambda: same(chain)),
        ("rehearsing other rules says what would differ, by organization", lambda: other(chain)),
    )]


def ask(chain, *arguments, expected=0):
    done = chain.gateway.mugai("rules", *arguments)
    equal(done.returncode, expected, f"mugai rules {arguments}: {done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode(), done.stderr.decode()


def soon(days=10):
    return subprocess.run(["date", "-d", f"{days} days", "+%F"], capture_output=True, text=True, check=True,
                          env={"TZ": "Asia/Tokyo"}).stdout.strip()


def check(chain):
    gateway = chain.gateway
    text, _ = ask(chain, "check")
    expect("no rules" in text, "without policy.rules", "no rules", text)
    same_day()
    apply(chain, RULES % soon())
    rules = json.loads(ask(chain, "check", "--json", expected=1)[0])["rules"]
    equal([(r["name"], r["line"], r["action"]) for r in rules],
          [("soon", 1, "mail = rewrite"), ("over", 9, "mail = rewrite"), ("kinds", 17, "mail = hold"), ("late", 23, "mail = rewrite"),
           ("pdf", 29, "part = remove")], "names, lines, actions")
    equal([(r.get("expired"), r.get("unreached_by")) for r in rules],
          [(False, None), (True, None), (None, None), (None, "kinds"), (None, None)], "ends and what is never reached")
    equal((rules[0]["days"], rules[0]["settings"], rules[0]["approved_by"]), (10, "links = text", "課長"), "the exemption")
    equal(rules[2]["conditions"], [{"asks": "sender", "value": "partner.example other.example"}, {"asks": "header", "value": "x-kind"}],
          "conditions")
    text, _ = ask(chain, "check", expected=1)
    expect("ends in 10 days" in text and "expired: matches no longer" in text and "never reached: rule kinds of line 17" in text,
           "the text", "remarks", text)
    named = gateway.folder / "named.conf"
    named.write_text("rule one {\n  mail = hold\n}\n")
    equal(json.loads(ask(chain, "check", str(named), "--json")[0])["mend"], False, "a named file without remarks: exit 0")


def faulty(chain):
    gateway = chain.gateway
    apply(chain, "rule good {\n  sender = partner.example\n  mail = hold\n}\n")
    receipt = taken(chain)[1]["receipt"]
    rules_file(chain).write_text("rule bad {\n  sender = partner.example\n  mail = held\n}\n")
    said = f'{rules_file(chain)}:3: "mail" is "held"; it should be rewrite, hold or reject'
    equal(ask(chain, "check", expected=78)[1], f"mugai: {said}\n", "the sentence")
    named = gateway.folder / "named.conf"
    named.write_text("rule bad { sender = x y@z mail = hold }\n")
    expect(ask(chain, "check", str(named), expected=78)[1].startswith(f"mugai: {named}:1: "), "a named file", str(named), "")
    for command in (("list",), ("show", receipt), ("get", receipt), ("trace",), ("status",), ("search", "plan"), ("requests",),
                    ("hold", "list"), ("user", "list"), ("audit", "verify"), ("report", "--month", "2026-01")):
        done = gateway.mugai(*command)
        equal(done.returncode, 0, f"mugai {command} beside a faulty rule file: {done.stderr.decode()}")
    found = [f for f in json.loads(gateway.mugai("check", "--json").stdout)["findings"] if f["id"] == "rules.faulty"]
    equal([(f["severity"], f["en"]) for f in found], [("error", said)], "what mugai check says")
    equal(gateway.mugai("sanitize", input=MAIL).returncode, 78, "what decides on mail does not go without its rules")
    for role in ("mugai-milter", "mugaid"):
        done = subprocess.run([program(role), "--config", str(gateway.conf)], capture_output=True, text=True, timeout=30, check=False)
        equal((done.returncode, said in done.stderr), (78, True), f"{role} with a faulty rule file: {done.stderr}")
    equal(taken(chain)[1]["reason"], "by rule good", "the running rules")
    private(gateway, said)


def private(gateway, said):
    """Commands that start a store of their own: it decides on nothing."""
    done = gateway.mugai("backup", str(gateway.folder / "copy"))
    equal((done.returncode, said in done.stderr.decode()), (0, False), f"backup: {done.stderr.decode()}")
    done = gateway.mugai("verify-store")
    expect(said not in done.stderr.decode() and done.returncode in (0, 1), "verify-store beside a faulty rule file", "no word of it", done)


def explained(chain, sender, rcpt):
    path = chain.gateway.folder / "mail.eml"
    path.write_bytes(MAIL)
    lines = ask(chain, "explain", str(path), "--from", sender, "--to", rcpt, "--json")[0].splitlines()
    return [json.loads(line) for line in lines]


def explain(chain):
    apply(chain, RULES % soon())
    rcpt = ward(chain)
    mail, *parts = explained(chain, "a@partner.example", rcpt)
    equal((mail["outcome"], mail["rule"], mail["reason"]), ("held", "kinds", "by rule kinds: looked at first"), "the mail")
    equal([(r["name"], r["result"]) for r in mail["rules"]],
          [("soon", "unmet"), ("over", "expired"), ("kinds", "decides"), ("late", "later")], "each rule")
    equal(mail["rules"][0]["unmet"], {"asks": "sender", "value": "soon.example", "has": '"a@partner.example"'}, "what is missing")
    equal([p["rule"] for p in parts], ["body", "pdf"], "parts")
    equal(parts[1]["rules"][0]["met"], [{"asks": "part_found", "value": "application/pdf", "has": '"application/pdf"', "part": "2"}], "why")
    row = taken(chain, rcpt)[1]
    equal((row["outcome"], row["reason"]), (mail["outcome"], mail["reason"]), "what the gateway did")
    shown = chain.gateway.records("show", row["receipt"])[0]["parts"]
    equal([(p["path"], p["rule"]) for p in shown], [(p["path"], p["rule"]) for p in parts], "what it did to the parts")
    mail = explained(chain, "a@else.example", chain.address())[0]
    equal((mail["outcome"], mail["rule"]), ("converted", ""), "a mail that no rule takes")
    path = chain.gateway.folder / "mail.eml"
    text = ask(chain, "explain", str(path), "--from", "a@over.example", "--rules", str(rules_file(chain)), "--time", "2019-12-31")[0]
    expect("line 9, exemption over: decides" in text and "links = text" in text, "before its end it decides", "over", text)
    equal(chain.gateway.mugai("rules", "explain", "/no/such/file").returncode, 66, "no file")


def send_some(chain):
    """Mail of many kinds under the rules that run; its time is told apart from that of other cases."""
    for sender in ("a@partner.example", "a@other.example", "a@else.example", "", "a@soon.example"):
        for rcpt in (ward(chain), chain.address()):
            for data in (MAIL, MAIL.replace(b"%PDF-1.4 x", b"MZ"), MAIL.replace(b"X-Kind", b"X-None"), b"no header at all\r\n",
                         b"From: a@b.example\r\nSubject: s\r\n\r\nwords\r\n"):
                reply, _ = chain.send(data, rcpt=rcpt, sender=sender)
                expect(reply.code in (250, 550), "the gateway's answer", "250 or 550", reply)


def rehearse(chain, path, **more):
    return json.loads(ask(chain, "rehearse", "--since", "1d", "--json", str(path), **more)[0])


def same(chain):
    gateway = chain.gateway
    text = RULES % soon() + 'rule no { sender = "<>"\n mail = reject\n text = "not from nobody" }\n'
    # All mail of this store is decided by one file: what the cases before left was decided by others.
    apply(chain, text)
    before = rehearse(chain, rules_file(chain))
    send_some(chain)
    expect(wait_for(lambda: gateway.records("status")[0]["milter"]["rows_waiting"] == 0), "the rows of what was rejected are there")
    after = rehearse(chain, rules_file(chain))
    equal(after["replayed"] - before["replayed"], 32, "mails replayed: all that were not rejected, and have a header")
    equal(after["unreplayed"]["header"] - before["unreplayed"]["header"], 8, "mails of which no field is known")
    equal(after["unreplayed"]["refused"] - before["unreplayed"]["refused"], 10, "rejected ones")
    old = {o["name"]: o["changed"] for o in before["organizations"]}
    equal({o["name"]: o["changed"] - old.get(o["name"], 0) for o in after["organizations"]}, {"": 0, "ward": 0},
          "what differs of the new mail, by organization")
    equal(after["other_policy"], before["other_policy"], "of another policy")
    held = sum(row["reason"].startswith("by rule kinds") for row in gateway.records("trace", "--max", 60))
    expect(held >= 8, "mails that a rule held", ">= 8", held)
    return f"{after['replayed']} mails replayed"


def other(chain):
    gateway = chain.gateway
    begun = gateway.records("list", "--max", 1)[0]["time"]
    apply(chain, "rule programs {\n  part_class = program\n  mail = hold\n}\n")
    rcpt, plain = ward(chain), chain.address()
    program_mail = MAIL.replace(b"plan.pdf", b"plan.exe")
    receipts = [taken(chain, to, data=data)[1]["receipt"] for to in (rcpt, plain) for data in (MAIL, program_mail)]
    new = gateway.folder / "new.conf"
    new.write_text('rule ward {\n  organization = ward\n  part_extension = pdf\n  mail = hold\n}\n'
                   'rule pdf {\n  part_found = application/pdf\n  part = remove\n}\n')
    equal(len(receipts), len(set(receipts)), f"receipts since {begun}")
    report = rehearse(chain, new)
    by_name = {o["name"]: o for o in report["organizations"]}
    held = {e["receipt"].replace("-", "") for e in by_name["ward"]["changes"]["held"]["examples"]}
    passed = {e["receipt"].replace("-", "") for o in by_name.values() for e in o["changes"]["converted"]["examples"]}
    plainly = [r.replace("-", "") for r in receipts]
    expect(plainly[0] in held, "a PDF for the ward would be held", plainly[0], report)
    expect(plainly[1] in passed, "a program for the ward would not", plainly[1], report)
    expect(plainly[3] in {e["receipt"].replace("-", "") for e in by_name[""]["changes"]["converted"]["examples"]},
           "nor for others", plainly[3], report)
    expect(by_name[""]["changes"]["parts"]["count"] >= 2 and by_name[""]["parts"] >= 2, "parts that another rule would remove", ">= 2", report)
    text = ask(chain, "rehearse", "--since", "1d", str(new))[0]
    expect("organization ward:" in text and "would be held:" in text and "converted (no rule) -> held (ward)" in text, "the text", "", text)
    equal(ask(chain, "rehearse", "--since", "1d", str(gateway.folder / "missing.conf"), expected=78)[0], "", "a file that is not there")
    rules_file(chain).write_text("rule bad {\n  mail = held\n}\n")
    equal(rehearse(chain, new)["replayed"], report["replayed"], "beside a faulty running file")
