"""What `namndbot read` says of letters: one JSON object each, or the letter for people with its sentences marked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot import terminal
from handlers import kinds
from handlers.notices import words
from handlers.reading import marking, relations
from handlers.reading.reading import Finding, Reading, Text

# Kept for the handlers; of no use to who asks what the bot would make of a letter.
_INSIDE = ("envelope", "texts", "reply", "fingerprint", "secret_reasons")


def objects(files: Sequence[str], readings: Sequence[Reading], *, reveal: bool) -> list[dict[str, Any]]:
    """Return one object per file, in order; of a secret letter nothing, unless reveal."""
    made = []
    for file, reading, (repeats, follows) in zip(files, readings, relations.relate(readings), strict=True):
        shown = reading if reveal or not reading.secret else reading.hidden()
        data = {k: v for k, v in shown.to_json().items() if k not in _INSIDE}
        if repeats is not None:
            data["register"] = False
        made.append(
            {
                "file": file,
                **data,
                "duplicate_of": files[repeats] if repeats is not None else None,
                "follows": files[follows] if follows is not None else None,
            }
        )
    return made


def as_line(data: dict[str, Any]) -> str:
    """Return an object as one line of JSON."""
    return json.dumps(data, ensure_ascii=False)


def for_people(data: dict[str, Any], reading: Reading, *, reveal: bool, colours: bool = False) -> str:
    """Return what was read, each fact with how sure it is, then the letter with the sentences behind them marked.

    The number of a fact stands where its sentence begins. `colours` = the terminal shows bold and underlined.
    """
    head = [terminal.clean(str(data["file"]))]
    if reading.secret and not reveal:
        return "\n".join([*head, "  Misstänkt individärende. Visas inte. Lägg till --reveal om du får se det."])
    head.append(f"  {kinds.label(reading.kind, reading.matter)}: {terminal.clean(reading.title) or 'utan rubrik'}")
    facts, marks = _facts(reading)
    head += facts
    about = [
        ("Från", reading.sender_authority or (reading.sender.name if reading.sender else None)),
        ("Skickat av", reading.forwarded_by and (reading.forwarded_by.name or reading.forwarded_by.address)),
        ("Upprepar", data["duplicate_of"]),
        ("Hör till", data["follows"]),
        *(("Fråga", reason) for reason in reading.review),
        *(("Obs", warning) for warning in reading.warnings),
        *(("Hemligt", reason) for reason in reading.secret_reasons),
    ]
    head += [f"     {label:<17}{terminal.clean(str(value))}" for label, value in about if value]
    texts = [Text("subject", reading.envelope.subject), *reading.texts]
    plain = {t.where: _clean_lines(t.text) for t in texts}
    placed = [(number, marking.place(plain, where, sentence), sentence) for number, where, sentence in marks]
    for name, words_of in plain.items():
        if words_of.strip():
            here = [(number, sentence) for number, where, sentence in placed if where == name]
            head += ["", f"  ── {_PLACES.get(name) or terminal.clean(name)} ──", _marked(words_of, here, colours)]
    return "\n".join(head)


_LABELS = {
    "kind": "Typ av brev",
    "matter": "Sak",
    "deadlines": "Dag",
    "external_dnr": "Andras nummer",
    "own_dnr": "Vårt nummer",
    "demands": "Krav",
    "motionarer": "Förslag av",
    "outcome": "Beslut",
}
_PLACES = {"subject": "Ämne", "body": "Brevet", "forwarded": "Vidarebefordrat"}
_LETTER_LINES = 400  # of one text; a report's pages are read in the file itself
_ON, _OFF = "\x1b[1;4m", "\x1b[0m"


def _facts(reading: Reading) -> tuple[list[str], list[tuple[int, str, str]]]:
    """The facts as numbered lines, and for each where its sentence stands: number, place, sentence."""
    lines: list[str] = []
    marks: list[tuple[int, str, str]] = []
    for number, found in enumerate((f for f in reading.findings if f.field in _LABELS), start=1):
        words_for = _value(found, reading)
        sure = "säkert" if found.certainty >= 0.9 else "troligt" if found.certainty >= 0.6 else "osäkert"
        lines.append(
            terminal.wrapped(f"{number:>3}  {_LABELS[found.field]:<16} {words_for} ({sure})", "  ", hang=22, tidy=False)
        )
        marks.append((number, found.where, found.sentence))
    return lines, marks


def _value(found: Finding, reading: Reading) -> str:
    value = terminal.clean(found.value)
    if found.field == "kind":
        return kinds.label(found.value, None)
    if found.field == "matter":
        return kinds.kind_of(found.value).label
    if found.field == "outcome":
        return value + (", ett förslag" if reading.outcome_is_proposal else "")
    if found.field == "deadlines":
        told = next((d for d in reading.deadlines if (d.date.isoformat() if d.date else d.text) == found.value), None)
        if told is None:
            return value or "saknas"
        day = words.weekday(told.date) if told.date else f"utan dag: {value}"
        return f"{day}, {terminal.clean(told.purpose)}"
    return value


def _clean_lines(text: str) -> str:
    return "\n".join(terminal.clean(line) for line in text.splitlines()[:_LETTER_LINES])


def _marked(body: str, here: Sequence[tuple[int, str]], colours: bool) -> str:
    begin, end = (_ON, _OFF) if colours else ("»", "«")
    pieces = []
    for piece in marking.stretches(body, here):
        told = "".join(f"[{number}]" for number in piece.starts)
        open_mark, close_mark = (begin, end) if piece.numbers else ("", "")
        # A line end inside a mark ends it and begins it again, so that each line can be read by itself.
        pieces.append(
            "\n".join(
                f"{told if at == 0 else ''}{open_mark}{line}{close_mark}" if line else line
                for at, line in enumerate(piece.text.split("\n"))
            )
        )
    return "\n".join(terminal.folded(line, "    ") for line in "".join(pieces).split("\n"))
