"""A municipality's mail servers, its people and the bot as a real process; and kill -9 for any of them."""

from __future__ import annotations

import contextlib
import datetime as dt
import email
import imaplib
import os
import random
import re
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot import settings, wiring
from bot.doors import ImapBox
from bot.mailboxes.imap_wire import encoded
from handlers import verifying
from storage.raw import sha256_of
from storage.records import Series
from tests.builders import STOCKHOLM, letter
from tests.killing import motion
from tests.mailboxes.dovecot import PASSWORD, USER, Dovecot, dovecot
from tests.mailboxes.imap_peer import ImapPeer
from tests.peers.postfix import Postfix, postfix

_FILE = """\
organisation = "Ekeby kommun"
[database]
url = "{url}"
[[namnd]]
key = "sn"
name = "Socialnämnden"
addresses = ["{user}"]
[namnd.mailbox]
kind = "imap"
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "{user}"
password = {{ file = "{secret}" }}
from = {since}
[namnd.send]
host = "127.0.0.1"
port = {smtp}
tls = "none"
"""
_FOLDERS = ("Registrerat", "Granska", "Hemligt", "Övrigt")
_REGISTRATOR = "ylva@ekeby.example"


@dataclass
class World:
    """Everything that runs, and what the mail server has said yes to."""

    settings: settings.Settings
    imap: Dovecot
    smtp: Postfix | None
    chance: random.Random
    accepted: set[str] = field(default_factory=set)  # subjects
    killed: dict[str, int] = field(default_factory=dict)
    moved_by_people: int = 0
    faults: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _server_lock: threading.Lock = field(default_factory=threading.Lock)

    # What happens beside the bot

    def deliver(self, count: int) -> None:
        """Let letters come until the server has taken so many; each of them once, as far as it says."""
        for number in range(count):
            raw, subject = _letter(number)
            while subject not in self.accepted:
                try:
                    self._hand_in(raw)
                except (OSError, smtplib.SMTPException, imaplib.IMAP4.error):
                    # What broke may have been accepted all the same: then it comes twice, as in life.
                    time.sleep(0.1)
                else:
                    self.accepted.add(subject)

    def _hand_in(self, raw: bytes) -> None:
        if self.smtp is not None:
            with smtplib.SMTP("127.0.0.1", self.smtp.port, timeout=10) as client:
                client.sendmail("nagon@region.example", [USER], raw)
            return
        with imaplib.IMAP4("127.0.0.1", self.imap.port, timeout=10) as client:
            client.login(USER, PASSWORD)
            kind, _ = client.append("INBOX", "", "", raw)
            if kind != "OK":
                raise OSError("not taken")

    def tidy(self) -> None:
        """Be a person who puts letters into the bot's folders by hand, until told to stop."""
        chance = random.Random(4)
        while not self._stop.wait(chance.uniform(0.3, 1.5)):
            with (
                contextlib.suppress(OSError, imaplib.IMAP4.error),
                imaplib.IMAP4("127.0.0.1", self.imap.port, timeout=5) as client,
            ):
                client.login(USER, PASSWORD)
                client.select("INBOX" if chance.random() < 0.8 else "Registrerat")
                uids = client.uid("SEARCH", "ALL")[1][0].split()
                if uids:
                    target = chance.choice(_FOLDERS[:2])
                    kind, _ = client.uid("MOVE", chance.choice(uids).decode(), encoded(target))
                    self.moved_by_people += kind == "OK"

    def kill_servers(self, kills: int, count: int) -> None:
        """Kill a server so many times, each time that the bot is so much further, and start it again."""
        servers: list[tuple[str, Dovecot | Postfix]] = [("dovecot", self.imap)]
        servers += [("postfix", self.smtp)] if self.smtp else []
        for turn in range(kills):
            while self.kept() < (turn + 1) * count / (kills + 1) and not self._stop.wait(0.02):
                pass
            self._stop.wait(self.chance.uniform(0, 0.3))
            name, server = servers[turn % 4 == 3 and len(servers) == 2]
            with self._server_lock:
                server.kill()
                time.sleep(self.chance.uniform(0, 0.5))
                server.start()
            self.killed[name] = self.killed.get(name, 0) + 1

    def kept(self) -> int:
        """Return how many letters, and their attachments, the bot has put on its disk."""
        return sum(len(files) for _, _, files in os.walk(self.settings.raw_folder))

    # The bot

    def start(self) -> subprocess.Popen[bytes]:
        """Start the bot for one round."""
        command = [sys.executable, "-m", "bot", "run", "--once", "--settings", str(self.settings.file)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def run_bot(self, kill_after: float | None) -> None:
        """Let the bot do a round, and kill it when it has kept so many more files, if it is not done before."""
        process = self.start()
        if kill_after is not None:
            enough = self.kept() + kill_after
            while process.poll() is None and self.kept() < enough:
                time.sleep(0.01)
            # And then anywhere within a letter.
            time.sleep(self.chance.uniform(0, 0.1))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                self.killed["bot"] = self.killed.get("bot", 0) + 1
        _, said = process.communicate()
        if process.returncode not in (0, -signal.SIGKILL):
            self.faults.append(said.decode("utf-8", "replace")[-2000:])

    def left(self) -> int:
        """Return how many letters are on their way or lie in the inbox."""
        on_the_way = self.smtp.waiting() if self.smtp else 0
        with self._server_lock:
            return on_the_way + len(ImapPeer(box_of(self.settings)).listed("inkorg"))

    # All at once

    def live(self, count: int, *, bot_kills: int, server_kills: int) -> None:
        """Let so many letters come while everything is killed at random moments; then let the bot finish."""
        come = threading.Thread(target=self.deliver, args=(count,))
        killing = threading.Thread(target=self.kill_servers, args=(server_kills, count))
        people = threading.Thread(target=self.tidy)
        for thread in (come, killing, people):
            thread.start()
        try:
            while (come.is_alive() or killing.is_alive()) and not self.faults:
                to_go = bot_kills - self.killed.get("bot", 0)
                share = 1.6 * max(0, count - self.kept()) / (to_go + 1)
                self.run_bot(self.chance.uniform(0, share) if to_go else None)
        finally:
            self._stop.set()
            for thread in (come, killing, people):
                thread.join()
        for _ in range(60):
            self.run_bot(None)
            if self.faults or (not self.left() and not self._unfinished()):
                break
            time.sleep(1)

    def _unfinished(self) -> int:
        if self.smtp is None:
            return 0  # nothing can be sent
        store = wiring.open_store(self.settings)
        with store.look() as book:
            waiting = sum(n.state not in ("sent", "dead") for n in book.notices() if n.kind == "kvitto")
        store.close()
        return waiting

    def assert_whole(self) -> None:
        """Every letter registered once, numbers without a gap, every move made, nothing lost, each receipt sent once."""
        assert self.faults == []
        assert self.left() == 0
        store = wiring.open_store(self.settings)
        raw = wiring.raw_letters(self.settings, store)
        assert store.high_water is not None
        with store.look() as book:
            checked = verifying.verify(book, store.high_water.read())
            kept = book.kept_hashes()
            arrivals = book.arrivals(("sn",), limit=100_000)
            numbers = sorted(
                book.case(a.case_id).number or 0 for a in arrivals if a.state == "registered" and a.case_id
            )
            receipts = [n for n in book.notices() if n.kind == "kvitto"]
        checked = verifying.with_letters(checked, kept, raw)
        dealt_with = [_subject(raw.get(a.raw_sha256)) for a in arrivals if a.state in ("registered", "review")]
        registered = sum(a.state == "registered" for a in arrivals)
        # What a person put into one of the bot's folders before the bot saw it is asked about.
        asked = [a.reasons[0] for a in arrivals if a.state == "review"]
        store.close()
        assert checked.faults == ()
        # Copies of what the bot has sent that a person was faster to move are not letters.
        own = [a for a in arrivals if a.state == "ovrigt" and a.reasons == ("Botens eget utskick",)]
        states = {a.state for a in arrivals if a not in own}
        assert states <= {"registered", "review", "repetition"}
        assert [why for why in asked if not why.startswith("Låg i mappen")] == []
        assert sorted(dealt_with) == sorted(self.accepted)
        assert numbers == list(range(1, registered + 1))
        assert [a.id for a in arrivals if not a.moved_at] == []
        lying, known = self._in_the_folders(), Counter(a.raw_sha256 for a in arrivals)
        there = Counter(sha256 for sha256, _, _ in lying)
        wrong = {sha256 for sha256 in there | known if there[sha256] != known[sha256]}
        told = [f"lies {one}" for one in lying if one[0] in wrong]
        told += [f"known {a.id} {a.state} {a.reasons} {a.raw_sha256}" for a in arrivals if a.raw_sha256 in wrong]
        assert not wrong, "\n".join(told)
        if self.smtp is not None:
            assert {n.state for n in receipts} == {"sent"}
            assert len(receipts) <= sum(_forwarded(int(s.rpartition(" ")[2])) for s in self.accepted)

    def _in_the_folders(self) -> list[tuple[str, str, str]]:
        """Return the letters that lie in the bot's folders: hash, folder, subject."""
        found = []
        with imaplib.IMAP4("127.0.0.1", self.imap.port, timeout=60) as client:
            client.login(USER, PASSWORD)
            for name in _FOLDERS:
                client.select(encoded(name), readonly=True)
                for one in client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1] or ():
                    if isinstance(one, tuple):
                        found.append((sha256_of(one[1]), name, _subject(one[1])))
        return found


