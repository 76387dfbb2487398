"""From a request to an answer: read, check, ask the page in a thread, write what it says."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import jinja2
from aiohttp import web

from bot.pages import openings, security, views
from bot.pages.desk import OVERSEERS, Answer, Ask, Desk, Inside, Missing, Page, Plain, Sent, Shown, Upload, Visitor
from bot.pages.queueing import count_waiting
from bot.pages.upkeep import READERS
from handlers import corrections
from handlers.errors import NotAllowed
from storage.errors import NotFound, StorageError
from storage.records import Trouble

log = logging.getLogger("namndbot.pages")

DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)
FEW: web.AppKey[asyncio.Semaphore] = web.AppKey("few", asyncio.Semaphore)
WRITER: web.AppKey[jinja2.Environment] = web.AppKey("writer", jinja2.Environment)
SLOW: web.AppKey[ThreadPoolExecutor] = web.AppKey("slow", ThreadPoolExecutor)

MOST_BYTES = 25 * 1024 * 1024  # of an uploaded file
_FORM_BYTES = 256 * 1024
_PLACES = re.compile(
    r"/(arende|granska|handling)/\d{1,12}|/(granska|diariet|registrera|oversikt|franvaro|regler|moten|installningar)(/[a-z-]+)?"
)
_LINKS = ("/f/", "/angra/")
_TRYING = 30 * 60  # seconds: to the provider of accounts and back, and a code by mail; what counts is in the database
_WHILE_WRITING = 12 * 3600  # seconds: nobody's form runs out while they write
# What nobody types, and what would turn or hide the words around it wherever they are shown.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def get(page: Page, *, login: bool = True, slow: bool = False) -> Handler:
    """Make a handler of a page that only shows. slow: it waits for another server, in threads of their own."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await _guarded(request, lambda: _get(request, page, login, slow))

    return handle


def seldom(page: Page) -> Handler:
    """Make a handler of a page that waits for a child: few at a time, so that the other pages have threads left."""

    async def handle(request: web.Request) -> web.StreamResponse:
        async with request.app[FEW]:
            return await _guarded(request, lambda: _get(request, page, True, False))

    return handle


def post(page: Page, *, login: bool = True, upload: bool = False, slow: bool = False) -> Handler:
    """Make a handler of a page that acts: only for our own forms with their token. slow: as in `get`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await _guarded(request, lambda: _post(request, page, login, upload, slow))

    return handle


def public(page: Page) -> Handler:
    """Make a handler of a page for anybody: who asks is not looked at, and no cookie is set or read."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await _guarded(request, lambda: _public(request, page))

    return handle


async def _public(request: web.Request, page: Page) -> web.StreamResponse:
    desk = request.app[DESK]
    ask = Ask(desk, desk.clock.now(), request.path, request.match_info, request.query)
    answer, body = await asyncio.to_thread(_made, request.app[WRITER], ask, page)
    return _response(answer, body)


async def missing(request: web.Request) -> web.StreamResponse:
    """Show the page for what does not exist."""
    return await _guarded(request, lambda: _write_message(request, "missing", 404))


async def _get(request: web.Request, page: Page, login: bool, slow: bool) -> web.StreamResponse:
    ask = await _ask(request)
    if login and ask.visitor is None:
        return _to_login(ask)
    return await _answer(request, ask, page, slow)


def _to_login(ask: Ask) -> web.Response:
    """Send to the login, and keep where the visitor was going: a mail's link leads there after all."""
    response = _redirect("/in")
    if _PLACES.fullmatch(ask.path):
        security.set_cookie(response, ask.desk, security.onward_cookie(ask.desk), ask.path, 1800)
    return response


async def _post(request: web.Request, page: Page, login: bool, upload: bool, slow: bool) -> web.StreamResponse:
    desk = request.app[DESK]
    if not security.same_site(desk, request):
        return await _write_message(request, "foreign", 403)
    ask = await _ask(request)
    if login and ask.visitor is None:
        return await _write_message(request, "logged_out", 403)
    most = MOST_BYTES + _FORM_BYTES if upload else _FORM_BYTES
    try:
        form, file = await _form(request.clone(client_max_size=most))
    except (ValueError, LookupError):  # not the form that a browser makes, or text in no known charset
        return await _write_message(request, "wrong", 400)
    ours = ask.visitor.csrf if ask.visitor else ask.entry
    if not security.same(ours, form.get("csrf", "")):
        return await _write_message(request, "foreign", 403)
    return await _answer(request, dataclasses.replace(ask, form=form, upload=file), page, slow)


async def _ask(request: web.Request) -> Ask:
    desk = request.app[DESK]
    now = desk.clock.now()
    token = request.cookies.get(security.session_cookie(desk), "")
    entry = request.cookies.get(security.entry_cookie(desk), "")
    visitor = await asyncio.to_thread(security.visitor_of, desk, token, now)
    return Ask(
        desk,
        now,
        request.path,
        request.match_info,
        request.query,
        visitor,
        token=token,
        entry=entry,
        trying=request.cookies.get(security.trying_cookie(desk), "")[:100],
        agent=request.headers.get("User-Agent", "")[:500],
    )


