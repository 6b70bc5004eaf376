# SPDX-License-Identifier: Apache-2.0
"""mugai doctor: each common fault is made, named with its command, and gone once the command was run."""
import json
import os
import shlex
import shutil
import signal
import subprocess

import smtp
from cases_keys import Keys
from cases_scan import use
from cases_seal import PHRASES
from check import equal, expect, wait_for
from clamd import Clamd
from gateway import BUILD, GROUP, USERS, kill, program, with_lines
from harness import DOMAIN

ALLOWED = "soto.example.jp"
OPTIONS = {"release": [ALLOWED], "settings": {"release": {"lgwan_domains": DOMAIN, "key_alarm": "1 min"}}}


class Doctor:
    def __init__(self, chain, folder):
        self.chain, self.gateway, self.folder = chain, chain.gateway, folder
        self.keys = Keys(chain, folder)

    def ask(self, *words):
        """(exit status, {id: finding}); the findings of one id are told apart by nothing here."""
        done = self.gateway.mugai("doctor", "--postfix-dir", self.chain.postfix.etc, "--json", *words)
        expect(done.returncode in (0, 1), "exit status", (0, 1), (done.returncode, done.stderr.decode()))
        said = json.loads(done.stdout)
        equal(said["unsafe"], done.returncode == 1, "exit status and unsafe")
        return {f["id"]: f for f in said["findings"]}

    def names(self, id, fault, *words):
        """The finding, of that fault, with both languages."""
        found = self.ask(*words)
        expect(id in found, "the finding", id, sorted(found))
        equal((found[id]["fault"], bool(found[id]["ja"]), bool(found[id]["en"])), (fault, True, True), f"{id}: {found[id]}")
        return found[id]

    def gone(self, id, seconds=60):
        expect(wait_for(lambda: id not in self.ask(), seconds), f"{id} is mended", None, sorted(self.ask()))

    def shell(self, command, expected=0):
        """The command as it was said, with the programs of the build, and Postfix's own."""
        path = f"{self.programs()}:/usr/sbin:/usr/bin:/sbin:/bin"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, cwd=self.folder,
                              env={**self.chain.postfix.environment(), "PATH": path})
        equal(done.returncode, expected, f"{command}: {done.stdout}{done.stderr}")

    def programs(self):
        folder = self.folder / "bin"
        if not folder.is_dir():
            folder.mkdir(parents=True)
            for name in ("mugai", "mugaid"):
                (folder / name).symlink_to(program(name))
        return folder

    def load(self, settings, extra=""):
        """A reload with other settings."""
        self.gateway.change(settings)
        self.gateway.write(extra)
        equal(subprocess.run([program("mugaid"), "--check", "--config", str(self.gateway.conf)], capture_output=True, text=True).stderr, "", "faults")
        self.gateway.reload()


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    doctor = Doctor(chain, folder)
    return [(f"doctor: {name}", lambda function=function: function(doctor)) for name, function in (
        ("of a sound gateway it names nothing but what is so: originals are not sealed", sound),
        ("the configuration does not load", configuration),
        ("nothing runs", stopped),
        ("a role hangs", hanging),
        ("the disk is below the reserve, and mail is put off", room),
        ("an organization is at its quota", quota),
        ("Postfix is not wired as it must be", wiring),
        ("the next hop takes nothing", next_hop),
        ("mail came in beside the milter", bypass),
        ("the scanner is gone", scanner),
        ("mail could not be converted", failed),
        ("the port for releases is away", release_port),
        ("not-arrived: what became of one mail, by receipt, by queue id, or that nobody knows it", not_arrived),
        ("garbled, slow and the other symptoms, by either word", symptoms),
        ("a word that is no symptom is answered by those that are", unknown),
        ("an approved request waits for a locked key", locked),
        ("a certificate ends soon", certificate),
        ("the clock was set back", clock),
    )]


