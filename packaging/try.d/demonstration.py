# SPDX-License-Identifier: Apache-2.0
"""What packaging/try shows: client -> Postfix with the gateway -> a second Postfix that stands for the LGWAN side -> Maildir; and one file
that is asked for, approved by somebody else, and sent to a Maildir on the Internet side.

Called by packaging/try once everything is built. Both Postfix live in one temporary folder; the library for them is the
one of the system tests."""
import argparse
import contextlib
import email
import email.policy
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / part) for part in ("system", "make", "helpers")]

import seeds  # noqa: E402
import smtp  # noqa: E402
from gateway import GROUP, Gateway, program, with_lines  # noqa: E402
from harness import shipped_release  # noqa: E402
from postfix import Postfix, free_port  # noqa: E402

RCPT = "soumu@city.example.jp"
OUTSIDE = "soto.example.jp"  # domain of mailboxes on the Internet side
# login -> (Unix user, which needs no name here; duty; what people call him)
PEOPLE = {"kanri": (65071, "officer", "情報管理担当"), "soumu": (65072, "staff", "総務課 田中"), "kacho": (65073, "approver", "総務課長")}
MAILS = [
    ("日本語のテキスト (ISO-2022-JP)", "Japanese text (ISO-2022-JP)", seeds.jis, "tanaka@shisetsu.example.jp"),
    ("HTML のメールマガジン (表とリンク)", "an HTML newsletter with a table and links", lambda: seeds.newsletter("u83k1"), "kouza@kouza.example.jp"),
    ("docx と暗号化 ZIP の添付", "a docx and an encrypted zip", seeds.estimate, "suzuki@aoba-setsubi.example.com"),
]
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