async def _form(request: web.BaseRequest) -> tuple[dict[str, str], Upload | None]:
    found = await request.post()
    form: dict[str, str] = {}
    file = None
    for name, value in found.items():
        if isinstance(value, web.FileField):
            data = await asyncio.to_thread(value.file.read)
            value.file.close()
            if data or value.filename:
                file = Upload(value.filename, value.content_type, data)
        elif isinstance(value, str):
            form[name] = _UNSEEN.sub("", value)
    return form, file


async def _answer(request: web.Request, ask: Ask, page: Page, slow: bool) -> web.StreamResponse:
    writer = request.app[WRITER]
    if ask.visitor is None and not ask.entry:
        # The login forms carry the same random token in a cookie and in a hidden field.
        ask = dataclasses.replace(ask, entry=security.new_token())
    threads = request.app[SLOW] if slow else None
    answer, body = await asyncio.get_running_loop().run_in_executor(threads, _made, writer, ask, page)
    response = _response(answer, body)
    if isinstance(answer, Shown | Sent) and answer.trying is not None:
        _carry(response, ask.desk, security.trying_cookie(ask.desk), answer.trying, _TRYING)
    if isinstance(answer, Sent) and answer.session is not None:
        onward = request.cookies.get(security.onward_cookie(ask.desk), "")
        if answer.session and _PLACES.fullmatch(onward):
            response.headers["Location"] = onward
            security.end_cookie(response, ask.desk, security.onward_cookie(ask.desk))
        _carry_session(response, ask.desk, answer.session)
    elif ask.visitor is None and isinstance(answer, Shown):
        seconds = _WHILE_WRITING if ask.path.startswith(_LINKS) else 3600
        security.set_cookie(response, ask.desk, security.entry_cookie(ask.desk), ask.entry, seconds)
    return response


def _made(writer: jinja2.Environment, ask: Ask, page: Page) -> tuple[Answer, str]:
    try:
        answer = page(ask)
    except (Missing, NotAllowed, NotFound):
        openings.keep(ask, None)
        raise
    body = written(writer, ask, answer) if isinstance(answer, Shown) else ""
    openings.keep(ask, answer)
    return answer, body


def written(writer: jinja2.Environment, ask: Ask, answer: Shown) -> str:
    """Write a page with its frame: who is logged in, where they may go, what waits."""
    frame = frame_of(ask.desk, ask.visitor, ask.path, ask.entry, now=ask.now)
    return writer.get_template(answer.template).render(frame=frame, **answer.view)


def frame_of(
    desk: Desk, visitor: Visitor | None, path: str, entry: str = "", *, now: dt.datetime | None = None
) -> Mapping[str, Any]:
    """Return what stands around every page."""
    frame: dict[str, Any] = {
        "organisation": desk.organisation,
        "csrf": visitor.csrf if visitor else entry,
        "person": "",
        "place": path,
    }
    # The page of one question is the link's person's, whoever is logged in here: nobody's menu stands around it.
    if visitor is None or not visitor.roles or path.startswith(_LINKS):
        return frame
    reviewed = visitor.namnder("registrator", "administrator")
    secret = visitor.namnder("sekretess")
    decides = visitor.namnder(*corrections.DECIDES)
    waiting = rules = 0
    with desk.store.look() as book:
        troubles = [_BOUNCED] if now and book.bounced_since(visitor.person.email, now - _RECENTLY) else []
        if reviewed or secret:
            waiting = count_waiting(book, visitor)
            rules = len(corrections.to_decide(book, decides, now=now)) if now else 0
            troubles += [_trouble(one, desk.namnder[one.namnd].name) for one in book.troubles(tuple(desk.namnder))]
    names = [desk.namnder[key].name for key in visitor.roles]
    return frame | {
        "person": visitor.person.name,
        "namnd": names[0] if len(names) == 1 else f"{len(names)} nämnder",
        "may_review": bool(reviewed or secret),
        "may_register": bool(reviewed),
        "may_oversee": bool(visitor.namnder(*OVERSEERS)),
        "may_rule": bool(decides),
        "may_keep": bool(visitor.namnder(*READERS)),
        "waiting": waiting,
        "rules": rules,
        "troubles": troubles,
    }


_RECENTLY = dt.timedelta(days=14)
_BOUNCED = (
    "Mejl till dig har kommit tillbaka. Säg till registratorn vilken adress som gäller, annars når frågor dig inte."
)


def _trouble(one: Trouble, name: str) -> str:
    if one.of_letter:
        return f"{name}, ett brev kräver att någon tar hand om det. {one.what}"
    what = "brevlåda" if one.name.startswith("post:") else "väg ut för mejl"
    return f"{name}s {what} går inte att nå sedan {views.clock(one.since)}. {one.what} Inget är förlorat."


