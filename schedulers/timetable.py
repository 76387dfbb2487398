"""The one table of when: name, how often, what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Every:
    """Something that is done again and again. Doing it twice does no harm, and a missed time is made up for once."""

    name: str
    seconds: float
    do: Callable[[], object]


def timetable(
    *,
    poll_seconds: float,
    post: dict[str, Callable[[], object]],
    courier: Callable[[], object],
    morning: Callable[[], object],
    chat: Callable[[], object] | None = None,
    tidy: Callable[[], object] | None = None,
) -> tuple[Every, ...]:
    """Return what the bot does by itself: each nämnd's mailbox, what is to be sent, and a working morning's work.

    The morning's work is asked for every minute and done once: its keys are used once a day, so a start at ten
    does what half past seven would have done.
    """
    return (
        *(Every(f"post {namnd}", poll_seconds, do) for namnd, do in post.items()),
        Every("courier", min(poll_seconds, 5.0), courier),
        *((Every("teams", min(poll_seconds, 5.0), chat),) if chat else ()),
        Every("morning", 60.0, morning),
        *((Every("tidy", 3600.0, tidy),) if tidy else ()),
    )
