"""What `namndbot read` says of letters: one JSON object each, or the letter for people with its sentences marked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot import terminal
from handlers import kinds
from handlers.notices import words
from handlers.reading import relations
from handlers.reading.reading import Reading

# Kept for the handlers; of no use to who asks what the bot would make of a letter.
_INSIDE = ("envelope", "texts", "fingerprint", "secret_reasons")


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


def for_people(data: dict[str, Any], reading: Reading, *, reveal: bool) -> str:
    """Return what was read, with the sentences behind it."""
    lines = [str(data["file"])]
    if reading.secret and not reveal:
        return "\n".join([*lines, "  Misstänkt individärende. Visas inte. Lägg till --reveal om du får se det."])
    lines.append(f"  {kinds.label(reading.kind, reading.matter)}: {terminal.clean(reading.title) or 'utan rubrik'}")
    facts = [
        ("Från", reading.sender_authority or (reading.sender.name if reading.sender else None)),
        ("Förslag av", ", ".join(reading.motionarer)),
        ("Andras nummer", ", ".join(reading.external_dnr)),
        ("Vårt nummer", ", ".join(reading.own_dnr)),
        ("Utfall", reading.outcome and reading.outcome + (" (förslag)" if reading.outcome_is_proposal else "")),
        ("Upprepar", data["duplicate_of"]),
        ("Hör till", data["follows"]),
    ]
    lines += [f"  {label:<15}{terminal.clean(str(value))}" for label, value in facts if value]
    for deadline in reading.deadlines:
        day = words.weekday(deadline.date) if deadline.date else f"utan dag: {deadline.text}"
        lines.append(f"  {'Dag':<15}{day}, {terminal.clean(deadline.purpose)}")
        lines.append(terminal.wrapped(f"»{deadline.sentence}« ({deadline.where})", " " * 17))
    lines += [terminal.wrapped(f"{i}. {d}", " " * 17) for i, d in enumerate(reading.demands, start=1)]
    lines += [f"  {'Fråga':<15}{terminal.clean(reason)}" for reason in reading.review]
    lines += [f"  {'Obs':<15}{terminal.clean(warning)}" for warning in reading.warnings]
    if reading.texts:
        lines += ["", *(_marked(t.where, t.text, reading) for t in reading.texts)]
    return "\n".join(lines)


def _marked(where: str, text: str, reading: Reading) -> str:
    found = {f.sentence.strip() for f in reading.findings if len(f.sentence.strip()) > 8}
    out = [f"  ── {terminal.clean(where)} ──"]
    for line in text.splitlines()[:400]:
        bare = terminal.clean(line)
        marked = len(bare) > 8 and any(bare in s or s in bare for s in found)
        out.append(terminal.wrapped(bare, "  » " if marked else "    ") if bare else "")
    return "\n".join(out)