def sound(doctor):
    found = doctor.ask()
    equal(sorted(i for i, f in found.items() if f["severity"] != "note"), ["store.unsealed"], "findings")
    text = doctor.gateway.mugai("doctor", "--postfix-dir", doctor.chain.postfix.etc).stdout.decode()
    expect("[keys] 鍵が開かれていない" in text and "Originals are not sealed" in text, "text", None, text)
    return f"notes: {', '.join(sorted(i for i, f in found.items() if f['severity'] == 'note')) or 'none'}"


def configuration(doctor):
    good = doctor.gateway.conf.read_text()
    doctor.gateway.conf.write_text(good + "no_such_key = 1\n")
    line = len(good.splitlines()) + 1
    found = doctor.names("config.faulty", "config")
    expect(f"{doctor.gateway.conf}:{line}: " in found["en"], "file and line", line, found)
    doctor.shell(found["command"], expected=78)
    doctor.gateway.conf.write_text(good)
    doctor.shell(found["command"])
    doctor.gone("config.faulty")
    return found["command"]


def stopped(doctor):
    doctor.gateway.stop()
    found = doctor.names("roles.mugaid", "down")
    words = shlex.split(found["command"])
    if os.path.exists("/run/systemd/system"):
        equal(words, ["systemctl", "start", "mugai.target"], "command")
    else:
        equal(words, ["mugaid", "--config", str(doctor.gateway.conf)], "command")
    doctor.gateway.start()
    doctor.gone("roles.mugaid")
    return found["command"]


def hanging(doctor):
    pid = doctor.gateway.pids()["sanitize"]
    os.kill(pid, signal.SIGSTOP)
    try:
        found = doctor.names("roles.silent", "down")
        equal(found["subject"], "sanitize", "which")
        if not os.path.exists("/run/systemd/system"):
            equal(found["command"], f"kill -KILL {pid}", "command")
            doctor.shell(found["command"])
    finally:
        if doctor.gateway.pids().get("sanitize") == pid:
            kill(pid, signal.SIGKILL)
    doctor.gone("roles.silent")
    return found["command"]


def room(doctor):
    before = doctor.gateway.settings["store"]["reserve"]
    doctor.load({"store": {"reserve": "1000 GB"}})
    try:
        expect(wait_for(lambda: doctor.chain.send(smtp.wire(b"Subject: x\n\nx\n"))[0].code == 452), "mail is put off", 452)
        found = doctor.names("disk.full", "room", "put-off")
        equal(found["command"], "", "no command makes room")
    finally:
        doctor.load({"store": {"reserve": before}})
    doctor.gone("disk.full")
    return found["mend"]


def quota(doctor):
    """Mail as large as the quota of an organization of its own, so that nobody else's is put off."""
    ward = "organization ward {\n        domains = ward.example.jp\n        quota = %s\n}\n"
    limits = {"mail_size": "1 MB", "body": "64 KB", "header_bytes": "128 KB"}
    doctor.load({"limits": limits}, ward % "1 MB")
    try:
        text = smtp.wire(b"Subject: x\n\n" + b"\n".join(os.urandom(30).hex().encode() for _ in range(5000)) + b"\n")
        for number in range(4):
            doctor.chain.send(text, f"q{number}@ward.example.jp")
        found = doctor.names("store.quota-full", "room", "put-off")
        equal(found["subject"], "ward", "whose")
        expect("pidof mugaid" in found["command"] or "reload mugaid" in found["command"], "command", None, found)
        doctor.gateway.trace("--to", "q3@ward.example.jp")
        said = doctor.names("mail.deferred", "mails", "put-off")
        doctor.shell(f"{said['command']} --config {doctor.gateway.conf}")
    finally:
        # What the command takes up is what the line says to change.
        doctor.load({"limits": {"mail_size": "25 MB", "body": "4 MB", "header_bytes": "1 MB"}})
    doctor.gone("store.quota-full")
    return f"{found['command']}: {said['en']}"


