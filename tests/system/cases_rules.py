# SPDX-License-Identifier: Apache-2.0
"""Rules: what becomes of which mail, for whom, and that rules with a mistake change nothing."""
import base64
import contextlib
import io
import json
import re
import signal
import subprocess
import time
import zipfile

import smtp
from check import equal, expect, wait_for
from gateway import BUILD, program
from postfix import Postfix, die_with_parent, free_port, listens

VERIFIER = "mx.city.example.jp"
OPTIONS = {"settings": {"organization ward": {"domains": '"ward.example.jp"'}, "milter": {"authserv_id": VERIFIER}}}

MAIL = (b"From: a@partner.example\r\nTo: b@ward.example.jp\r\nSubject: plan\r\nX-Kind: yes\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee http://example.org/x\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\n\r\n%PDF-1.4 x\r\n--b--\r\n")


def cases(chain, folder):
    return [(f"rules: {name}", function) for name, function in (
        ("hold delivers a notice with the receipt at once", lambda: hold(chain)),
        ("reject gives the rule's text and leaves no original", lambda: reject(chain)),
        ("links, tag and language by rule", lambda: settings(chain)),
        ("a rule on parts names its rule and reason", lambda: part(chain)),
        ("each condition decides, and its opposite does not", lambda: conditions(chain)),
        ("names of fields are kept, each once", lambda: names_kept(chain)),
        ("what a trusted verifier said decides; what came with the mail does not", lambda: verified(chain, folder)),
        ("a list file is read again at a reload", lambda: list_file(chain)),
        ("an exemption that has expired matches no longer", lambda: expired(chain)),
        ("rules with a mistake do not replace working ones", lambda: mistake(chain)),
        ("452 4.5.3 for a recipient with other rules; a real Postfix sends to it separately", lambda: separately(chain, folder)),
        ("destination_recipient_limit = 1 in front: no delay", lambda: no_delay(chain, folder)),
    )]


def rules_file(chain):
    return chain.gateway.folder / "rules.conf"


def write(chain, text):
    rules_file(chain).write_text(text)
    chain.gateway.change({"policy": {"rules": f'"{rules_file(chain)}"'}})
    chain.gateway.write()


def reload(chain, text, *words):
    """Writes rules with a mistake and waits until the log has one more line with these words."""
    gateway = chain.gateway
    write(chain, text)
    before = len(gateway.log_lines(*words))
    gateway.signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while len(gateway.log_lines(*words)) == before:
        expect(time.monotonic() < deadline, "the line on the reload", words, gateway.log_text()[-1500:])
        time.sleep(0.05)


def checked(chain, rules):
    """What mugai check says of a configuration with these rules."""
    path = chain.gateway.folder / "checked.conf"
    path.write_text(re.sub(r'(?m)^ *rules = .*$', f'        rules = "{rules}"', chain.gateway.conf.read_text()))
    done = subprocess.run([program("mugai"), "check", "--config", str(path)], capture_output=True, timeout=60)
    return (done.stdout + done.stderr).decode()


def apply(chain, text):
    write(chain, text)
    chain.gateway.reload()


def taken(chain, rcpt=None, sender="a@partner.example", data=MAIL):
    """What arrives, and the row."""
    reply, rcpt = chain.send(data, rcpt=rcpt, sender=sender)
    equal(reply.code, 250, f"reply {reply}")
    header, _, body = chain.arrivals(rcpt)[-1].data.decode().partition("\r\n\r\n")
    if "\r\nContent-Transfer-Encoding: base64" in header:
        body = base64.b64decode(body).decode()
    return header + body, chain.gateway.trace("--to", rcpt)[0]


def ward(chain, tag="w"):
    return chain.address(tag).partition("@")[0] + "@ward.example.jp"


def hold(chain):
    apply(chain, 'rule night {\n  sender = partner.example\n  mail = hold\n  reason = "looked at first"\n  languages = en\n}\n')
    mail, row = taken(chain)
    expect("a rule holds it" in mail and row["receipt"][:4] in mail, "the notice with the receipt", row["receipt"], mail)
    expect("example.org" not in mail and "%PDF" not in mail and "night" not in mail, "nothing of the mail or the rule", "", mail)
    equal((row["outcome"], row["reason"]), ("held", "by rule night: looked at first"), "row")
    expect(chain.gateway.get(row["receipt"]), "the original", "kept", "")
    equal(taken(chain, sender="a@other.example")[1]["outcome"], "converted", "another sender's mail")


