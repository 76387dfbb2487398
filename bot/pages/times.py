"""Goals, reminders and days of a nämnd: what holds for everybody and what it has chosen itself, with the law beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.pages import choice_examples, choice_forms, choice_words, upkeep, views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown, Words
from handlers import choices, seen
from handlers.errors import Changed, Invalid
from storage.records import Namnd
from storage.store import Book

HOME = "/installningar/tider"
_DONE = {"sparat": "Ändrat.", "forval": "Förvalet gäller igen.", "oforandrat": "Inget var annorlunda."}


@dataclass(frozen=True, slots=True)
class Row:
    """A choice in the list: what holds, and the default where it is another."""

    name: str
    label: str
    value: str
    own: bool
    default: str
    law: str
    example: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The open form of a choice."""

    name: str
    parts: tuple[choice_forms.Part, ...]
    hint: str
    reason: str
    mark: str
    faults: Mapping[str, str]
    example: tuple[str, ...]


def show(ask: Ask) -> Answer:
    """Show what a nämnd goes by."""
    editing = ask.query.get("andra", "")
    return _page(ask, upkeep.namnd_of(ask), editing if editing in choices.DEFAULTS else "")


def _page(
    ask: Ask,
    namnd: Namnd,
    editing: str,
    *,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
    late: bool = False,
    tried: Any = None,
) -> Answer:
    may = ask.who.has(namnd.key, "administrator")
    typed = ask.form if ask.form else None
    with ask.desk.store.look() as book:
        groups = [
            (head, when, [_row(book, ask, namnd, name) for name in names]) for head, when, names in choice_forms.GROUPS
        ]
        form = None
        if editing and may:
            stands = choices.choice(book, namnd.key, editing)
            form = Form(
                editing,
                choice_forms.parts(editing, stands, typed),
                choice_forms.hint(editing),
                typed.get("skal", "") if typed else "",
                choices.mark_of(book, namnd.key, editing),
                Words(faults or {}),
                _example(book, ask, namnd, editing, tried) or ("Det går att spara.",) if tried is not None else (),
            )
        view = {
            "groups": groups,
            "form": form,
            "clash": upkeep.clash(book, HOME, namnd, _clash_rows(book, ask, namnd, editing), about=(("val", editing),))
            if late
            else None,
            "may": may,
            "own": sum(row.own for _, _, rows in groups for row in rows),
            "changes": upkeep.recent(book, HOME, namnd),
            "toast": _DONE.get(ask.query.get("gjort", ""), "") if not faults and tried is None else "",
        }
    return Shown("times.html", upkeep.around(ask, namnd, HOME) | view, status)


def _row(book: Book, ask: Ask, namnd: Namnd, name: str) -> Row:
    value, default = choices.choice(book, namnd.key, name), choices.DEFAULTS[name]
    own = name in book.chosen(namnd.key)
    return Row(
        name,
        choice_words.label(name),
        views.upper_first(choice_words.value_in_words(name, value)),
        own,
        choice_words.value_in_words(name, default) if own and value != default else "",
        choice_forms.law(name),
        _example(book, ask, namnd, name, value),
    )


def _example(book: Book, ask: Ask, namnd: Namnd, name: str, value: Any) -> tuple[str, ...]:
    chosen = {n: choices.choice(book, namnd.key, n) for n in choices.DEFAULTS}
    try:
        return choice_examples.example(name, value, chosen, ask.today)
    except (TypeError, ValueError, AttributeError, KeyError):
        return ()  # a value of an older form: it is shown as it stands, and can be put right here


def _clash_rows(book: Book, ask: Ask, namnd: Namnd, name: str) -> list[tuple[str, str, str]]:
    stands = choices.choice(book, namnd.key, name)
    try:
        wished = choice_words.value_in_words(name, choice_forms.read(name, ask.form, stands))
    except Invalid:
        wished = ""
    return [(choice_words.label(name), choice_words.value_in_words(name, stands), wished)]


def change(ask: Ask) -> Answer:
    """Choose something, go back to what holds for everybody, or only look at what it would mean."""
    namnd = upkeep.may(ask, upkeep.namnd_of(ask), "administrator")
    name, wish = ask.params.get("choice", ""), ask.form.get("gor", "")
    if name not in choices.DEFAULTS:
        raise Missing
    try:
        if wish == "visa":
            return _page(ask, namnd, name, tried=_wished(ask, namnd, name))
        with ask.desk.store.book() as book:
            done = _act(book, ask, namnd, name, back=wish == "forval")
    except Invalid as fault:
        field = fault.field if fault.field == "why" else "varde"
        return _page(ask, namnd, name, faults={field: views.days_in_words(str(fault))}, status=422)
    except Changed:
        return _page(ask, namnd, name, status=409, late=True)
    return Sent(upkeep.address(HOME, namnd, ask, gjort=done) + f"#{name}")


def _wished(ask: Ask, namnd: Namnd, name: str) -> Any:
    with ask.desk.store.look() as book:
        value = choice_forms.read(name, ask.form, choices.choice(book, namnd.key, name))
    choices.check(name, value)
    return value


def _act(book: Book, ask: Ask, namnd: Namnd, name: str, *, back: bool) -> str:
    was, actor = ask.form.get("sett", ""), f"person:{ask.who.person.id}"
    why = seen.reason(ask.form.get("skal", ""), needed=True)
    if back:
        choices.back(book, namnd.key, name, now=ask.now, actor=actor, why=why, was=was)
        return "forval"
    stands = choices.choice(book, namnd.key, name)
    value = choice_forms.read(name, ask.form, stands)
    if value == stands:
        return "oforandrat"
    choices.choose(book, namnd.key, name, value, now=ask.now, actor=actor, why=why, was=was)
    return "sparat"
