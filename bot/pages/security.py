"""Who asks, and may they: session, form token, origin, and the headers that every answer carries."""

from __future__ import annotations

import datetime as dt
import hmac
import logging
import re
import secrets
from urllib.parse import urlsplit

from aiohttp import web

from bot.pages.desk import Desk, Visitor
from storage.errors import StorageError
from storage.records import RoleName

log = logging.getLogger("namndbot.pages")

SESSION_HOURS = 12  # a working day and a board's evening; then one logs in again, whatever one does
IDLE_HOURS = 2  # unused: longer than lunch and most meetings, shorter than a night in a room that others clean
IDLE = dt.timedelta(hours=IDLE_HOURS)
_SEEN = dt.timedelta(minutes=1)  # that a session is used is written no oftener
# A page may load our own style, script and pictures, and send forms to us: nothing else, nothing inline.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# A letter's own HTML in its frame: our style and nothing else; a picture of a page: nothing at all.
FRAME = "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'; sandbox"
PICTURE = "default-src 'none'; frame-ancestors 'none'; sandbox"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


async def put_headers(_request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Put the headers on an answer; what the answer has set itself stands."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def session_cookie(desk: Desk) -> str:
    """Return the session cookie's name; __Host- binds it to this host over https."""
    return "__Host-namndbot" if desk.secure else "namndbot"


def entry_cookie(desk: Desk) -> str:
    """Return the name of the cookie that goes with the login forms, before there is a session."""
    return "__Host-namndbot-in" if desk.secure else "namndbot-in"


def onward_cookie(desk: Desk) -> str:
    """Return the name of the cookie that holds where a visitor was going before the login."""
    return "__Host-namndbot-vidare" if desk.secure else "namndbot-vidare"


def trying_cookie(desk: Desk) -> str:
    """Return the name of the cookie that binds a login at the provider of accounts to the browser that began it."""
    return "__Host-namndbot-konto" if desk.secure else "namndbot-konto"


def set_cookie(response: web.Response, desk: Desk, name: str, value: str, seconds: int) -> None:
    """Set a cookie that no script can read."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=desk.secure or None
    )


def end_cookie(response: web.Response, desk: Desk, name: str) -> None:
    """Take a cookie away."""
    response.del_cookie(name, path="/", httponly=True, samesite="Lax", secure=desk.secure or None)


def new_token() -> str:
    """Return a random token."""
    return secrets.token_urlsafe(32)


def same_site(desk: Desk, request: web.BaseRequest) -> bool:
    """Say whether a form was sent from our own pages.

    Sec-Fetch-Site is set by the browser and cannot be forged by a page; Origin must be ours where it is told. A
    request that tells neither is not from a browser's form.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if origin not in (None, "null"):
        ours = {urlsplit(desk.url).netloc.lower(), request.host.lower()}
        if urlsplit(origin).netloc.lower() not in ours:
            return False
        return site in (None, "same-origin")
    return site == "same-origin"


def same(one: str, other: str) -> bool:
    """Compare two tokens in constant time; an empty one is never right."""
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())


def visitor_of(desk: Desk, token: str, now: dt.datetime) -> Visitor | None:
    """Return who a living session belongs to, with the roles of today."""
    if not token:
        return None
    with desk.store.look() as book:
        session = book.session(token, now=now, idle=IDLE)
        if session is None:
            return None
        held = book.roles(on=now.date(), person_id=session.person.id)
    if now - session.last_seen_at > _SEEN:
        _seen(desk, token, now)
    roles: dict[str, frozenset[RoleName]] = {}
    for key in desk.namnder:
        # A function mailbox answers what it is asked and sees nothing else: who reads it is not one person.
        mine = frozenset(r.role for r in held if r.namnd == key and r.role != "stab")
        if mine:
            roles[key] = mine
    return Visitor(session.person, session.csrf, roles)


def _seen(desk: Desk, token: str, now: dt.datetime) -> None:
    try:
        with desk.store.book() as book:
            book.session_seen(token, now=now)
    except StorageError as error:
        # Pages can be read while nothing can be written.
        log.warning("a session's use could not be kept (%s)", type(error).__name__)


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """Return what a browser says it is, in words that its owner knows it by; nothing of what it says is kept.

    >>> browser("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0")
    'Edge på Windows'
    >>> browser("<script>")
    'Okänd webbläsare'
    """
    name = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}(iOS|A)?/", agent)), "Okänd webbläsare")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{name} på {system}" if system else name