class Demonstration:
    def __init__(self, folder):
        self.folder = folder
        self.port, side, release = free_port(), free_port(), free_port()
        self.boxes, self.outside_boxes = folder / "maildir", folder / "maildir-internet"
        for boxes in (self.boxes, self.outside_boxes):
            boxes.mkdir()
            os.chown(boxes, 65020, 65020)
        (folder / "boxes").write_text("/^/ soumu/\n")
        self.gateway = Gateway(folder / "gateway", {"release": {
            "enabled": "yes", "smtp": f"inet:{release}@127.0.0.1", "letters": f"inet:{self.port}@127.0.0.1", "from": "mugai@city.example.jp",
            "allowed_domains": f'"{OUTSIDE}"', "lgwan_domains": '"city.example.jp"'}})
        self.make_keys(folder / "keys")
        self.inside = Postfix(folder / "lgwan", {
            "myhostname": "mail.lgwan.example.jp", "virtual_mailbox_domains": "city.example.jp", "virtual_mailbox_base": str(self.boxes),
            "virtual_mailbox_maps": f"regexp:{folder}/boxes", "virtual_uid_maps": "static:65020", "virtual_gid_maps": "static:65020",
            "virtual_minimum_uid": "1000", "virtual_transport": "virtual"}, {"in": (side, {})})
        # Stands for the Internet, too: soto.example.jp has its mailbox here, where a real gateway would look up its server.
        self.outside = Postfix(folder / "internet", {
            "relay_domains": "city.example.jp", "relay_transport": f"smtp:[127.0.0.1]:{side}",
            "virtual_mailbox_domains": OUTSIDE, "virtual_mailbox_base": str(self.outside_boxes), "virtual_mailbox_maps": f"regexp:{folder}/boxes",
            "virtual_uid_maps": "static:65020", "virtual_gid_maps": "static:65020", "virtual_minimum_uid": "1000", "virtual_transport": "virtual",
            "default_transport": "error:5.7.1 this demonstration sends nothing outward"},
            {"in": (self.port, {"smtpd_milters": self.gateway.milter}), "release": (release, shipped_release([OUTSIDE]))})
        self.seen = set()

    def make_keys(self, keys):
        """Originals are sealed; the passphrases are shown, since here is nothing to protect."""
        self.key, self.phrase = keys / "organization.key", "try-" + secrets.token_hex(8)
        done = with_lines([self.phrase, secrets.token_hex(16)], lambda fd: subprocess.run(
            [program("mugai"), "key", "init", keys, "--passphrase-fd", str(fd)], capture_output=True, pass_fds=(fd,)))
        if done.returncode:
            raise RuntimeError(f"mugai key init: {done.stderr.decode(errors='replace')}")
        self.gateway.folder.mkdir()
        for name, setting in (("organization", "seal_to"), ("escrow", "escrow")):
            shutil.copy(keys / f"{name}.crt", self.gateway.folder)
            self.gateway.change({"store": {setting: f'"{self.gateway.folder}/{name}.crt"'}})

    def original(self, receipt):
        done = with_lines([self.phrase], lambda fd: self.gateway.mugai("get", receipt, "--key", self.key, "--passphrase-fd", fd, pass_fds=(fd,)))
        if done.returncode:
            raise RuntimeError(f"mugai get {receipt}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def start(self):
        self.inside.start()
        self.gateway.start()
        self.outside.start()

    def stop(self):
        for part in (self.outside, self.gateway, self.inside):
            part.stop()

    def ask(self, who, *arguments, lines=None):
        """What a command prints for a person: its Unix user asks."""
        def run(fd):
            words = [*map(str, arguments), *(["--passphrase-fd", str(fd)] if lines else [])]
            done = subprocess.run([program("mugai"), words[0], "--config", str(self.gateway.conf), *words[1:]], capture_output=True, timeout=60,
                                  user=PEOPLE[who][0] if who in PEOPLE else 0, group=int(GROUP), extra_groups=[], pass_fds=(fd,))
            if done.returncode:
                raise RuntimeError(f"{who}: mugai {' '.join(words)}: {done.stderr.decode(errors='replace')}")
            return done.stdout.decode()
        return with_lines(lines or [], run)

    def register(self):
        """The officer by root, who is the administrator then; the others by the officer, who has the key from here on."""
        for login, (uid, duty, name) in PEOPLE.items():
            self.ask("root" if duty == "officer" else "kanri", "user", "add", login, "--name", name, "--duty", duty, "--unix-user", uid,
                     "--address", f"{login}@city.example.jp", "--address", f"{login}@{OUTSIDE}")
        self.key.parent.chmod(0o755)
        os.chown(self.key, PEOPLE["kanri"][0], -1)

    def arrived(self, seconds, outside=False):
        """The next mail in the Maildir of one side, or None."""
        deadline = time.monotonic() + seconds
        while True:
            new = (self.outside_boxes if outside else self.boxes) / "soumu" / "new"
            for path in sorted(new.iterdir()) if new.is_dir() else []:
                if path.name not in self.seen:
                    self.seen.add(path.name)
                    return path.read_bytes()
            if time.monotonic() > deadline:
                return None
            time.sleep(0.1)


def rule(text=""):
    print(f"\n{BOLD}{'━' * 4} {text}{PLAIN}" if text else f"{DIM}{'─' * 76}{PLAIN}")


def indented(text, limit=60):
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    for line in lines[:limit]:
        print(f"  │ {line}")
    if len(lines) > limit:
        print(f"  │ … ({len(lines)} 行 / lines)")


def safe(text):
    """For a terminal: no control character of a stranger's mail."""
    return "".join(c if c in "\n\r\t" or c.isprintable() or c == "\u3000" else "�" for c in text)


def show_before(data):
    message = email.message_from_bytes(data, policy=email.policy.default)
    for name in ("From", "To", "Subject"):
        print(f"  │ {name}: {safe(str(message[name]))}")
    for part in message.walk():
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True) or b""
        name = part.get_filename() or ""
        print(f"  │ ・{part.get_content_type():<12} {len(content):>7,} octets  {safe(name)}")
    texts = [p for p in message.walk() if p.get_content_type() in ("text/html", "text/plain")]
    shown = (next((p for p in texts if p.get_content_type() == "text/html"), None) or texts[0]).get_payload(decode=True)
    print("  │")
    # Python's ISO-2022-JP lacks row 13 and what mail programs take from NEC; the text of that mail is known here.
    indented(seeds.JIS_TEXT if b"\x1b$B" in shown else safe(shown.decode("utf-8", "replace")), 14)


