"""Words that want more than to be shown, and what is not let through by a page that shows them."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from typing import Any

import lxml.html
import openpyxl

from handlers.reading.reading import Reading
from tests.bot.pages_browser import Answer

MARK = '<attack data-attack="1" onattack="1">'
_SUM = "1787569"  # what a template would make of the sums below
ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "<svg/onload=alert(1)><use href=data:,x>",
    "</title></textarea></select></script></table><form action=https://evil.example><input name=csrf>",
    "<!-- <base href=https://evil.example> --!> <iframe srcdoc=x>",
    "]]><![CDATA[<math><mi//xlink:href=data:x,1>",
    "{{1337*1337}} ${1337*1337} #{1337*1337} {%print(1337*1337)%} <%=1337*1337%>",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example","klicka")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+1",
    "-1-1",
    "\t=1+1",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "javascript:alert(1)//",
    "data:text/html,<script>alert(1)</script>",
    "faktura\u202efdp.exe \u2066dold\u2069 \u200b\u200e\ufeff",
    "noll\x00 klocka\x07 ruta\x1b[31m radera\x7f \x85",
    "rad\r\nSet-Cookie: a=b\r\n\r\n<b>kropp\u2028\u2029",
    "&lt;b&gt; &#60;i&#62; &amp;",
    "%3Cscript%3E %00 %0d%0a",
    "o" * 100_000,
    "\ufdfd" * 300 + "a\u0300" * 300,
    "' OR 1=1 --",
    "\U0001f600 \U0001f1f8\U0001f1ea",
)
HARMLESS = "Ett helt vanligt ord"
# What a Reading has of its own and no letter can choose.
_OUR_OWN = frozenset(
    "kind matter sha256 media_type field clock outcome outcome_per_demand fingerprint author auth automatic tokens "
    "one_sender secret_reasons review address message_id in_reply_to references bounce_of bounce_to bounce_status "
    "where which purpose body paragraph".split()
)
_TURNS = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]")
_ACTING = ("script", "form", "input", "button", "iframe", "object", "embed", "base", "svg", "math", "style", "template")
_ADDRESSES = ("href", "src", "action", "formaction", "srcset", "poster", "data", "xlink:href")


def filled(reading: Reading, words: str) -> Reading:
    """Return a reading with every word that a letter chooses put in the place of others."""
    made: Reading = _put(reading, words, "")
    return made


def _put(value: Any, words: str, name: str) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _put(getattr(value, f.name), words, f.name) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    if name in _OUR_OWN:
        return value
    if isinstance(value, str) and value:
        # A title is never longer: tests/reading/promises.py.
        return words[:200] if name == "title" else words
    if isinstance(value, tuple):
        return tuple(_put(one, words, name) for one in value)
    return value


def made_of(html: str) -> set[tuple[str, str]]:
    """Return the elements and attributes that a page is made of."""
    if not html.strip():
        return set()
    page = lxml.html.document_fromstring(html)
    found = {(str(one.tag), "") for one in page.iter() if isinstance(one.tag, str)}
    found |= {(str(one.tag), str(name)) for one in page.iter() if isinstance(one.tag, str) for name in one.attrib}
    return found


def faults_of(answer: Answer, known: set[tuple[str, str]] | None = None) -> list[str]:
    """Return what an answer has let through; known: what such a page is made of when nobody attacks."""
    if answer.status >= 500:
        return [f"status {answer.status}"]
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    policy = answer.headers.get("Content-Security-Policy", "")
    if answer.status == 200 and policy.endswith("sandbox"):
        return list(_of_frame(answer.text, policy)) if kind == "text/html" else []
    if kind == "text/html":
        return list(_of_page(answer.text, known)) if answer.text.strip() else []
    if answer.status == 200 and kind != "text/plain":
        return list(_of_file(answer, kind))
    return []


def _of_page(html: str, known: set[tuple[str, str]] | None) -> list[str]:
    made = made_of(html)
    faults = [f"{tag} {name}: came from outside" for tag, name in sorted(made - known)] if known else []
    faults += [f"{tag} {name}: an attack's" for tag, name in made if "attack" in tag + name or name.startswith("on")]
    page = lxml.html.document_fromstring(html)
    for one in page.iter():
        if not isinstance(one.tag, str):
            continue
        for name in _ADDRESSES:
            to = one.get(name)
            if to is not None and not re.match(r"(/(?![/\\])|#|\?|$)", to):
                faults.append(f"{one.tag} {name} leads to {to[:80]!r}")
    if _TURNS.search(html):
        faults.append("characters that turn or hide text")
    if _SUM in html:
        faults.append("a template was run")
    return faults


def _of_frame(html: str, policy: str) -> list[str]:
    """Return what a stranger's content in a frame could do there; it may look as it likes."""
    faults = [] if "default-src 'none'" in policy and "script" not in policy else [f"the frame may do much: {policy}"]
    for tag, name in made_of(html):
        if tag in _ACTING or name.startswith("on") or name in ("style", "srcdoc", "background", "ping"):
            faults.append(f"{tag} {name} in a frame")
    return faults


def _of_file(answer: Answer, kind: str) -> list[str]:
    told = answer.headers.get("Content-Disposition", "")
    faults = [] if told.startswith("attachment;") else [f"{kind} is shown, not handed over"]
    if re.search(r"[\r\n\x00]|\.\.[/\\]", told):
        faults.append(f"the name of a file leads out: {told!r}")
    if kind == "text/csv":
        rows = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")), delimiter=";")
        faults += [
            f"a cell that counts: {cell[:40]!r}" for row in rows for cell in row if re.match(r"[=+\-@\t\r]", cell)
        ]
    if kind.endswith("spreadsheetml.sheet"):
        book = openpyxl.load_workbook(io.BytesIO(answer.body))
        cells = (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
        faults += [
            f"a cell that counts or leads out: {c.coordinate}" for c in cells if c.data_type == "f" or c.hyperlink
        ]
    return faults