def reject(chain):
    apply(chain, 'rule never {\n  sender = partner.example\n  mail = reject\n  text = "Not from you, see our page"\n}\n')
    reply, rcpt = chain.send(MAIL, sender="a@partner.example")
    equal((reply.code, reply.text), (550, "5.7.1 Not from you, see our page"), "reply")
    row = chain.gateway.trace("--to", rcpt)[0]
    equal((row["outcome"], row["receipt"], row["reason"]), ("refused", "", "rejected by rule never"), "row")
    equal(row["reply"], "550 5.7.1 Not from you, see our page", "reply of the row")


def settings(chain):
    apply(chain, 'rule ward {\n  organization = ward\n  mail = rewrite\n  links = host\n  subject_tag = "[cut]"\n  languages = en\n}\n')
    mail, row = taken(chain, ward(chain))
    expect("Subject: [cut]plan" in mail or "Subject: [cut] plan" in mail, "the rule's tag", "[cut]", mail)
    expect("hxxp" not in mail, "links cut to their hosts", "no hxxp", mail)
    equal((row["outcome"], row["reason"]), ("converted", "by rule ward"), "row")
    other, row = taken(chain)
    expect("[cut]" not in other and row["reason"] == "", "mail to others", "as ever", other)


def part(chain):
    apply(chain, 'rule pdf {\n  part_found = application/pdf\n  part = remove\n  reason = "no PDF here"\n}\n')
    row = taken(chain)[1]
    found = [p for p in chain.gateway.records("show", row["receipt"])[0]["parts"] if p.get("name") == "plan.pdf"]
    equal([(p["rule"], p["reason"]) for p in found], [("pdf", "no PDF here")], "the part in show")


def packed():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("docs/Setup.exe", b"MZ")
    return base64.encodebytes(out.getvalue()).replace(b"\n", b"\r\n")


