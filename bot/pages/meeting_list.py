"""A list of meetings that is uploaded: its faults, or what it would change, and then in with it."""

from __future__ import annotations

from bot import meetings as files
from bot.pages import meetings_view as look
from bot.pages import views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown
from bot.pages.meetings import actor, page
from handlers import calendars
from handlers.errors import Invalid
from handlers.meeting_lists import MeetingLine, ReadMeetings, write_lines

_MOST_FAULTS = 12


def preview(ask: Ask) -> Answer:
    """Show what an uploaded list would change, or all its faults; nothing is entered."""
    if not ask.who.namnder(*look.CHANGERS):
        raise Missing
    try:
        if ask.upload is None:
            raise Invalid("Välj en fil med möten.", "fil")
        lines, skipped = _read(ask, ask.upload.data, ask.upload.name)
    except Invalid as fault:
        return _faulty(ask, fault)
    replace = ask.form.get("ersatt") == "ja"
    would = calendars.would_enter(ask.desk.store, lines, list(ask.desk.namnder), now=ask.now, replace=replace)
    names = {n.key: n.name for n in ask.desk.namnder.values()}
    return Shown(
        "meeting_list.html",
        {
            "file": views.clean(ask.upload.name, 80),
            "summary": files.summary(would, done=False),
            "anything": would.anything,
            "rows": [
                (what, files.body_name(m, names), look.weekday(m.day, ask.today), s)
                for what, m, s in files.rows_of(would)
            ],
            "beside": [f"{files.body_name(m, names)} {look.weekday(m.day, ask.today)}" for m in would.not_named],
            "moved": [
                (files.body_name(m, names), look.weekday(m.moved_from, ask.today), look.weekday(m.day, ask.today))
                for m in would.moved_since
                if m.moved_from
            ],
            "skipped": [views.clean(s, 160) for s in files.cut(skipped)],
            "lines": write_lines(lines),
            "replace": replace,
        },
    )


def enter(ask: Ask) -> Answer:
    """Enter the list that was shown: read anew, for a form can hold anything."""
    try:
        lines, _ = _read(ask, ask.form.get("lista", "").encode(), "lista.csv")
        with ask.desk.store.book() as book:
            done = calendars.enter(
                book,
                lines,
                list(ask.desk.namnder),
                now=ask.now,
                actor=actor(ask),
                replace=ask.form.get("ersatt") == "ja",
            )
    except Invalid as fault:
        return _faulty(ask, fault)
    ask.desk.wake()
    year = min((x.day.year for x in lines if x.day >= ask.today), default=ask.today.year)
    return Sent(f"/moten?ar={year}&gjort=lista&planer={done.replanned}")


def _faulty(ask: Ask, fault: Invalid) -> Answer:
    lines = str(fault).split("\n")
    more = len(lines) - _MOST_FAULTS
    shown = [*lines[:_MOST_FAULTS], *([f"… och {more} fel till."] if more > 0 else [])]
    return page(
        ask, {"fil": "\n".join(views.clean(x, 240) for x in shown)}, year=ask.today.year, form="lista", status=422
    )


def _read(ask: Ask, data: bytes, name: str) -> tuple[tuple[MeetingLine, ...], tuple[str, ...]]:
    """Return a list's lines and what is skipped; raise Invalid with a line for each fault."""
    boards = ask.who.namnder(*look.CHANGERS)
    if not boards:
        raise Missing
    only = ask.form.get("namnd", "")
    if only and only not in boards:
        raise Invalid("Välj en nämnd som du är registrator för.", "fil")
    names = {n.key: n.name for n in ask.desk.namnder.values()}
    found: ReadMeetings = files.read(data, name, names, ask.today, only=only)
    faults = list(found.faults)
    faults += [
        f"{x.line}: du får inte ändra {names[x.namnd]}s möten."
        for x in found.lines
        if not look.may_change(ask, x.namnd)
    ]
    if faults:
        raise Invalid("\n".join(faults), "fil")
    return found.lines, found.skipped
