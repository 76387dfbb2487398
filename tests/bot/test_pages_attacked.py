"""Letters whose every field wants more than to be shown: nothing of them becomes a part of a page."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot import post
from bot.readers import read_here
from handlers import assignment, registering
from handlers.reading.reading import Reading
from storage.records import CaseFilter, Series
from tests.bot import pages_routes
from tests.bot.pages_attack import ATTACKS, HARMLESS, MARK, faults_of, filled, made_of
from tests.bot.pages_browser import Answer, Browser, House, browse
from tests.bot.pages_letters import NOW, SN, other, remiss
from tests.bot.pages_moves import led_house, link, taken_by_mail

_WHO = ("Ylva", "Mona", "", "Karin", "Anders")
_CONTEXT = post.context_of(SN, [Series("sn", 2025, "SN", "{prefix} {year}-{number}", 1)], NOW)
# What a line of a letter's head cannot hold.
_LINE = re.compile(r"[\r\n]+")


def _encoded(words: str) -> str:
    """Return words as a head carries those that are not plain: in pieces, each of its own."""
    data = _LINE.sub(" ", words)[:3000]
    pieces = [data[at : at + 30] for at in range(0, len(data), 30)]
    coded = (base64.b64encode(one.encode("utf-8", "surrogatepass")).decode() for one in pieces)
    return "\r\n ".join(f"=?utf-8?b?{one}?=" for one in coded)


def _raw(words: str, number: int) -> bytes:
    """Return a letter that says it in every place a letter has; the words stand plain, encoded and as HTML."""
    line = _LINE.sub(" ", words)[:500]
    quoted = line.replace("\\", "\\\\").replace('"', '\\"').replace("\x00", "")
    body = (
        f"Motion om {words[:4000]}\r\n\r\nDnr KS {line[:60]}\r\nSvar senast den 26 februari 2027 {line}.\r\n"
        f"Jag föreslår\r\natt {words[:4000]}\r\natt nämnden {line}\r\n\r\n{line} ({line[:20]})\r\n"
    )
    return (
        f"Received: from {line.split()[0] if line.split() else 'a'} by b; Tue, 24 Nov 2026 08:12:00 +0100\r\n"
        f"From: {_encoded(words)} <{number}@region.example>\r\n"
        f'To: "{quoted}" <socialnamnden@ekeby.example>\r\n'
        f'Cc: "{quoted}"@evil.example\r\nReply-To: {line}\r\n'
        f"Subject: {_encoded(f'Motion {number} {words}')}\r\n"
        f"Message-ID: <{number}{line[:60]}@region.example>\r\nX-Mailer: {line}\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>{words[:4000]}</p>{MARK}<script>x()</script>\r\n"
        f'--b\r\nContent-Type: text/plain; charset=utf-8; name="{quoted}.txt"\r\n'
        f'Content-Disposition: attachment; filename="{quoted}.txt"\r\n\r\n{words[:4000]}\r\n--b--\r\n'
    ).encode("utf-8", "surrogatepass")


_KINDS = {
    "remiss": remiss(),
    "other": other("Något", review=("Osäkert vad brevet är",)),
    "revision": other("Granskning", kind="revisionsgranskning", matter="revision"),
}


def _dealt(house: House, words: Sequence[str], share: int) -> dict[str, str]:
    """Let letters with such words come in, be registered, waited with, asked about and corrected; return the links.

    share: each word comes as this many kinds of letter, of four.
    """
    found: dict[str, str] = {}
    for number, said in enumerate(words):
        own = hashlib.sha256(f"{number}".encode()).hexdigest()
        chosen = {(number + step) % 4 for step in range(share)}
        for kind, base in (one for at, one in enumerate(_KINDS.items()) if at in chosen):
            made = filled(base, said)
            sent = dataclasses.replace(made.envelope, message_id=f"<{kind}{number}@region.example>")
            house.letter(dataclasses.replace(made, fingerprint=f"{kind}{own}", envelope=sent))
        if 3 not in chosen:
            continue
        # Half a sign, which no text can hold, stands in bytes alone.
        raw = _raw(f"{said} \ud83d", number)
        house.letter(read_here(raw, _CONTEXT).reading, raw=raw)
    with house.store.look() as book:
        open_cases = [r.case.id for r in book.cases(CaseFilter(namnder=("sn",), limit=500))]
        asked = {q.case_id for q in book.questions(kind=assignment.KIND, state="open")}
    for case in sorted(asked & set(open_cases)):
        found[f"handlaggare-{case}"] = link(house, "Anders", case_id=case, token=f"token-of-Anders-{case}")
    with house.store.book() as book:
        for case, said in zip(sorted(open_cases)[1:], words, strict=False):
            for field in ("title", "sender"):
                typed = (said.replace("\x00", "") or "x")[:190]
                registering.correct(book, case, field, typed, typed, now=NOW, actor=f"person:{house.people['Ylva'].id}")
    found["undo"] = taken_by_mail(house, min(asked & set(open_cases)), words[0])
    return found


def _all(house: House, found: dict[str, str], *, every: bool) -> list[tuple[str, str]]:
    """Return every address there is: lists in each order, and of cases, letters and handlingar one of each kind or every."""
    values = pages_routes.fitting(house.store, ("sn", "un"), found)
    if not every:
        return list(pages_routes.addresses(values))
    with house.store.look() as book:
        cases = [r.case.id for r in book.cases(CaseFilter(namnder=("sn",), include_secret=True, limit=500))]
        values["id"] = [str(c) for c in cases]
        values["arrival"] = [str(a.id) for a in book.arrivals(("sn",))]
        values["document"] = [str(d.id) for c in cases[:8] for d in book.documents(c)]
    pages = list(pages_routes.addresses(values))
    pages += [("/diariet", f"/diariet?vy={view}&sida={n}") for view in ("alla", "post", "ingen") for n in (1, 2, 3)]
    return pages


def _shown_to_all(folder: Path) -> House:
    """Return a house whose register is shown to anybody, with all that may be in it."""
    made = led_house(folder)
    made.namnder["sn"] = dataclasses.replace(SN, public_register=True, public_senders=True, public_titles=True)
    return made


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = _shown_to_all(tmp_path)
    yield made
    made.close()


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[House]:
    """A house like the other, to which nobody means harm."""
    (tmp_path / "twin").mkdir()
    made = _shown_to_all(tmp_path / "twin")
    yield made
    made.close()


def _attacked(house: House, twin: House, share: int) -> tuple[list[str], set[str]]:
    """Return what such words have become in any page as anybody, and the addresses whose pages show them."""
    known: dict[str, set[tuple[str, str]]] = defaultdict(set)
    faults: list[str] = []
    seen: set[str] = set()
    looking = _WHO if share == 4 else _WHO[:3]
    harmless = _dealt(twin, [f"{HARMLESS} {'så' * 2000 if n == 0 else n}" for n in range(4)], 4)
    hostile = _dealt(house, [f"{words} {MARK}" for words in ATTACKS], share)

    async def learn(b: Browser) -> None:
        for who in looking:
            for route, path in _all(twin, harmless, every=who == _WHO[0]):
                answer = await b.get(path, who)
                if "text/html" in answer.headers.get("Content-Type", "") and answer.text:
                    known[route] |= made_of(answer.text)

    async def attack(b: Browser) -> None:
        for who in looking:
            for route, path in _all(house, hostile, every=who == _WHO[0] or share == 4):
                answer = await b.get(path, who)
                faults.extend(f"{path} as {who}: {one}" for one in faults_of(answer, known[route]))
                if answer.status == 200 and "alert(1)" in answer.text:
                    seen.add(route)

    browse(twin, learn)
    browse(house, attack)
    return faults, seen


def _tried(house: House, twin: House, share: int, caplog: pytest.LogCaptureFixture) -> None:
    faults, seen = _attacked(house, twin, share)
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:60])
    assert [r.getMessage() for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")] == []
    # The words are shown where letters are shown: else nothing was tried.
    assert {"/arende/{id}", "/diariet", "/granska/{arrival}", "/f/{token}"} <= seen


def test_no_word_of_a_letter_becomes_a_part_of_a_page(
    house: House, twin: House, caplog: pytest.LogCaptureFixture
) -> None:
    _tried(house, twin, 1, caplog)


@pytest.mark.soak
def test_no_word_of_any_letter_becomes_a_part_of_any_page(
    house: House, twin: House, caplog: pytest.LogCaptureFixture
) -> None:
    _tried(house, twin, 4, caplog)


def test_a_break_in_a_page_would_be_seen() -> None:
    whole = Reading(title=HARMLESS)
    assert filled(whole, ATTACKS[0]).title == ATTACKS[0]
    page = "<!doctype html><html><body><p class=a>{}</p></body></html>"
    known = made_of(page.format("x"))

    def told(words: str, status: int = 200, kind: str = "text/html", how: str = "") -> list[str]:
        body = page.format(words) if kind == "text/html" else words
        headers = {"Content-Type": kind, "Content-Disposition": how}
        return faults_of(Answer(status, body, body.encode(), headers, {}), known)

    assert told("a &lt;b&gt;") == []
    for words in ("<b>", "<p id=x>", MARK, "<p class=a onclick=x>", "1787569", "\u202e", "<a href=//evil.example>"):
        assert told(words), words
    assert told("x", 500)
    assert told("a;=1+1", kind="text/csv", how="attachment; filename=a.csv")
    assert told("a;b", kind="text/csv", how="attachment; filename=a.csv") == []
    assert told("a;b", kind="text/csv")
