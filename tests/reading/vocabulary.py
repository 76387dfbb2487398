"""The words that the reader itself looks for, so that made-up letters reach its inner rooms."""

from __future__ import annotations

import importlib
import pkgutil
import re

import handlers.reading

HEADERS = (
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Reply-To", "Sender", "Return-Path",
    "Auto-Submitted", "Precedence", "List-Id", "X-Auto-Response-Suppress", "Content-Type", "Content-Transfer-Encoding",
    "Content-Disposition", "Content-ID", "MIME-Version", "X-Namndbot",
)  # fmt: skip
MEDIA_TYPES = (
    "text/plain", "text/html", "text/calendar", "text/rtf", "multipart/mixed", "multipart/alternative", "multipart/related",
    "multipart/report", "multipart/signed", "message/rfc822", "message/delivery-status", "message/partial",
    "application/pdf", "application/octet-stream", "application/ms-tnef", "application/zip", "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.ms-outlook", "image/png", "",
)  # fmt: skip
CHARSETS = (
    "utf-8",
    "iso-8859-1",
    "windows-1252",
    "us-ascii",
    "utf-7",
    "utf-16",
    "x-unknown",
    "",
    "\x00",
    "latin-1*sv*",
)
# How files begin: what a text room goes by.
MAGIC = (
    b"%PDF-1.7\n", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf1", b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0", b"GIF89a", b"II*\x00", b"MM\x00*", b"\x78\x9f\x3e\x22", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08", b"<html>", b"<!DOCTYPE html>", b"<?xml version='1.0'?>", b"BEGIN:VCALENDAR\n", b"From: a@b.example\n",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"",
)  # fmt: skip
DAYS = (
    "2026-05-01", "1 maj", "den 1 maj 2026", "30/9-25", "1/5", "16/3 – 2021", "v. 42", "vecka 3", "på fredag", "20260501",
    "inom tre månader", "före utgången av oktober", "årsskiftet", "första kvartalet 2027", "halvårsskiftet", "i morgon",
    "2021 -04- 0 6", "31 februari", "29 februari", "den 0 maj", "99/99", "2026-13-45", "0000-00-00", "vecka 59", "9999-12-31",
)  # fmt: skip
NUMBERS = (
    "KS 2026/12", "SN-2026-00123", "KSKF/2023:237", "2020/ÄON 0132 013", "Dnr 1.5.1-135-2012", "GH.KS.2025.29", "§ 12",
    "§§ 1-200", "19800101-1234", "20150312-1234", "mål nr T 123-26", "Er ref: KS 2026/9", "0980-319 200",
)  # fmt: skip
PHRASES = (
    "Svar senast", "Yttrande ska lämnas senast", "Sista svarsdag:", "Kommunfullmäktige beslutar", "Vi yrkar", "att", "att bygga",
    "Från: Eva Ek <eva@ekeby.example>", "Skickat: den 6 mars 2026 14:38", "Till: socialnamnden@ekeby.example", "Ämne: VB: Remiss",
    "-----Ursprungligt meddelande-----", "Den 1 maj 2026 skrev Eva:", "Begin forwarded message:", "Med vänlig hälsning", "Mvh",
    "> ", ">> ", "- ", "1. ", "a) ", "• ", "Beslutet skickas till", "Rut Sand (MP)", "Bo Ek (L) och Åsa Öst (-)", "Barnets namn:",
    "Orosanmälan enligt 19 kap. 1 § SoL", "Revisorerna har granskat", "rekommenderar", "Kommunrevisionen", "Socialnämnden",
    "barn- och utbildningsnämnden", "motionen anses besvarad", "bifaller", "återremitteras", "Nämnden ska svara", "anstånd till",
)  # fmt: skip


def _looked_for() -> tuple[str, ...]:
    """The words in the patterns of all reading modules: a new pattern's words are here at once."""
    words: set[str] = set()
    for module in pkgutil.iter_modules(handlers.reading.__path__):
        for value in vars(importlib.import_module(f"handlers.reading.{module.name}")).values():
            for pattern in value if isinstance(value, tuple) else (value,):
                if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                    words.update(re.findall(r"(?<!\\)[A-Za-zÅÄÖåäö-]{3,}", pattern.pattern))
    return tuple(sorted(words))


WORDS = _looked_for()
