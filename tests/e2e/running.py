"""The bot as a process on a folder of its own: started at a moment of its time, told to stop, its log and its mails."""

from __future__ import annotations

import datetime as dt
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from bot import settings
from tests.builders import letter

ROOT = Path(__file__).parents[2]


@dataclass(kw_only=True)
class Running:
    """A bot that runs or does not."""

    folder: Path
    settings: settings.Settings
    now: dt.datetime  # when it was started last
    mailbox: Path
    _bot: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)

    def start(self, moment: dt.datetime) -> None:
        """Start the bot at a moment of its own time, and wait until it says that it runs."""
        self.now, self._started = moment, time.monotonic()
        log = (self.folder / "bot.log").open("ab")
        with log:
            at = log.tell()
            self._bot = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.bot_at", str(self.settings.file), f"{moment:%Y-%m-%dT%H:%M:%S}"],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + 60
        while b"Boten \xc3\xa4r ig\xc3\xa5ng" not in self.log()[at:]:
            assert self._bot.poll() is None, self.log()[at:].decode("utf-8", "replace")
            assert time.monotonic() < until, "the bot does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Tell the bot to stop; it says that it has."""
        if self._bot is not None:
            self._bot.send_signal(signal.SIGTERM)
            assert self._bot.wait(20) == 0, self.log()[-3000:].decode("utf-8", "replace")
            self._bot = None

    def end(self) -> None:
        """Kill the bot if it still runs."""
        if self._bot is not None and self._bot.poll() is None:
            self._bot.kill()
            self._bot.wait()

    def at(self) -> dt.datetime:
        """Return what the bot's clock shows."""
        return self.now + dt.timedelta(seconds=time.monotonic() - self._started)

    def log(self) -> bytes:
        return (self.folder / "bot.log").read_bytes() if (self.folder / "bot.log").exists() else b""

    def post(
        self,
        name: str,
        subject: str,
        text: str,
        sender: str = "remisser@region.example",
        attachments: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        """Put a letter into the mailbox as other programs do: under another name first."""
        inbox = self.mailbox / "inkorg"
        inbox.mkdir(parents=True, exist_ok=True)
        half = inbox / f".{name}.tmp"
        half.write_bytes(letter(subject, text, sender=sender, received=self.at(), attachments=attachments))
        half.rename(inbox / f"{name}.eml")

    def mails(self) -> list[str]:
        """Return the mails that the bot has sent, oldest first."""
        out = self.mailbox / "utkorg"
        files = sorted(out.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns) if out.exists() else []
        return [one.read_text("utf-8") for one in files]


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