def wiring(doctor):
    subprocess.run(["postconf", "-c", doctor.chain.postfix.etc, "-e", "milter_default_action = accept"], check=True, timeout=20,
                   env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/bin"})
    found = doctor.names("postfix.default-action", "wiring", "raw")
    edit, _, again = found["command"].partition(" && ")
    equal(shlex.split(again), ["postfix", "-c", str(doctor.chain.postfix.etc), "reload"], "the second half")
    doctor.shell(edit)
    doctor.chain.postfix.master.send_signal(signal.SIGHUP)  # as postfix reload does, which wants a main.cf of the system's
    doctor.gone("postfix.default-action")
    return edit


def away(chain):
    """The next hop goes; where it was."""
    port = chain.sink.port
    chain.sink.close()
    chain.sink = smtp.Sink()  # somewhere else, so that there is one to close whatever happens
    return port


def back(chain, port):
    chain.sink.close()
    chain.sink = smtp.Sink(port=port)


def next_hop(doctor):
    chain = doctor.chain
    port = away(chain)
    reply, rcpt = chain.send(smtp.wire(b"Subject: waits\n\nx\n"), chain.address("hop"))
    equal(reply.code, 250, f"reply {reply}")
    expect(wait_for(lambda: "postfix.queue" in doctor.ask("not-arrived"), 30), "it is said that mail waits")
    found = doctor.names("postfix.queue", "next-hop")
    doctor.names("postfix.next-hop", "next-hop")
    row = chain.gateway.trace("--to", rcpt)[0]
    waiting = doctor.names("mail.waiting", "mails", "not-arrived", row["receipt"])
    back(chain, port)
    equal(shlex.split(found["command"]), ["postqueue", "-c", str(chain.postfix.etc), "-f"], "command")
    chain.postfix.flush()  # as that does, which wants a pickup service that this Postfix has not
    equal(len(chain.arrivals(rcpt)), 1, "it arrives")
    doctor.gone("postfix.queue")
    return f"{found['en']} / {waiting['en']}"


def bypass(doctor):
    """By the service that has no milter; the next hop is away, so that it can be seen in the queue."""
    chain = doctor.chain
    port = away(chain)
    reply, rcpt = chain.send(smtp.wire(b"Subject: raw\n\nx\n"), chain.address("raw"), port=chain.port_out)
    equal(reply.code, 250, f"reply {reply}")
    expect(wait_for(lambda: "postfix.bypass" in doctor.ask("raw"), 30), "it is seen")
    found = doctor.names("postfix.bypass", "bypass")
    equal(shlex.split(found["command"])[-1], "reload", "command")
    back(chain, port)
    chain.postfix.flush()
    chain.arrivals(rcpt)
    doctor.gone("postfix.bypass")
    return found["command"]


def scanner(doctor):
    if shutil.which("clamd", path="/usr/sbin:/usr/bin") is None:
        raise FileNotFoundError("clamd: apt-get install clamav-daemon")
    with Clamd(doctor.folder / "clamd") as clamd:
        use(doctor.chain, clamd.socket)
        equal([i for i in doctor.ask() if i in ("scan.silent", "scan.descriptor")], [], "findings at first")
        clamd.stop()
        found = doctor.names("scan.silent", "scanner")
        equal(found["command"], "systemctl restart clamav-daemon", "command")
        clamd.start()
        doctor.gone("scan.silent")
    doctor.load({"scan": {"socket": '""'}})
    return found["en"]


def failed(doctor):
    parts = b"".join(b"--b\n\nx\n" for _ in range(1200))
    reply, rcpt = doctor.chain.send(smtp.wire(b'Subject: parts\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n' + parts + b"--b--\n"))
    equal(reply.code, 250, f"reply {reply}")
    row = doctor.gateway.trace("--to", rcpt)[0]
    equal(row["outcome"], "failed", "outcome")
    found = doctor.names("mail.failed", "mails", "not-converted")
    expect("1000" in found["en"], "the reason with its bound", "1000", found)
    doctor.shell(f"{found['command']} --config {doctor.gateway.conf}")
    one = doctor.names("mail.failed-one", "mails", "not-arrived", row["receipt"])
    doctor.shell(f"{one['command']} --config {doctor.gateway.conf}")
    return found["en"]


def release_port(doctor):
    before = doctor.gateway.settings["release"]["smtp"]
    doctor.load({"release": {"smtp": "inet:9@127.0.0.1"}})
    doctor.names("release.port-silent", "release", "not-released")
    found = doctor.names("postfix.release-missing", "release")
    expect(found["mend"].startswith("master.cf: "), "the lines", None, found)
    doctor.load({"release": {"smtp": before}})
    doctor.gone("release.port-silent")
    return found["en"]


def locked(doctor):
    gateway, keys = doctor.gateway, doctor.keys
    done = with_lines(PHRASES.values(), lambda fd: gateway.mugai("key", "init", keys.folder, "--passphrase-fd", fd, pass_fds=(fd,)))
    equal(done.returncode, 0, f"key init: {done.stderr.decode()}")
    for name in PHRASES:
        shutil.copy(keys.folder / f"{name}.crt", gateway.folder)
    doctor.load({"store": {"seal_to": f'"{gateway.folder}/organization.crt"', "escrow": f'"{gateway.folder}/escrow.crt"'}})
    expect(wait_for(lambda: b'"sealing": 1' in gateway.mugai("status", "--json").stdout), "the store seals")
    equal("store.unsealed" in doctor.ask(), False, "unsealed")
    data = smtp.wire(b'Subject: f\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nx\n--b\n'
                     b"Content-Type: application/pdf; name=a.pdf\n\n%PDF-1.4 x\n--b--\n")
    _, rcpt = doctor.chain.send(data)
    receipt = gateway.trace("--to", rcpt)[0]["receipt"]
    asked = gateway.mugai("request", receipt, "--part", "2", "--to", f"x@{ALLOWED}", "--reason", "契約の確認", "--json")
    equal(asked.returncode, 0, f"request: {asked.stderr.decode()}")
    number = json.loads(asked.stdout)["number"]
    user = 65067
    gateway.mugai("user", "add", "officer", "--name", "officer", "--duty", "officer", "--duty", "approver", "--unix-user", user)
    shutil.copy(keys.file("organization"), doctor.folder / "organization.key")
    os.chown(doctor.folder / "organization.key", user, -1)
    as_officer = {"user": user, "group": int(GROUP), "extra_groups": []}
    approved = gateway.mugai("request", "approve", number, **as_officer)
    equal(approved.returncode, 0, f"approve: {approved.stderr.decode()}")
    expect(wait_for(lambda: keys.figure("waiting_for_key") == 1), "it waits for a key")
    expect(wait_for(lambda: "release.key-locked" in doctor.ask("not-released"), 90), "it is said")
    found = doctor.names("release.key-locked", "keys")
    words = shlex.split(found["command"])
    equal(words, ["mugai", "key", "unlock", "organization.key"], "command")
    done = with_lines([PHRASES["organization"]], lambda fd: subprocess.run(
        [program("mugai"), *words[1:], "--config", gateway.conf, "--passphrase-fd", str(fd)], pass_fds=(fd,), cwd=doctor.folder,
        capture_output=True, timeout=60, **as_officer))
    equal(done.returncode, 0, f"unlock: {done.stderr.decode()}")
    doctor.gone("release.key-locked", 60)
    equal(len(doctor.chain.arrivals(f"x@{ALLOWED}")), 1, "what was approved arrives")
    return found["command"]


def certificate(doctor):
    gateway, folder = doctor.gateway, doctor.folder / "keys"
    path = gateway.folder / "soon.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", doctor.folder / "soon.key",
                    "-subj", "/CN=x", "-days", "10", "-out", path], check=True, capture_output=True)
    path.chmod(0o644)
    doctor.load({"store": {"seal_to": f'"{path}"'}})
    found = doctor.names("store.certificate-expires", "keys")
    equal(found["subject"], str(path), "which")
    words = shlex.split(found["command"])
    equal(words, ["mugai", "key", "rotate", "keys"], "command")
    done = with_lines([PHRASES["organization"]], lambda fd: subprocess.run(
        [program("mugai"), *words[1:], "--config", gateway.conf, "--passphrase-fd", str(fd)], pass_fds=(fd,), cwd=doctor.folder,
        capture_output=True, text=True, timeout=60))
    equal(done.returncode, 0, f"rotate: {done.stderr}")
    new = next(p for p in folder.glob("organization-*.crt"))
    shutil.copy(new, gateway.folder / "new.crt")
    doctor.load({"store": {"seal_to": f'"{gateway.folder}/new.crt"'}})
    doctor.gone("store.certificate-expires")
    return found["en"]


