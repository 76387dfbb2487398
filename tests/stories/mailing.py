"""A nämnd's whole way of mail in a test: letters in, the bot's mails out, and people who reply as their programs do."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import threading
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path

from bot.courier import Courier
from bot.post import PostRoom
from handlers import intake
from handlers.rules import tokens
from storage.raw.files import RawFiles
from storage.records import Case, Namnd, Notice, Person
from storage.store import Store
from tests.builders import NOW, SN, found, letter
from tests.fakes import FixedClock, HereReader, MemoryMailbox

MOTION = (
    "Motion om trygghetslarm\n\nJag föreslår\natt fler äldre får trygghetslarm.\n\nYttrande lämnas senast den 26 februari 2027."
    "\n\nEbba Påhitt (XP)"
)
Quote = Callable[[str, EmailMessage], dict[str, str]]


@dataclasses.dataclass
class Town:
    """The nämnd, its people, its mailbox and a clock that stands."""

    store: Store
    people: dict[str, Person]
    namnd: Namnd
    box: MemoryMailbox
    clock: FixedClock
    raw: RawFiles
    count: int = 0

    @property
    def now(self) -> dt.datetime:
        return self.clock.now()

    def come(self, raw: bytes) -> intake.Outcome:
        """Let a letter come, and return what became of it."""
        self.count += 1
        self.box.put(raw, self.now, f"{self.count:05d}.eml")
        room = PostRoom(
            self.store, self.raw, HereReader(), self.box, self.namnd, self.clock, "here:1:a", threading.Event()
        )
        (outcome,) = room.round()
        return outcome

    def told(self, to: str = "") -> list[EmailMessage]:
        """Send what is due; return all mails that have been sent, or those to a person, in order."""
        Courier(self.store, {"sn": self.box}, {"sn": self.namnd}, self.clock, "here:1:a").round()
        made = [email.message_from_bytes(raw, policy=policy.default) for raw in self.box.sent.values()]
        return [m for m in made if isinstance(m, EmailMessage) and (not to or self.people[to].email in str(m["To"]))]

    def last(self, to: str) -> EmailMessage:
        return self.told(to)[-1]

    def reply(
        self,
        to: EmailMessage,
        words: str,
        *,
        sender: str = "",
        quoted: Quote | None = None,
        headers: dict[str, str] | None = None,
        plus: bool = False,
        raw: Callable[[bytes], bytes] = lambda r: r,
    ) -> intake.Outcome:
        """Reply to a mail as a person does, with its text quoted below."""
        return self.come(raw(self.written(to, words, sender=sender, quoted=quoted, headers=headers, plus=plus)))

    def written(
        self,
        to: EmailMessage,
        words: str,
        *,
        sender: str = "",
        quoted: Quote | None = None,
        headers: dict[str, str] | None = None,
        plus: bool = False,
    ) -> bytes:
        parts = (quoted or gmail)(words, to)
        made = EmailMessage(policy=policy.SMTP)
        self.count += 1
        made["Received"] = f"from a by b; {self.now:%a, %d %b %Y %H:%M:%S %z}"
        for name, value in (headers or {}).items():
            if name != "Subject":
                made[name] = value
        made["From"] = sender or str(to["To"])
        made["To"] = str(to["Reply-To"] or to["From"]) if plus else SN.addresses[0]
        made["Subject"] = (headers or {}).get("Subject", f"SV: {to['Subject']}")
        made["Date"] = self.now
        made["Message-ID"] = f"<reply{self.count}@mail.example>"
        if not plus:
            made["In-Reply-To"] = str(to["Message-ID"])
            made["References"] = str(to["Message-ID"])
        if "text" in parts:
            made.set_content(parts["text"])
            if "html" in parts:
                made.add_alternative(parts["html"], subtype="html")
        else:
            made.set_content(parts["html"], subtype="html")
        return bytes(made.as_bytes())

    def case(self, case_id: int | None = None) -> Case:
        with self.store.look() as book:
            ids = [n.case_id for n in book.notices() if n.case_id]
            return book.case(case_id or ids[0])

    def notices(self, kind: str) -> list[Notice]:
        with self.store.look() as book:
            return [n for n in book.notices() if n.kind == kind]

    def journal(self) -> list[str]:
        with self.store.look() as book:
            return [e.what for e in reversed(book.entries(namnd="sn"))]


def town(store: Store, tmp_path: Path, namnd: Namnd = SN) -> Town:
    """Found a town."""
    people = found(store)
    with store.book() as book:
        samira = book.put_person("Samira Haddad", "samira@ekeby.example")
        book.put_role(samira.id, "sn", "handlaggare", dt.date(2026, 1, 1), None)
        people["samira"] = samira
    return Town(store, people, namnd, MemoryMailbox(), FixedClock(NOW), RawFiles(tmp_path / "raw"))


def asked(place: Town, raw: bytes | None = None) -> EmailMessage:
    """Let a motion come, and return the mail that asks the manager who takes it."""
    place.come(raw or letter("Motion om trygghetslarm", MOTION, sender="kansli@ekeby.example"))
    return place.last("anders")


def token_of(mail: EmailMessage) -> str:
    """Return the token that a mail carries in its Message-ID."""
    return tokens.found_in([str(mail["Message-ID"])])[0]


def text_of(mail: EmailMessage) -> str:
    """Return a mail's text, its lines joined."""
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def _lines(mail: EmailMessage) -> list[str]:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).splitlines()


