"""A real Dovecot of this test run alone: own configuration, own folder, a port of this machine, no service."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.doors import NAMES, ImapBox
from tests.mailboxes.imap_peer import ImapPeer

USER, PASSWORD = "socialnamnden@ekeby.example", "granris-7"
_CONF = """\
base_dir = {run}/run
state_dir = {run}/state
log_path = {run}/dovecot.log
protocols = imap{lmtp}
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login
mail_location = maildir:{run}/mail/%n
mail_plugins =
postmaster_address = postmaster@ekeby.example
hostname = mail.ekeby.example
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
mail_max_userip_connections = 100
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={run}/home/%n allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = {separator}
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
  {chroot}
}}
service anvil {{
  {chroot}
}}
service stats {{
  {chroot}
}}
{more}
"""


@dataclass
class Dovecot:
    """The server."""

    run: Path
    port: int
    prefix: str = ""
    separator: str = "/"
    lmtp: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid()).pw_name
        owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
        for name in ("mail", "home", "state"):
            (self.run / name).mkdir(parents=True, exist_ok=True)
            if root:
                os.chown(self.run / name, owner.pw_uid, owner.pw_gid)
        more = ""
        if self.lmtp:
            more = f"service lmtp {{\n  inet_listener lmtp {{\n    address = 127.0.0.1\n    port = {self.lmtp}\n  }}\n  {'' if root else 'user = ' + me}\n}}\n"
        conf = self.run / "dovecot.conf"
        conf.write_text(
            _CONF.format(
                run=self.run,
                port=self.port,
                password=PASSWORD,
                prefix=self.prefix,
                separator=self.separator,
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                login_user="dovenull" if root else me,
                internal_user="dovecot" if root else me,
                internal_group="dovecot" if root else "",
                chroot="" if root else "chroot =",
                lmtp=" lmtp" if self.lmtp else "",
                more=more,
            )
        )
        # In the foreground and in a group of its own: what it starts ends with it.
        self._process = subprocess.Popen(
            ["dovecot", "-F", "-c", str(conf)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _wait_for(self.port, self)

    def kill(self) -> None:
        """End it and all its children as a power cut would."""
        process, self._process = self._process, None
        if process is None:
            return
        for pid in (process.pid, *descendants(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what was born in that moment
        process.wait()
        (self.run / "run" / "master.pid").unlink(missing_ok=True)

    def log(self) -> str:
        """Return the end of what it has written."""
        try:
            return (self.run / "dovecot.log").read_text("utf-8", "replace")[-2000:]
        except OSError:
            return ""


def free_port() -> int:
    """Return a port of this machine that nobody listens on just now.

    It lies below those that outgoing connections are given: one of them would take it while a killed server is away.
    """
    while True:
        port = random.SystemRandom().randint(15_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def need_dovecot() -> None:
    """Skip the test where Dovecot is not installed."""
    if not shutil.which("dovecot") and not Path("/usr/sbin/dovecot").exists():
        pytest.skip("Dovecot is not installed (apt-get install dovecot-imapd)")


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and theirs."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                told = (folder / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(told[1]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child)
    return found


def _wait_for(port: int, server: Dovecot, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as one:
            one.settimeout(2)
            if one.recv(64).startswith(b"* OK"):
                return
        time.sleep(0.05)
    server.kill()
    raise RuntimeError(f"Dovecot does not start: {server.log()}")


@contextlib.contextmanager
def dovecot(*, prefix: str = "", separator: str = "/", lmtp: bool = False) -> Iterator[Dovecot]:
    """Give a running Dovecot with its files in a folder; a path that is short, for its sockets."""
    need_dovecot()
    # The paths of its sockets may have 107 characters, and it works as nobody: pytest's folders are long and closed.
    run = Path(tempfile.mkdtemp(prefix="nb-dovecot-", dir="/tmp"))
    run.chmod(0o755)
    server = Dovecot(run, free_port(), prefix, separator, free_port() if lmtp else 0)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(run, ignore_errors=True)


def box(port: int, **changes: object) -> ImapBox:
    """Return the settings of a mailbox on this machine."""
    told: dict[str, object] = {
        "address": USER,
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "user": USER,
        "password": PASSWORD,
        "since": dt.date(2026, 1, 1),
        "ca": None,
        "names": NAMES,
    }
    return ImapBox(**{**told, **changes})  # type: ignore[arg-type]


@contextlib.contextmanager
def peer(tmp_path: Path) -> Iterator[ImapPeer]:
    """Give a mailbox on a Dovecot, as the conformance tests see one."""
    with dovecot() as server:
        made = ImapPeer(box(server.port))
        try:
            yield made
        finally:
            made.close()
