"""Letters that no person wrote: auto-replies, bounces and lists, by their headers first and their words last."""

from __future__ import annotations

import re
from collections.abc import Callable

from .reading import Envelope

_MACHINE = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|maildelivery|bounce)s?\b|^bounces?[+@-]", re.I)
_NO_REPLY = re.compile(
    r"^(?:no|do-?not|donot|ingen|ej|svara-?(?:inte|ej))[-_.]?(?:reply|svar|svara)|^noreply|^svarainte", re.I
)
_REPLY_SUBJECT = re.compile(
    r"^\s*(?:automatiskt svar|autosvar|automatic reply|auto(?:matic)?[ -]?reply|auto:|out of (?:the )?office"
    r"|frånvaro(?:meddelande|besked)\b|semester(?:svar|hälsning)|abwesenheit)",
    re.I,
)
# Subjects of automatic answers that a school may write too: the words of the letter decide.
_MAYBE_SUBJECT = re.compile(r"^\s*(?:frånvaro\b|ej på plats|ur tjänst|inte på kontoret)", re.I)
_BOUNCE_SUBJECT = re.compile(
    r"^\s*(?:undeliverable|undelivered mail|mail delivery|delivery (?:status|failure|has failed)|returned mail|failure notice"
    r"|olevererbar|kan inte levereras|meddelandet kunde inte|det gick inte att leverera|ej leverer|delivery incomplete)",
    re.I,
)


def why_automatic(header: Callable[[str], str | None], envelope: Envelope) -> str | None:
    """Return why no machine may answer this letter (RFC 3834), or None: "bounce", "auto-reply", "list", "noreply" …

    `header` gives a header's text, "" where it stands empty and None where it does not stand.
    """
    address = envelope.from_.address or ""
    content = (header("Content-Type") or "").lower()
    submitted = (header("Auto-Submitted") or "no").lower()
    precedence = (header("Precedence") or "").lower().strip()
    suppress = (header("X-Auto-Response-Suppress") or "").lower()
    if "multipart/report" in content or _MACHINE.search(address) or _BOUNCE_SUBJECT.search(envelope.subject):
        return "bounce"
    if (header("Return-Path") or "-").strip() == "<>":
        return "bounce" if not _REPLY_SUBJECT.search(envelope.subject) else "auto-reply"
    if submitted.startswith("auto-replied") or header("X-Autoreply") or header("X-Autorespond"):
        return "auto-reply"
    if _REPLY_SUBJECT.search(envelope.subject) or precedence == "auto_reply":
        return "auto-reply"
    if _MAYBE_SUBJECT.search(envelope.subject):
        return "perhaps auto-reply"
    if not submitted.startswith("no"):
        return "auto-generated"
    if any(header(name) is not None for name in ("List-Unsubscribe", "List-Id", "List-Post", "List-Help")):
        return "list"
    if precedence in {"bulk", "list", "junk"}:
        return "list"
    if _NO_REPLY.search(address):
        return "noreply"
    if "all" in suppress or "autoreply" in suppress or "oof" in suppress:
        return "suppressed"
    return None