def _html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


# how programs quote


def gmail(words: str, mail: EmailMessage) -> dict[str, str]:
    quoted = "\n".join(f"> {line}" for line in _lines(mail))
    return {"text": f"{words}\n\nDen tis 24 nov. 2026 kl 08:12 skrev {mail['From']}:\n\n{quoted}\n"}


def gmail_html(words: str, mail: EmailMessage) -> dict[str, str]:
    return {
        "html": f'<div dir="ltr">{_as_html(words)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Den tis 24 nov. '
        f"2026 kl 08:12 skrev Nämndbot &lt;<a href='mailto:sn@x'>socialnamnden@ekeby.example</a>&gt;:<br></div>"
        f'<blockquote class="gmail_quote">{_html(mail)}</blockquote></div>'
    }


def outlook(words: str, mail: EmailMessage) -> dict[str, str]:
    head = f"Från: {mail['From']}\nSkickat: den 24 november 2026 08:12\nTill: {mail['To']}\nÄmne: {mail['Subject']}\n"
    return {"text": f"{words}\n\n{head}\n" + "\n".join(_lines(mail))}


def outlook_english(words: str, mail: EmailMessage) -> dict[str, str]:
    head = f"From: {mail['From']}\nSent: Tuesday, November 24, 2026 8:12 AM\nTo: {mail['To']}\nSubject: {mail['Subject']}\n"
    return {"text": f"{words}\n\n________________________________\n{head}\n" + "\n".join(_lines(mail))}


def outlook_html(words: str, mail: EmailMessage) -> dict[str, str]:
    return {
        "html": f"<html><body><div>{_as_html(words)}</div><div id='appendonsend'></div><hr style='display:inline-block;width:98%'>"
        f"<div id='divRplyFwdMsg'><b>Från:</b> Nämndbot &lt;socialnamnden@ekeby.example&gt;<br><b>Skickat:</b> den 24 november 2026 "
        f"08:12<br><b>Till:</b> {mail['To']}<br><b>Ämne:</b> {mail['Subject']}</div><div>{_html(mail)}</div></body></html>"
    }


def apple(words: str, mail: EmailMessage) -> dict[str, str]:
    quoted = "\n".join(f"> {line}" for line in _lines(mail))
    return {
        "text": f"{words}\n\n> 24 nov. 2026 kl. 08:12 skrev Nämndbot <socialnamnden@ekeby.example>:\n> \n{quoted}\n"
    }


def mobile(words: str, mail: EmailMessage) -> dict[str, str]:
    return {
        "text": f"{words}\n\nSkickat från min iPhone\n\n24 nov. 2026 kl. 08:12 skrev Nämndbot, socialnämnden "
        f"<socialnamnden@ekeby.example>:\n\n" + "\n".join(_lines(mail))
    }


def outlook_mobile(words: str, mail: EmailMessage) -> dict[str, str]:
    return {
        "text": f"{words}\n\nHämta Outlook för iOS<https://aka.ms/o0ukef>\n________________________________\n"
        f"Från: Nämndbot <socialnamnden@ekeby.example>\nSkickat: tisdag, november 24, 2026 8:12 fm\nTill: x\nÄmne: {mail['Subject']}\n\n"
        + "\n".join(_lines(mail))
    }


def below(words: str, mail: EmailMessage) -> dict[str, str]:
    quoted = "\n".join(f"> {line}" for line in _lines(mail))
    return {"text": f"Den 24 nov. 2026 kl 08:12 skrev Nämndbot <sn@ekeby.example>:\n{quoted}\n\n{words}\n"}


def between(words: str, mail: EmailMessage) -> dict[str, str]:
    lines = [f"> {line}" for line in _lines(mail)]
    return {"text": "\n".join([*lines[:4], "", words, "", *lines[4:]])}


def unmarked(words: str, mail: EmailMessage) -> dict[str, str]:
    """A program that puts the whole mail below without a sign of any kind."""
    return {"text": f"{words}\n\n" + "\n".join(_lines(mail))}


def _as_html(words: str) -> str:
    return "".join(f"<p>{line}</p>" for line in words.split("\n"))


PROGRAMS: tuple[Quote, ...] = (
    gmail,
    gmail_html,
    outlook,
    outlook_english,
    outlook_html,
    apple,
    mobile,
    outlook_mobile,
    below,
    between,
    unmarked,
)