def show_after(data):
    message = email.message_from_bytes(data, policy=email.policy.default)
    for name, value in message.items():
        if name.lower() not in ("return-path", "x-original-to", "delivered-to", "received"):
            print(f"  │ {name}: {safe(str(value))}")
    print("  │")
    indented(safe(message.get_payload(decode=True).decode(message.get_content_charset() or "utf-8", "replace")))


def receipt_of(demonstration, sender):
    rows = demonstration.gateway.trace("--from", sender)
    return rows[0]["receipt"] if rows else None


def show_one(demonstration, number, mail, folder):
    """Sends one mail and shows it on both sides. FALSE where it did not come out."""
    ja, en, make, sender = mail
    data = smtp.wire(make())
    (folder / f"{number}-before.eml").write_bytes(data)
    rule(f"{number}/{len(MAILS)}  {ja} / {en}")
    print(f"{BOLD}  前: インターネットから届いたもの / before: as it came from the Internet{PLAIN} ({len(data):,} octets)")
    show_before(data)
    reply = smtp.send_once(demonstration.port, sender, [RCPT], data)
    if reply.code != 250:
        print(f"  Postfix: {reply}")
        return False
    delivered = demonstration.arrived(30)
    if delivered is None:
        print("  届きませんでした / it did not arrive")
        return False
    (folder / f"{number}-after.eml").write_bytes(delivered)
    print(f"\n{BOLD}  後: LGWAN 側の Maildir / after: in the LGWAN-side Maildir{PLAIN} ({len(delivered):,} octets)")
    show_after(delivered)
    receipt = receipt_of(demonstration, sender)
    original = demonstration.original(receipt)
    (folder / f"{number}-original.eml").write_bytes(original)
    (folder / f"{number}-report.json").write_bytes(demonstration.gateway.mugai("show", "--json", receipt).stdout)
    digits = receipt.replace("-", "")
    same = "送信したものと 1 バイトも違いません / the very octets that were sent" if original == data else "違います / NOT what was sent"
    print(f"\n{BOLD}  受付番号 / receipt number: {digits[:4]}-{digits[4:8]}-{digits[8:]}{PLAIN}")
    print(f"  封印して保管された原本を鍵で開いたもの / the original, kept sealed, opened with the key: {len(original):,} octets, {same}")
    return original == data


def show_release(demonstration, folder):
    """The first file of the last mail: asked for, approved by somebody else, sent. FALSE where it did not arrive as it came."""
    rule("払い出し / release")
    receipt = receipt_of(demonstration, MAILS[-1][3])
    before = email.message_from_bytes((folder / f"{len(MAILS)}-before.eml").read_bytes(), policy=email.policy.default)
    wanted = next(before.iter_attachments())
    parts = json.loads(demonstration.gateway.mugai("show", "--json", receipt).stdout)["parts"]
    part = next(number for number, row in enumerate(parts, 1) if row["name"] == wanted.get_filename())
    demonstration.register()
    number = json.loads(demonstration.ask("soumu", "request", receipt, "--part", part, "--to", f"soumu@{OUTSIDE}", "--reason",
                                          "見積りの確認に要るため", "--json"))["number"]
    print(f"  1. {PEOPLE['soumu'][2]}: mugai request {receipt} --part {part} --to soumu@{OUTSIDE} --reason 見積りの確認に要るため  → 申請 / request {number}")
    demonstration.ask("kacho", "request", "approve", number)
    print(f"  2. {PEOPLE['kacho'][2]}: mugai request approve {number}   (申請者本人は承認できません / never by who asked)")
    demonstration.ask("kanri", "key", "unlock", demonstration.key, "--minutes", 5, lines=[demonstration.phrase])
    print(f"  3. {PEOPLE['kanri'][2]}: mugai key unlock organization.key --minutes 5   (鍵は払い出しの間だけ / the key for five minutes)")
    delivered = demonstration.arrived(60, outside=True)
    demonstration.ask("kanri", "key", "lock")
    if delivered is None:
        print(demonstration.ask("soumu", "request", "show", number))
        return False
    (folder / "released.eml").write_bytes(delivered)
    message = email.message_from_bytes(delivered, policy=email.policy.default)
    sent = next(message.iter_attachments())
    same = sent.get_payload(decode=True) == wanted.get_payload(decode=True) and sent.get_filename() == wanted.get_filename()
    print(f"\n{BOLD}  インターネット側の Maildir / in the Internet-side Maildir{PLAIN} ({len(delivered):,} octets)")
    indented(safe(message.get_body().get_content()), 16)
    said = "元のファイルと 1 バイトも違いません / the very file that was taken out" if same else "違います / NOT the file that was taken out"
    print(f"  │ ・{safe(sent.get_filename())}  {len(sent.get_payload(decode=True)):,} octets: {said}")
    return same


