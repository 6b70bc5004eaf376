# SPDX-License-Identifier: Apache-2.0
"""Every command of the manual, in the order of the text, on a gateway that is installed as the text says (manual_world.py). The guides are
run in Japanese; that the English ones have the same commands is compared. PLACEHOLDERS are what stands for something in the text."""
import email.message
import email.policy
import json
import re
import shutil

import smtp
from check import equal, expect
from gateway import TOP

import manual_text
from manual_world import CONF

RULES = 'rule programs {\n        part_class = program\n        mail = hold\n        reason = "a program came with it"\n}\n'
PEOPLE = {"officer": "officer", "suzuki": "approver", "tanaka": "staff", "kansa": "auditor"}
CAST = {"officer": "officer", "approver": "suzuki", "staff": "tanaka", "auditor": "kansa"}
SUITES = {"package", "try", "fresh", "system"}
ADDRESS = "tanaka@city.example.lg.jp"


def cases(world):
    found = [("manual: the machine of the guides", lambda: prepared(world))]
    found += blocks(world, manual_text.GUIDES / "installation.ja.md")
    found += [("manual: people and mail of the guides", lambda: peopled(world))]
    found += blocks(world, manual_text.GUIDES / "operation.ja.md")
    for path in (TOP / "README.md", TOP / "packaging" / "postfix" / "README.md"):
        found += blocks(world, path)
    for path in sorted(manual_text.MAN.glob("*.scd")):
        found += [(f"manual: {block.name}", lambda block=block: run(world, block, "officer")) for block in manual_text.examples(path)]
    return found


def blocks(world, path):
    return [(f"manual: {block.name} {' '.join([block.kind, *block.words])}", lambda block=block: one(world, block))
            for block in manual_text.Text(path).blocks if block.kind in ("sh", "conf")]


def one(world, block):
    if block.path != world.text:
        begin(world, block.path)
    if block.kind == "conf":
        world.mugaid_has(block.text, block.words[0])
        return "loads" if block.words[0].endswith(".conf") else "known to Postfix"
    if block.words[:1] and block.words[0] in SUITES:
        return f"in the suite {block.words[0]}"
    who = CAST.get(block.words[0], "root") if block.words else "root"
    return run(world, block, who, int(block.words[-1]) if "fails" in block.words else 0)


def run(world, block, who, last=0):
    if block.path != world.text:
        begin(world, block.path)
    commands = block.commands()
    for number, command in enumerate(commands, 1):
        world.run(command, who, last if number == len(commands) else 0)
        if command.startswith("systemctl start") and world.tokens:  # restore ended all of them
            for login in PEOPLE:
                token(world, login)
    expect(commands, "commands", None, block.text)
    return f"{len(commands)} commands as {who}"


def mail(subject, name, content):
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = "sender@example.org", ADDRESS, subject
    message.set_content("本文です。https://evil.example/a\n")
    message.add_attachment(content, maintype="application", subtype="zip", filename=name)
    return smtp.wire(message.as_bytes())


def begin(world, path):
    """A folder for each text, with the files that it names."""
    world.text, world.work = path, world.folder / "work" / str(path.relative_to(TOP)).replace("/", "-")
    (world.work / "mail").mkdir(parents=True)
    (world.work / "invoice.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    for name in (world.work / "mail.eml", world.work / "mail" / "1.eml"):
        name.write_bytes(mail("請求書", "invoice.zip", (world.work / "invoice.zip").read_bytes()))
    (world.work / "new.conf").write_text(RULES)
    (world.work / "april.csv").write_text("login,name,duties,addresses\nsato,佐藤次郎,staff,sato@city.example.lg.jp\n")
    for certificate in CONF.parent.glob("*.crt"):
        shutil.copy(certificate, world.work)


def prepared(world):
    begin(world, manual_text.GUIDES)
    world.run("mugai --version")
    return "Debian's Postfix, users and folders; nothing is configured"


def send(world, subject):
    """A mail by the inbound service; its receipt."""
    reply = smtp.send_once(25, "sender@example.org", [ADDRESS], mail(subject, "invoice.zip", (world.work / "invoice.zip").read_bytes()),
                           host="192.0.2.25")
    equal(reply.code, 250, f"reply {reply}")
    rows = [json.loads(line) for line in world.run(f"mugai trace --json --to {ADDRESS} --since 1h", who=world.looks).splitlines()]
    return next(row["receipt"] for row in rows)


def request(world):
    """One that waits, of tanaka's."""
    said = world.run("mugai request 1234-5678-90 --part 2 --to tanaka@soto.example.jp --reason x --json", who="tanaka")
    return str(json.loads(said)["number"])


def token(world, login):
    """The first officer's is made by root, as it is after all of them ended."""
    world.tokens[login] = world.run(f"mugai user token {login} 2>/dev/null", who="root" if login == "officer" else "officer").split()[-1]


def peopled(world):
    world.looks = "root"
    receipt = send(world, "請求書の件")
    for login, duty in PEOPLE.items():
        address = f" --address {login}@city.example.lg.jp --address {login}@soto.example.jp" if duty == "staff" else ""
        who = "officer" if world.tokens else "root"
        world.run(f"mugai user add {login} --name {login} --duty {duty}{address}", who=who)
        token(world, login)
    world.looks = "officer"
    # The monitor and its canaries as the guide has them, in the files that setup wrote.
    text, changed = re.subn(r"(monitor \{[^}]*?\n\s*enabled = )no\n", r"\1yes\n", CONF.read_text())
    equal(changed, 1, "the line of monitor.enabled")
    text = text.replace("canary_every = 0 s", "canary_every = 5 min").replace('canary_next_hop = ""', "canary_next_hop = inet:25@10.20.0.25")
    text += "organization canary {\n        domains = canary.mugai.invalid\n        retention = 1 d\n        retention_failed = 1 d\n}\n"
    CONF.write_text(text)
    world.run("systemctl restart mugai.target")
    keys = {name: f"/media/{name.partition('.')[0].replace('organization', 'key')}/{name}" for name in ("organization.key", "escrow.key")}
    world.values = {"1234-5678-90": receipt, "1234567890": receipt.replace("-", ""), "RECEIPT": receipt, **keys,
                    "12": lambda: request(world)}
    return f"{len(PEOPLE)} people"