def clock(doctor):
    done = subprocess.run([str(BUILD / "tests" / "helpers" / "put-mails"), "--ahead=91800", str(doctor.gateway.run / "store.sock"), "a@example.org",
                           f"ahead@{DOMAIN}", "1"], capture_output=True, text=True, user=int(USERS["milter"]), group=int(GROUP), extra_groups=[])
    equal(done.returncode, 0, f"put-mails: {done.stderr}")
    found = doctor.names("clock.behind", "clock", "not-arrived")
    equal((found["severity"], found["command"]), ("error", "timedatectl set-ntp true"), "finding")
    expect("25 h" in found["en"], "by how much", "25 h", found["en"])
    return found["en"]


def not_arrived(doctor):
    rcpt = doctor.chain.address("where")
    equal(doctor.chain.send(smtp.wire(b"Subject: x\n\nx\n"), rcpt)[0].code, 250, "reply")
    doctor.chain.arrivals(rcpt)
    row = doctor.gateway.trace("--to", rcpt)[0]
    for word in (row["receipt"], row["queue_id"]):
        found = doctor.names("mail.passed", "mails", "not-arrived", word)
        doctor.shell(f"{found['command']} --config {doctor.gateway.conf}")
    found = doctor.names("mail.unknown", "mails", "届かない", "4X1234ABCD")
    doctor.shell(f"{found['command']} --config {doctor.gateway.conf}")
    return found["en"]