def show_commands(demonstration):
    conf = demonstration.gateway.conf
    rule("お試しください / try it yourself")
    token = demonstration.ask("kanri", "user", "token", "kanri").split()
    print(f"""  export MUGAI_TOKEN={max(token, key=len)}      ({PEOPLE['kanri'][2]} として / as the officer)
  {program('mugai')} list --config {conf}
  {program('mugai')} show --config {conf} RECEIPT
  {program('mugai')} key list --config {conf}
  {program('mugai')} get RECEIPT --config {conf} --key {demonstration.key} --output original.eml
        (パスフレーズ / passphrase: {demonstration.phrase})
  {program('mugai')} requests --config {conf}
  {program('mugai')} trace --config {conf} --to soumu
  {program('mugai')} status --config {conf}
  {program('mugai')} check --postfix --config {conf} --postfix-dir {demonstration.outside.etc}
  {program('mugai')} sanitize FILE.eml
  swaks --server 127.0.0.1 --port {demonstration.port} --from you@example.org --to {RCPT} --attach FILE   (apt install swaks)
  Maildir: {demonstration.boxes}/soumu/new
           {demonstration.outside_boxes}/soumu/new  (インターネット側 / Internet side)""")


def stay(demonstration):
    rule("Ctrl-C で終了します。届いたメールはここに表示します / until Ctrl-C; mail that arrives is shown here")
    while True:
        data = demonstration.arrived(1)
        if data is not None:
            rule()
            show_after(data)


def leave_files(folder, keep):
    """What somebody may want to look at afterwards: no queues, no sockets."""
    for name in ("mails", "maildir", "maildir-internet"):
        shutil.copytree(folder / name, keep / name, dirs_exist_ok=True)
    for name in ("gateway/mugai.conf", "gateway/mugaid.log", "internet/maillog", "internet/etc/main.cf", "internet/etc/master.cf",
                 "lgwan/maillog", "lgwan/etc/main.cf", "lgwan/etc/master.cf"):
        if (folder / name).exists():
            target = keep / name.replace("/etc/", "/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, target)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--once", action="store_true")
    arguments.add_argument("--keep", type=pathlib.Path)
    options = arguments.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda got, _frame: sys.exit(0 if got == signal.SIGINT else 128 + got))
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mugai-try-"))
    folder.chmod(0o755)
    mails, demonstration = folder / "mails", None
    mails.mkdir()
    try:
        demonstration = Demonstration(folder)  # makes keys, which takes long enough to be interrupted
        demonstration.start()
        good = [show_one(demonstration, number, mail, mails) for number, mail in enumerate(MAILS, 1)]
        released = show_release(demonstration, mails)
        if not options.once:
            show_commands(demonstration)
            stay(demonstration)
        rule()
        print(f"  {sum(good)} / {len(MAILS)} 通が無害化されて届き、原本が保管されました / arrived as text, their originals kept")
        print("  1 / 1 件の添付が承認を経て払い出されました / file was released after its approval" if released else "  払い出しに失敗しました / the release failed")
        return 0 if all(good) and released else 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more; what is printed goes nowhere
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # cleaning up takes a moment; a second Ctrl-C must not leave half of it
        if demonstration:
            demonstration.stop()
            if options.keep:
                leave_files(folder, options.keep)
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # the terminal may be gone
            print("  片付けました / cleaned up" + (f"; 残したファイル / files left: {options.keep}" if options.keep else ""))


if __name__ == "__main__":
    sys.exit(main())
