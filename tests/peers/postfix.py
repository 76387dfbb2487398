"""A real Postfix of this test run alone: it takes mail on a port of this machine and hands it to Dovecot by LMTP."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mailboxes.dovecot import descendants, free_port

_MAIN = """\
compatibility_level = 3.6
queue_directory = {run}/queue
data_directory = {run}/data
maillog_file = {run}/log/postfix.log
maillog_file_prefixes = {run}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.ekeby.example
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = ekeby.example
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = discard:
alias_maps =
alias_database =
local_recipient_maps =
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
disable_dns_lookups = yes
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
transport_retry_time = 2s
lmtp_connect_timeout = 5s
lmtp_destination_concurrency_failed_cohort_limit = 0
lmtp_destination_concurrency_limit = 4
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
"""


@dataclass
class Postfix:
    """The server."""

    run: Path
    port: int
    lmtp: int

    def start(self) -> None:
        """Start it, and wait until it answers."""
        owner = pwd.getpwnam("postfix")
        for name in ("queue", "data", "log", "etc"):
            (self.run / name).mkdir(exist_ok=True)
        os.chown(self.run / "data", owner.pw_uid, owner.pw_gid)
        (self.run / "etc" / "main.cf").write_text(_MAIN.format(run=self.run, lmtp=self.lmtp))
        (self.run / "etc" / "master.cf").write_text(_MASTER.format(port=self.port))
        subprocess.run(
            ["postfix", "-c", str(self.run / "etc"), "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", self.port, timeout=2):
                return
            time.sleep(0.1)
        raise RuntimeError(f"Postfix does not start: {self.log()}")

    def kill(self) -> None:
        """End it and all its children as a power cut would; its queue stays on the disk."""
        with contextlib.suppress(OSError, ValueError):
            master = int((self.run / "queue" / "pid" / "master.pid").read_text())
            for pid in (master, *descendants(master)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            until = time.monotonic() + 5
            while time.monotonic() < until and Path(f"/proc/{master}").exists():
                time.sleep(0.02)

    def waiting(self) -> int:
        """Return how many messages it has not handed on."""
        folders = ("incoming", "active", "deferred", "maildrop")
        return sum(1 for f in folders for p in (self.run / "queue" / f).rglob("*") if p.is_file())

    def log(self) -> str:
        """Return the end of what it has written."""
        with contextlib.suppress(OSError):
            return (self.run / "log" / "postfix.log").read_text("utf-8", "replace")[-3000:]
        return ""


def need_postfix() -> None:
    """Skip the test where Postfix is not installed or may not be started."""
    if not shutil.which("postfix") and not Path("/usr/sbin/postfix").exists():
        pytest.skip("Postfix is not installed (apt-get install postfix)")
    if os.geteuid() != 0:
        pytest.skip("Postfix starts as root only")


@contextlib.contextmanager
def postfix(lmtp: int) -> Iterator[Postfix]:
    """Give a running Postfix that hands its mail to an LMTP server on this machine."""
    need_postfix()
    run = Path(tempfile.mkdtemp(prefix="nb-postfix-", dir="/tmp"))
    run.chmod(0o755)
    server = Postfix(run, free_port(), lmtp)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(run, ignore_errors=True)
