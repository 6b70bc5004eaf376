# SPDX-License-Identifier: Apache-2.0
"""A private Postfix in a folder of its own: loopback, unprivileged ports, the system's Postfix untouched.

Needs root and the users postfix and postdrop of Debian's package. It writes main.cf and master.cf, starts `master` as a
child and ends it. What goes through it is the business of the caller.
"""
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

MASTER_CF = """
cleanup   unix  n       -       n       -       0       cleanup
cleanup-release unix n  -       n       -       0       cleanup
  -o message_size_limit=36700160
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
virtual   unix  -       n       n       -       -       virtual
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""

# Loopback only, no DNS, quick retries, no throttle on our own clients; the rest is Postfix's default.
DEFAULTS = {
    "compatibility_level": "3.6",
    "command_directory": "/usr/sbin",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "meta_directory": "/etc/postfix",
    "shlib_directory": "/usr/lib/postfix",
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "myhostname": "gateway.city.example.jp",
    "mydestination": "",
    "local_recipient_maps": "",
    "mynetworks": "127.0.0.0/8",
    "alias_maps": "",
    "alias_database": "",
    "local_transport": "error:5.1.1 no local mail here",
    "local_header_rewrite_clients": "",
    "smtp_dns_support_level": "disabled",
    "smtp_host_lookup": "native",
    "smtp_tls_security_level": "none",
    "smtpd_tls_security_level": "none",
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
    "smtpd_reject_unlisted_recipient": "no",
    "smtpd_forbid_bare_newline": "normalize",
    "smtpd_forbid_bare_newline_exclusions": "",
    "smtpd_client_connection_count_limit": "0",
    "smtpd_client_connection_rate_limit": "0",
    "smtpd_soft_error_limit": "1000",
    "smtpd_hard_error_limit": "2000",
    "smtputf8_enable": "no",
    "in_flow_delay": "0",
    "default_process_limit": "120",
    "initial_destination_concurrency": "20",
    "minimal_backoff_time": "2s",
    "maximal_backoff_time": "4s",
    "queue_run_delay": "2s",
    "message_size_limit": "26214400",
    "mailbox_size_limit": "0",
    "virtual_mailbox_limit": "0",
    "notify_classes": "",
    "milter_protocol": "6",
    "milter_default_action": "tempfail",
}


given = set()  # ports that this process was given: some are listened at much later


def free_port():
    """A loopback port below the ephemeral range, so that no outgoing connection takes it meanwhile; none twice."""
    for _ in range(200):
        port = random.randrange(20000, 30000)
        if port in given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                given.add(port)
                return port
            except OSError:
                continue
    raise RuntimeError("no free loopback port between 20000 and 30000")


def listens(port):
    """Whether something listens on a loopback port; asked of the kernel, so that no connection disturbs."""
    wanted = f"0100007F:{port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(line.split()[1] == wanted and line.split()[3] == "0A" for line in table.readlines()[1:])


class Postfix:
    """services: name -> (port, {parameter: value for -o}). main: parameters over DEFAULTS."""

    def __init__(self, folder, main, services):
        self.folder = pathlib.Path(folder)
        self.etc, self.spool, self.data = self.folder / "etc", self.folder / "spool", self.folder / "data"
        self.log = self.folder / "maillog"
        self.main = dict(DEFAULTS)
        self.main.update({
            "config_directory": str(self.etc), "queue_directory": str(self.spool), "data_directory": str(self.data),
            "maillog_file": str(self.log), "maillog_file_prefixes": str(self.folder),
        })
        self.main.update(main)
        self.services = services
        self.master = self.guard = None

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.etc, self.spool, self.data):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        import pwd
        os.chown(self.data, pwd.getpwnam("postfix").pw_uid, -1)
        self.data.chmod(0o700)
        (self.etc / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in self.main.items()))
        lines = []
        for _, (port, options) in self.services.items():
            lines.append(f"127.0.0.1:{port} inet n - n - - smtpd\n")
            lines += [f"  -o {{ {k} = {v} }}\n" for k, v in options.items()]
        (self.etc / "master.cf").write_text("".join(lines) + MASTER_CF)

    def start(self):
        self.write()
        made = subprocess.run(["/usr/lib/postfix/sbin/post-install", "create-missing"], capture_output=True, text=True,
                              env=self.environment(), timeout=60)
        if made.returncode:
            raise RuntimeError(f"post-install: {made.stdout}{made.stderr}")
        # `postfix start` insists on a main.cf of the system; the daemon itself does not.
        out = open(self.folder / "master.out", "ab")
        self.master = subprocess.Popen(["/usr/lib/postfix/sbin/master", "-s", "-c", str(self.etc)], env=self.environment(),
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        out.close()
        # Ends the daemon where we are killed outright. PR_SET_PDEATHSIG would not: it is forgotten when master switches its user.
        self.guard = subprocess.Popen(["/bin/sh", "-c", 'read -r word || kill -TERM "$0"', str(self.master.pid)], stdin=subprocess.PIPE,
                                      start_new_session=True)
        deadline = time.monotonic() + 60
        for _, (port, _options) in self.services.items():
            self._wait_for(port, deadline)
        return self

    def _wait_for(self, port, deadline):
        while time.monotonic() < deadline:
            if self.master.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                    connection.settimeout(10)
                    if connection.recv(3) == b"220":
                        connection.sendall(b"QUIT\r\n")
                        return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"Postfix does not answer on port {port}: {self.log_text()[-2000:]}"
                           f"{(self.folder / 'master.out').read_text()[-2000:]}")

    def environment(self):
        names = ("config_directory", "command_directory", "daemon_directory", "meta_directory", "shlib_directory",
                 "queue_directory", "data_directory", "mail_owner", "setgid_group", "mail_version")
        values = {n: self.main[n] for n in names if n in self.main}
        values.setdefault("mail_version", "")
        # post-install reads every path that postfix-files names from its environment.
        known = subprocess.run(["/usr/sbin/postconf", "-c", str(self.etc), "-x", "command_directory", "html_directory",
                                "mailq_path", "manpage_directory", "newaliases_path", "readme_directory", "sendmail_path",
                                "mail_version"], capture_output=True, text=True)
        for line in known.stdout.splitlines():
            key, _, value = line.partition(" = ")
            values.setdefault(key, value) if key != "mail_version" else values.update({key: value})
        return {**os.environ, "MAIL_CONFIG": str(self.etc), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **values}

    def log_text(self):
        try:
            return self.log.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def queued(self):
        """Queue ids that are not delivered yet."""
        return [f.name for d in ("maildrop", "incoming", "active", "deferred", "hold") if (self.spool / d).is_dir()
                for f in (self.spool / d).rglob("*") if f.is_file()]

    def wait_empty(self, seconds):
        deadline = time.monotonic() + seconds
        while self.queued() or self.queued():  # one that changes its folder meanwhile is missed once
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def flush(self):
        """Lets the queue manager try deferred mail now."""
        with socket.socket(socket.AF_UNIX) as trigger:
            trigger.connect(str(self.spool / "public" / "qmgr"))
            trigger.sendall(b"FADI")  # as postqueue -f: destinations that were given up, and all mail, whenever it is due

    def stop(self):
        if self.master is None:
            return
        if self.master.poll() is None:
            self.master.send_signal(signal.SIGTERM)
            try:
                self.master.wait(20)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.master.pid, signal.SIGKILL)  # the group was made for this master and its daemons
        except ProcessLookupError:
            pass
        self.master.wait()
        self.guard.communicate(b"done\n")
        self.master = None


def die_with_parent():
    """The child ends where the test is killed outright (PR_SET_PDEATHSIG = 1, SIGTERM)."""
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