def box_of(made: settings.Settings) -> ImapBox:
    """Return the nämnd's mailbox."""
    box = made.mailboxes["sn"]
    assert isinstance(box, ImapBox)
    return box


@contextlib.contextmanager
def world(tmp_path: Path, *, seed: int, with_postfix: bool) -> Iterator[World]:
    """Give a municipality of one nämnd, on SQLite."""
    with contextlib.ExitStack() as stack:
        imap = stack.enter_context(dovecot(lmtp=with_postfix))
        smtp = stack.enter_context(postfix(imap.lmtp)) if with_postfix else None
        path, secret = tmp_path / "namndbot.toml", tmp_path / "losenord"
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        today = dt.datetime.now(STOCKHOLM).date()
        path.write_text(
            _FILE.format(
                url=f"sqlite:///{tmp_path / 'namndbot.db'}",
                user=USER,
                imap=imap.port,
                secret=secret,
                since=today - dt.timedelta(days=1),
                smtp=smtp.port if smtp else 1,
            ),
            "utf-8",
        )
        made = settings.load(path)
        store = wiring.open_store(made)
        with store.book() as book:
            for year in (today.year, today.year + 1):
                book.put_series(Series("sn", year, "SN", "{prefix} {year}-{number}", 1))
            ylva = book.put_person("Ylva Hedlund", _REGISTRATOR)
            book.put_role(ylva.id, "sn", "registrator", today, None)
        store.close()
        yield World(made, imap, smtp, random.Random(seed))


def _forwarded(number: int) -> bool:
    return number % 20 == 0  # sent on by the registrator: a receipt goes out, once


def _letter(number: int) -> tuple[bytes, str]:
    subject, text = motion(number)
    subject = f"{subject} {number}"
    raw = letter(
        subject,
        text,
        sender=_REGISTRATOR if _forwarded(number) else f"ledamot{number}@parti.example",
        received=dt.datetime.now(STOCKHOLM),
        attachments=((f"bilaga-{number}.pdf", os.urandom(3000)),) if number % 3 == 0 else (),
    )
    # As a client hands it in: the line of the server that took it comes there.
    return re.sub(rb"^Received:.*(?:\r\n[ \t].*)*\r\n", b"", raw), subject


def _subject(raw: bytes) -> str:
    return " ".join(str(email.message_from_bytes(raw)["Subject"]).split())