def _response(answer: Answer, body: str) -> web.Response:
    if isinstance(answer, Shown):
        return _html(body, answer.status)
    if isinstance(answer, Sent):
        return _redirect(answer.to)
    if isinstance(answer, Plain):
        return web.Response(text=answer.text, status=answer.status)
    if isinstance(answer, Inside):
        return _inside(answer)
    return web.Response(
        body=answer.data,
        content_type=_safe_type(answer.media_type),
        headers={
            "Content-Disposition": disposition(answer.name),
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        },
    )


def _inside(answer: Inside) -> web.Response:
    framed = answer.media_type == "text/html"
    return web.Response(
        body=answer.data,
        content_type=answer.media_type,
        charset="utf-8" if framed else None,
        headers={
            "Content-Security-Policy": answer.policy,
            "X-Frame-Options": "SAMEORIGIN" if framed else "DENY",
            "Cache-Control": f"private, max-age={answer.keep}" if answer.keep else "private, no-store",
        },
    )


def _html(body: str, status: int) -> web.Response:
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8")


def _redirect(to: str) -> web.Response:
    return web.Response(status=303, headers={"Location": to})


def _carry_session(response: web.Response, desk: Desk, token: str) -> None:
    _carry(response, desk, security.session_cookie(desk), token, security.SESSION_HOURS * 3600)
    if token:
        security.end_cookie(response, desk, security.entry_cookie(desk))


def _carry(response: web.Response, desk: Desk, name: str, token: str, seconds: int) -> None:
    if token:
        security.set_cookie(response, desk, name, token, seconds)
    else:
        security.end_cookie(response, desk, name)


def _safe_type(media_type: str) -> str:
    # What a browser might run or show as a page is handed over as bytes.
    kind = media_type.lower().split(";")[0].strip()
    if kind in ("message/rfc822", "text/csv") or re.fullmatch(r"application/(pdf|zip|vnd\.[a-z0-9.+-]+|msword)", kind):
        return kind
    return "application/octet-stream"


def disposition(name: str) -> str:
    """Return the header that makes a browser keep a file, with its name by RFC 6266 and 5987.

    >>> disposition('Motion "å".pdf')
    'attachment; filename="Motion ___.pdf"; filename*=UTF-8\\'\\'Motion%20%22%C3%A5%22.pdf'
    """
    ascii_name = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name)[:120] or "handling"
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name[:120], safe='')}"


# what goes wrong

_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("Sidan finns inte, eller så får du inte se den.", "Kontrollera adressen, eller gå till diariet."),
    "foreign": (
        "Formuläret kom inte från den här sidan.",
        "Inget har ändrats. Gå tillbaka, ladda om sidan och försök igen.",
    ),
    "logged_out": (
        "Du är inte inloggad längre.",
        "Inget har ändrats. Logga in i en annan flik, gå tillbaka hit och skicka formuläret igen.",
    ),
    "large": ("Det är för stort att ta emot.", "En fil får vara högst 25 MB. Inget har sparats."),
    "wrong": ("Webbläsaren skickade något vi inte förstår.", "Inget har ändrats. Gå tillbaka och försök igen."),
}


async def _guarded(request: web.Request, work: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    try:
        return await work()
    except (Missing, NotAllowed, NotFound):
        return await _write_message(request, "missing", 404)
    except web.HTTPRequestEntityTooLarge:
        return await _write_message(request, "large", 413)
    except StorageError as error:
        log.error("page %s: %s", request.match_info.route.name or "-", type(error).__name__)
        return _bare(request, str(error), "Försök igen om en stund.", 503)
    except web.HTTPException:
        raise
    except Exception as error:  # noqa: BLE001 - one page that breaks must not tell a visitor why
        return await _broken(request, error)


async def _broken(request: web.Request, error: BaseException) -> web.StreamResponse:
    # The message may hold a title or a name: the log gets where and an id, never the words.
    number = secrets.token_hex(4)
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
    log.error("page broke: %s %s at %s", number, type(error).__name__, place)
    return _bare(request, "Något gick fel hos oss.", f"Inget har ändrats. Felet har nummer {number} i loggen.", 500)


async def _write_message(request: web.Request, which: str, status: int) -> web.StreamResponse:
    title, text = _WORDS[which]
    desk = request.app[DESK]
    token = request.cookies.get(security.session_cookie(desk), "")
    try:
        visitor = await asyncio.to_thread(security.visitor_of, desk, token, desk.clock.now())
        ask = Ask(desk, desk.clock.now(), "", {}, {}, visitor)
        page = Shown("message.html", {"title": title, "text": text, "logged_in": visitor is not None}, status)
        body = await asyncio.to_thread(written, request.app[WRITER], ask, page)
    except StorageError:
        return _bare(request, title, text, status)
    return _html(body, status)


def _bare(request: web.Request, title: str, text: str, status: int) -> web.Response:
    """Write a message without asking the database anything."""
    desk = request.app[DESK]
    frame = frame_of(desk, None, "")
    template = request.app[WRITER].get_template("message.html")
    return _html(template.render(frame=frame, title=title, text=text, logged_in=True), status)