def symptoms(doctor):
    rcpt = doctor.chain.address("garbled")
    doctor.chain.send(smtp.wire("Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n".encode() + "本日は晴天なり".encode("euc-jp") + b"\n"), rcpt)
    receipt = doctor.gateway.trace("--to", rcpt)[0]["receipt"]
    found = doctor.names("mail.letters", "mails", "garbled", receipt)
    equal(shlex.split(found["command"])[:4], ["mugai", "text", receipt.replace("-", ""), "--charset"], "command")
    equal([i for i in doctor.ask("garbled", receipt)], ["mail.letters"], "of letters alone")
    doctor.names("mail.times", "mails", "遅い")
    pairs = (("not-arrived", "届かない"), ("garbled", "文字化け"), ("slow", "遅い"), ("raw", "そのまま届く"), ("put-off", "後回し"),
             ("not-converted", "変換できない"), ("not-released", "払い出されない"))
    for english, japanese in pairs:
        both = [doctor.gateway.mugai("doctor", "--postfix-dir", doctor.chain.postfix.etc, "--json", word) for word in (english, japanese)]
        equal([json.loads(b.stdout)["symptom"] for b in both], [english] * 2, "symptom")
        for line in json.loads(both[0].stdout)["next"]:
            words = [w.replace("1234-5678-90", receipt) for w in shlex.split(line)]
            own = {"mugai": ["--config", str(doctor.gateway.conf)], "postqueue": ["-c", str(doctor.chain.postfix.etc)]}[words[0]]
            extra = ["--postfix-dir", str(doctor.chain.postfix.etc)] if "--postfix" in words or words[1] == "doctor" else []
            done = subprocess.run([program("mugai") if words[0] == "mugai" else "/usr/sbin/postqueue", *words[1:], *own, *extra],
                                  capture_output=True, timeout=60)
            expect(done.returncode in (0, 1), f"what it says to look at next: {line}", (0, 1), done)
    return f"{len(pairs)} symptoms"


def unknown(doctor):
    done = doctor.gateway.mugai("doctor", "broken")
    equal((done.returncode, done.stderr.count(b"\n")), (64, 1), "exit status and lines")
    expect(all(word in done.stderr.decode() for word in ("not-arrived", "文字化け")), "the symptoms", None, done.stderr.decode())