# Another address in its sender's name; a program, and an archive with one in it.
FULL = MAIL.replace(b"From: ", b'From: "chief@city.example" ').replace(b"--b--\r\n", (
    b"--b\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=docs.zip\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + packed() +
    b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=run.js\r\n\r\nx = 1 + 2\r\n--b--\r\n"))

# condition that FULL to the ward meets -> one that it does not
CONDITIONS = {
    "organization = ward": None,
    "sender = a@partner.example": "sender = .partner.example",
    "recipient = .example.jp": "recipient = example.jp",
    "larger_than = 100 B": "larger_than = 1 MB",
    "smaller_than = 1 MB": "smaller_than = 100 B",
    "hours = 00:00-24:00": None,
    "days = mon tue wed thu fri sat sun": None,
    "header = x-kind": "header = X-Other",
    'authentication = "spf=pass"': 'authentication = "dkim=fail"',
    "mark = name-address": "mark = opaque",
    "part_kind = attachment": "part_kind = calendar",
    "part_found = application/": "part_found = image/",
    "part_claimed = application/pdf": "part_claimed = text/html",
    "part_extension = pdf": "part_extension = exe",
    'part_name = "p*.pdf"': 'part_name = "q*"',
    "part_flag = archive-program": "part_flag = archive-nested",
    "part_class = program": "part_class = signature",
    "archive_name = docs/*": "archive_name = plan*",
    "archive_extension = exe": "archive_extension = zip",
    "part_larger_than = 5 B": "part_larger_than = 1 KB",
    "part_smaller_than = 1 KB": "part_smaller_than = 5 B",
}


def conditions(chain):
    refused = chain.gateway.folder / "no-key.conf"
    refused.write_text("rule a {\n  no_such_key = x\n}\n")
    said = checked(chain, refused)
    every = re.search(r"there are (.*), mail, part,", said).group(1).split(", ")
    # What a scanner says needs one.
    equal(sorted({line.split(" =")[0] for line in CONDITIONS} | {"scan"}), sorted(every), "conditions that are tried")
    for met, unmet in CONDITIONS.items():
        apply(chain, "".join(f"rule r{i} {{\n  {line}\n  mail = hold\n  reason = r{i}\n}}\n" for i, line in enumerate([unmet, met]) if line))
        row = taken(chain, ward(chain), data=FORGED + FULL)[1]
        equal((row["outcome"], row["reason"]), ("held", "by rule r1: r1"), f"{met} / {unmet}")


def names_kept(chain):
    apply(chain, "rule none {\n  header = X-Other\n  mail = hold\n}\n")
    row = taken(chain, data=b"X-Kind: again\r\n" + MAIL)[1]
    kept = chain.gateway.records("show", row["receipt"])[0]["header"]
    expect({"from", "to", "subject", "x-kind", "mime-version", "content-type"} <= set(kept), "names of the fields", MAIL, kept)
    equal(kept, sorted(set(kept)), "sorted, each once")
    path = chain.gateway.folder / "kept.eml"
    path.write_bytes(MAIL)
    made = json.loads(chain.gateway.mugai("sanitize", "--report", "-", "--output-dir", str(chain.gateway.folder / "kept"), str(path)).stdout)
    equal(made["header"], ["content-type", "from", "mime-version", "subject", "to", "x-kind"], "mugai sanitize")


@contextlib.contextmanager
def verifying(chain, folder, name, main=None):
    """The port of a Postfix like the chain's, with a verifier before the gateway."""
    verifier, port = free_port(), free_port()
    helper = subprocess.Popen([str(BUILD / "tests" / "helpers" / "verify-milter"), f"inet:{verifier}@127.0.0.1", VERIFIER],
                              preexec_fn=die_with_parent)
    expect(wait_for(lambda: listens(verifier)), "the verifier listens")
    postfix = Postfix(folder / name, {"default_transport": f"smtp:[127.0.0.1]:{chain.sink.port}", "relay_domains": "", **(main or {})},
                      {"in": (port, {"smtpd_milters": f"inet:127.0.0.1:{verifier}, {chain.gateway.milter}"})})
    try:
        postfix.start()
        yield port
    finally:
        postfix.stop()
        helper.terminate()
        helper.wait(10)


FORGED = b"Authentication-Results: " + VERIFIER.encode() + b"; spf=pass; dmarc=pass\r\n"
HOP = b"Received: from a by b; Thu, 26 Nov 2026 10:00:00 +0900\r\n"


def verified(chain, folder):
    apply(chain, 'rule bad {\n  authentication = "spf=fail dmarc=fail"\n  mail = hold\n}\n'
                 'rule good {\n  authentication = "spf=pass"\n  mail = rewrite\n  subject_tag = verified\n}\n')
    checks = folder / "header_checks"
    checks.write_text("/^Authentication-Results[[:space:]]*:/ IGNORE\n")

    def sent(port, front):
        reply, rcpt = chain.send(front + MAIL, sender="a@partner.example", port=port)
        equal(reply.code, 250, f"reply {reply}")
        row = chain.gateway.trace("--to", rcpt)[0]
        chain.arrivals(rcpt)
        shown = chain.gateway.mugai("show", row["receipt"]).stdout.decode()
        expect(("verified  " in shown) == bool(row["authentication"]), "the row in show", row["authentication"], shown)
        return row["outcome"], row["reason"], row["authentication"]

    with verifying(chain, folder, "verifying", {"header_checks": f"regexp:{checks}"}) as port:
        for place in (b"0", b"1"):
            equal(sent(port, b"X-Verify: " + place + b" spf=pass smtp.mailfrom=a@partner.example; dkim=none (x)\r\n"),
                  ("converted", "by rule good", ["spf=pass", "dkim=none"]), "a field that is put on top")
        equal(sent(port, HOP + FORGED + b"X-Verify: 1 spf=fail\r\n"), ("held", "by rule bad", ["spf=fail"]), "a field below a Received")
        equal(sent(port, FORGED), ("converted", "", []), "the sender's own field, and a verifier that says nothing")
        equal(sent(port, b"X-Verify: 1 dmarc=fail (p=none); spf\r\n"), ("converted", "", []), "a field that is not well-formed")
    # Without header_checks nobody can tell: this is what the manual warns of.
    equal(sent(None, FORGED), ("converted", "by rule good", ["spf=pass", "dmarc=pass"]), "the sender's own field, taken out by nobody")
    equal(sent(None, HOP + FORGED), ("converted", "", []), "the sender's own field below a Received")


def list_file(chain):
    path = chain.gateway.folder / "partners.list"
    text = f"rule partners {{\n  sender = {path}\n  mail = hold\n}}\n"
    path.write_text("# partners\n" + "".join(f"{i}@list.example\n" for i in range(20000)) + "a@elsewhere.example\n")
    apply(chain, text)
    equal(taken(chain)[1]["outcome"], "converted", "who is not on the list")
    path.write_text(".partner.example  # below\npartner.example\n")
    apply(chain, text)
    equal(taken(chain)[1]["outcome"], "held", "who is on it now")


def expired(chain):
    text = ('exemption old {\n  sender = partner.example\n  mail = rewrite\n  links = text\n  reason = r\n  approved_by = b\n'
            '  expires = %s\n}\n')
    apply(chain, text % "2020-01-31")
    expect("hxxp" in taken(chain)[0], "links after the last day", "hxxp", "")
    found = [f["subject"] for f in json.loads(chain.gateway.mugai("check", "--json").stdout)["findings"] if f["id"] == "rules.expired"]
    equal(found, ["old"], "what check names")
    apply(chain, text % "2099-12-31")
    expect("http://example.org/x" in taken(chain)[0], "links before the last day", "http", "")


def mistake(chain):
    good = "rule good {\n  sender = partner.example\n  mail = hold\n}\n"
    apply(chain, good)
    reload(chain, "rule bad {\n  sender = partner.example\n  mail = held\n}\n",
           f'{rules_file(chain)}:3: "mail" is "held"; it should be rewrite, hold or reject')
    reply, rcpt = chain.send(MAIL, sender="a@partner.example")
    equal(reply.code, 250, f"reply {reply}")
    path = chain.gateway.folder / "broken.list"
    path.write_text("a@partner.example\nno address\n")
    reload(chain, f"rule bad {{\n  sender = {path}\n  mail = reject\n  text = No\n}}\n", f'{path}:2: "no address" is no address')
    path.unlink()
    reload(chain, f"rule bad {{\n  sender = {path}\n  mail = reject\n  text = No\n}}\n", f"{path}: cannot be read: No such file")
    equal(chain.send(MAIL, rcpt=rcpt, sender="a@partner.example")[0].code, 250, "mail after a reload with a broken list, and with none")
    rules_file(chain).write_text(good)  # for the command, which reads it anew; the gateway was not told
    row = chain.gateway.trace("--to", rcpt)[0]
    equal((row["outcome"], row["reason"]), ("held", "by rule good"), "the rules that worked")


def sender_postfix(chain, folder, name, main):
    """An MTA of a sender, as far as the gateway knows."""
    port = free_port()
    made = Postfix(folder / name, {"default_transport": f"smtp:[127.0.0.1]:{chain.port}", "relay_domains": "", **main},
                   {"in": (port, {"smtpd_milters": "", "smtpd_client_restrictions": "permit_mynetworks, reject"})})
    return made, port


def send_to_two(chain, folder, name, main, again):
    apply(chain, "rule ward {\n  organization = ward\n  mail = hold\n}\n")
    other, held = chain.address("plain"), ward(chain)
    postfix, port = sender_postfix(chain, folder, name, main)
    try:
        postfix.start()
        equal(smtp.send_once(port, "a@partner.example", [other, held], MAIL).code, 250, "the sender's MTA")
        chain.arrivals(other)
        if again:
            time.sleep(1)
            equal(len(chain.sink.wait(held, 1, 0)), 0, "mail for the other one before the retry")
            postfix.flush()
        chain.arrivals(held)
        equal([chain.gateway.trace("--to", rcpt)[0]["outcome"] for rcpt in (other, held)], ["converted", "held"], "each by its own rules")
        return postfix.log_text()
    finally:
        postfix.stop()


def separately(chain, folder):
    # Not before it is told to: a retry of its own would come while it is looked that there is none.
    never = dict.fromkeys(("minimal_backoff_time", "maximal_backoff_time", "queue_run_delay"), "600s")
    log = send_to_two(chain, folder, "sender", never, again=True)
    expect("452 4.5.3 Please send to this recipient separately" in log, "the sender's log", "452 4.5.3", log[-1500:])


def no_delay(chain, folder):
    log = send_to_two(chain, folder, "single", {"smtp_destination_recipient_limit": "1"}, again=False)
    expect("452 4.5.3" not in log and "status=deferred" not in log, "the sender's log", "no deferral", log[-1500:])
