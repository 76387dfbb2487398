"""Prints one reading per letter as JSON lines, for the scorer; run by hand: python -m tests.reading.read_shared DIR."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.texts import extract
from handlers.reading import read, relate
from handlers.reading.reading import Context, Reading

DROPPED = ("envelope", "texts", "attachments")


def context_of(folder: Path) -> Context:
    """Return what expected.json says that the reader is told of the receiver; mostly nothing."""
    told = json.loads((folder / "expected.json").read_text("utf-8")).get("context") or {}
    return Context(own_prefixes=tuple(told.get("own_prefixes", ())), namnd_names=tuple(told.get("namnd_names", ())))


def read_all(folder: Path) -> list[tuple[str, Reading, dict[str, Any]]]:
    """Read every letter of a folder of folders, in order, and relate them: (name, reading, the row for the scorer)."""
    files = sorted(folder.glob("*/mail.eml"))
    readings = [read(file.read_bytes(), context_of(file.parent), extract)[0] for file in files]
    found = []
    for file, reading, (repeated, follows) in zip(files, readings, relate(readings), strict=True):
        kept = replace(reading, register=False) if repeated is not None else reading
        shown = kept.hidden() if kept.secret else kept
        row = {key: value for key, value in shown.to_json().items() if key not in DROPPED}
        row["file"] = str(file)
        row["duplicate_of"] = str(files[repeated]) if repeated is not None else None
        row["follows"] = str(files[follows]) if follows is not None else None
        found.append((file.parent.name, reading, row))
    return found


if __name__ == "__main__":
    for entry in read_all(Path(sys.argv[1])):
        print(json.dumps(entry[2], ensure_ascii=False))
