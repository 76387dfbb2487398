"""A message as an Adaptive Card: declared 1.5, with nothing in its body that 1.2 lacks; pure.

Whatever words we are given stand in TextRuns, which no client reads as Markdown, links or mentions: a letter's words are
in the middle of ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.notices.message import (
    Act,
    Acts,
    Block,
    Button,
    Field,
    Heading,
    Line,
    Message,
    Paragraph,
    Row,
    Rows,
    Stamp,
)

Card = dict[str, Any]
MOST_BYTES = 25_000  # in UTF-16: safe in every client and channel
MOST_BUTTONS = 6  # of a card; Teams shows no more
_MOST_TEXT = 1500
_LABEL = "110px"
_STATE = "124px"
# C0, C1, bidi controls and zero-width characters have no business in a card.
_UNCLEAN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# What clients would fill in or turn into something: {{DATE(…)}}, ${…}, <at>…</at>.
_TEMPLATE = re.compile(r"(?i)\{(?=\{)|\$(?=\{)|<(?=/?at\b)")
# Red is the law's alone. The clients' own "Warning" is a yellow that nobody can read on white: the sign and bold say it.
_TONES = {"law": "Attention", "goal": ""}
_SIGNS = (("■", "Attention"), ("▲", ""))


class TooBig(ValueError):
    """A message is too long for a card, however much is left out."""


def card(message: Message, over: str) -> Card:
    """Return a message as a card; over: the small line above, whose card it is. Raises TooBig."""
    for quotes, most_rows in ((True, 60), (False, 60), (False, 12), (False, 4)):
        made = _card(message, over, quotes=quotes, most_rows=most_rows)
        if size(made) <= MOST_BYTES:
            return made
    raise TooBig("the card is too big")


def size(made: Mapping[str, Any]) -> int:
    """Return how many bytes a card takes as JSON in UTF-16, as services count."""
    return len(json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le"))


def plain(text: str, most: int = _MOST_TEXT) -> str:
    r"""Return words that are only words: nothing that a client fills in, turns round or makes a mention of.

    >>> plain("Hej ${namn} {{DATE(2026-01-01)}} <at>alla</at>")
    'Hej $ {namn} { {DATE(2026-01-01)}} < at>alla< /at>'
    """
    text = _UNCLEAN.sub("", text.encode("utf-8", "replace").decode("utf-8"))
    text = _TEMPLATE.sub(lambda found: found[0] + " ", text)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _card(message: Message, over: str, *, quotes: bool, most_rows: int) -> Card:
    blocks = message.in_chat
    acts = [b for b in blocks if isinstance(b, Acts)]
    # One row of buttons belongs at the foot, where clients keep it; several stand with what they are about.
    at_foot = len(acts) <= 1 and sum(len(a.acts) for a in acts) + _buttons(blocks) <= MOST_BUTTONS
    # Nor are they parted from what they are about by something else that is told.
    told = [i for i, b in enumerate(blocks) if not isinstance(b, Acts | Button)]
    at_foot = at_foot and not any(i < told[-1] for i, b in enumerate(blocks) if isinstance(b, Acts) and told)
    body: list[Card] = [_text(over, size="Small", subtle=True)] if over else []
    foot: list[Card] = []
    for block in blocks:
        made = list(_block(block, quotes, most_rows, first=not body or len(body) == 1))
        if isinstance(block, Acts | Button) and at_foot:
            foot += made
        elif isinstance(block, Acts | Button):
            body.append({"type": "ActionSet", "actions": made[:MOST_BUTTONS]})
        else:
            body += made
    if message.foot:
        body.append(_text(message.foot, size="Small", subtle=True))
    # Buttons that act before those that lead away.
    foot.sort(key=lambda one: one["type"] == "Action.OpenUrl")
    whole: Card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "lang": "sv",
        "fallbackText": plain(message.subject, 200),
        "body": body,
    }
    if foot:
        whole["actions"] = foot
    return whole


def _buttons(blocks: Sequence[Block]) -> int:
    return sum(isinstance(b, Button) for b in blocks)


def _block(block: Block, quotes: bool, most_rows: int, *, first: bool) -> Iterator[Card]:
    match block:
        case Heading(text):
            yield _text(
                text, size="Medium" if first else "Default", weight="Bolder", spacing="Small" if first else "Medium"
            )
        case Paragraph(text, quiet):
            colour = next((tone for sign, tone in _SIGNS if text.startswith(sign)), None)
            yield _text(
                text,
                weight="Bolder" if colour is not None else "",
                subtle=quiet,
                colour=colour or "",
                size="Small" if quiet else "Default",
                spacing="Small",
            )
        case Stamp(pairs, empty):
            for label, value in pairs:
                yield _pair(label, value or empty)
        case Rows(rows):
            for row in rows[:most_rows]:
                yield from [_line(row.line)] if row.line else _row(row, quotes)
            if len(rows) > most_rows:
                yield _text(f"Och {len(rows) - most_rows} till.", subtle=True)
        case Button(label, url):
            yield {"type": "Action.OpenUrl", "title": plain(label, 60), "url": url}
        case Acts(acts):
            yield from (_act(act) for act in acts)


def _text(
    text: str,
    *,
    size: str = "Default",
    weight: str = "",
    subtle: bool = False,
    colour: str = "",
    italic: bool = False,
    spacing: str = "",
) -> Card:
    run: Card = {"type": "TextRun", "text": plain(text)}
    if size != "Default":
        run["size"] = size
    if weight:
        run["weight"] = weight
    if subtle:
        run["isSubtle"] = True
    if colour:
        run["color"] = colour
    if italic:
        run["italic"] = True
    made: Card = {"type": "RichTextBlock", "inlines": [run]}
    if spacing:
        made["spacing"] = spacing
    return made


def _pair(label: str, value: str, *, strong: bool = False) -> Card:
    return {
        "type": "ColumnSet",
        "spacing": "Small",
        "columns": [
            {"type": "Column", "width": _LABEL, "items": [_text(label, subtle=True)]},
            {"type": "Column", "width": "stretch", "items": [_text(value, weight="Bolder" if strong else "")]},
        ],
    }


def _row(row: Row, quotes: bool) -> Iterator[Card]:
    yield _pair(row.label, row.value, strong=row.strong)
    if row.quote and quotes:
        yield {
            "type": "Container",
            "style": "emphasis",
            "spacing": "Small",
            "items": [_text(row.quote, italic=True), _text("Ur brevet", size="Small", subtle=True, spacing="None")],
        }


def _line(line: Line) -> Card:
    return {
        "type": "ColumnSet",
        "spacing": "Medium",
        "columns": [
            {
                "type": "Column",
                "width": "stretch",
                "items": [
                    _text(line.title, weight="Bolder"),
                    _text(line.about, size="Small", subtle=True, spacing="None"),
                ],
            },
            {
                "type": "Column",
                "width": _STATE,
                "items": [_text(line.state, size="Small", weight="Bolder", colour=_TONES.get(line.tone, ""))],
            },
        ],
    }


def _act(act: Act) -> Card:
    if not act.fields:
        return _execute(act.label, act)
    inner: list[Card] = [_text(act.ask)] if act.ask else []
    inner += [_field(field) for field in act.fields]
    shown = {"type": "AdaptiveCard", "body": inner, "actions": [_execute(act.send or act.label, act)]}
    return {"type": "Action.ShowCard", "title": plain(act.label, 60), "card": shown}


def _execute(title: str, act: Act) -> Card:
    # The fallback comes as a message without a verb of its own: it stands among the data there.
    title = plain(title, 60)
    return {
        "type": "Action.Execute",
        "title": title,
        "verb": act.verb,
        "data": dict(act.data),
        "fallback": {"type": "Action.Submit", "title": title, "data": {"verb": act.verb, **act.data}},
    }


def _field(field: Field) -> Card:
    label = plain(field.label, 120)
    made: Card = {"id": field.name, "label": label, "placeholder": label}
    if field.missing:
        made |= {"isRequired": True, "errorMessage": plain(field.missing, 120)}
    match field.kind:
        case "day":
            return {"type": "Input.Date", **made, **({"min": field.least} if field.least else {})}
        case "choice":
            choices = [{"title": plain(words, 120), "value": value} for value, words in field.choices]
            return {"type": "Input.ChoiceSet", "style": "compact", "choices": choices, **made}
    return {"type": "Input.Text", "isMultiline": field.most > 200, "maxLength": field.most, **made}
