"""How fast a chat service may be spoken to: so many messages in each of several windows, per chat and in all."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

# Teams, per bot and conversation: 7 in 1 s, 8 in 2 s, 60 in 30 s, 1800 in an hour.
PER_CHAT: tuple[tuple[int, float], ...] = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
# 50 a second per app and tenant, of which other copies of the bot and answers in chats are left some.
IN_ALL: tuple[tuple[int, float], ...] = ((30, 1.0),)


class Pacer:
    """Remembers what was said when, and tells how long to wait. Times are seconds of a clock that never goes back."""

    def __init__(
        self,
        per_chat: Sequence[tuple[int, float]] = PER_CHAT,
        in_all: Sequence[tuple[int, float]] = IN_ALL,
    ) -> None:
        self._per_chat = per_chat
        self._in_all = in_all
        self._chats: dict[str, deque[float]] = {}
        self._all: deque[float] = deque(maxlen=max(most for most, _ in in_all))
        self._held: dict[str, float] = {}
        self._held_all = 0.0

    def take(self, chat: str, now: float) -> float:
        """Take a place for one message; return the moment from which it may go, now or later.

        >>> pacer = Pacer(per_chat=((2, 1.0),))
        >>> [pacer.take("a", 10.0) for _ in range(5)]
        [10.0, 10.0, 11.0, 11.0, 12.0]
        """
        said = self._chats.get(chat)
        if said is None:
            self._forget(now)
            said = self._chats[chat] = deque(maxlen=max(most for most, _ in self._per_chat))
        at = max(now, self._held.get(chat, 0.0), self._held_all)
        at = max(at, _free(said, self._per_chat, at), _free(self._all, self._in_all, at))
        said.append(at)
        self._all.append(at)
        return at

    def hold(self, chat: str, until: float, *, everybody: bool = False) -> None:
        """Say nothing in a chat, or in any, before a moment: the service has asked for it."""
        self._held[chat] = max(until, self._held.get(chat, 0.0))
        if everybody:
            self._held_all = max(until, self._held_all)

    def _forget(self, now: float) -> None:
        longest = max(seconds for _, seconds in self._per_chat)
        if len(self._chats) > 10_000:
            self._chats = {c: said for c, said in self._chats.items() if said and said[-1] > now - longest}
            self._held = {c: until for c, until in self._held.items() if until > now}


def _free(said: deque[float], windows: Sequence[tuple[int, float]], at: float) -> float:
    """Return when every window has room: the message that is `most` places back must be a window away."""
    for most, seconds in windows:
        if len(said) >= most:
            at = max(at, said[-most] + seconds)
    return at
