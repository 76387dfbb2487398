"""The web application: its addresses, each beside the page that answers it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jinja2
from aiohttp import web

from bot.entrances import ANSWERS
from bot.pages import (
    absence,
    account,
    acts,
    by_hand,
    case,
    case_acts,
    case_point_acts,
    changes,
    files,
    graph_push,
    login,
    looks,
    meeting_list,
    meetings,
    openings,
    overview,
    paper,
    people,
    people_list,
    post_list,
    public_pages,
    question,
    register,
    review,
    routing,
    rules,
    security,
    series,
    sessions,
    times,
    undo,
    upkeep,
)
from bot.pages.desk import Answer, Ask, Desk, Plain
from bot.pages.serving import DESK, FEW, MOST_BYTES, SLOW, WRITER, Handler, get, missing, post, public, seldom

_HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

# A sandboxed frame is no origin's, not even ours: its style is given to whoever asks.
_FRAMED = {"letter.css": {"Cross-Origin-Resource-Policy": "cross-origin"}}

__all__ = ["Desk", "make_app"]


def make_app(desk: Desk) -> web.Application:
    """Build the application. Run it without an access log: a login link's token stands in its address."""
    app = web.Application(client_max_size=MOST_BYTES)
    app[DESK] = desk
    app[FEW] = asyncio.Semaphore(2)
    statics = {path.name: path.read_bytes() for path in sorted((_HERE / "static").iterdir()) if path.suffix in _TYPES}
    app[WRITER] = _writer(statics)
    # A provider of accounts that is slow holds these up, and no other page.
    app[SLOW] = ThreadPoolExecutor(4, "accounts")
    app.on_cleanup.append(_close)
    app.on_response_prepare.append(security.put_headers)
    app.add_routes(
        [
            web.get("/", get(register.home)),
            web.get("/diariet", get(register.show)),
            web.get("/diariet.{kind:csv|xlsx}", get(register.fetch)),
            web.get("/postlista.{kind:csv|xlsx}", get(post_list.fetch)),
            web.get("/arende/{id}", get(case.show)),
            web.get("/arende/{id}/oppnat", get(openings.show)),
            web.post("/arende/{id}/ratta", post(case.correct)),
            web.post("/arende/{id}/makulera", post(case.makulera)),
            web.post("/arende/{id}/sekretess", post(case.make_secret)),
            web.post("/arende/{id}/nummer", post(case.give_number)),
            web.post("/arende/{id}/tilldela", post(case_acts.assign)),
            web.post("/arende/{id}/beslut", post(case_acts.decide)),
            web.post("/arende/{id}/svar", post(case_acts.send_answer, upload=True)),
            web.post("/arende/{id}/vila", post(case_acts.rest)),
            web.post("/arende/{id}/avsluta", post(case_acts.close)),
            web.post("/arende/{id}/oppna", post(case_acts.reopen)),
            web.post("/arende/{id}/plan", post(case_acts.choose_plan)),
            web.post("/arende/{id}/stammer", post(case_acts.confirm)),
            web.post("/arende/{id}/punkt", post(case_point_acts.add)),
            web.post("/arende/{id}/punkt/{nr}/ratta", post(case_point_acts.reword)),
            web.post("/arende/{id}/punkt/{nr}/stryk", post(case_point_acts.strike)),
            web.post("/arende/{id}/punkt/{nr}/folj", post(case_point_acts.follow)),
            web.get("/oversikt", get(overview.show)),
            web.get("/franvaro", get(absence.show)),
            web.post("/franvaro", post(absence.put)),
            web.post("/franvaro/slut", post(absence.end)),
            web.post("/franvaro/lamna-over", post(absence.hand_over)),
            web.get("/moten", get(meetings.show)),
            web.get("/moten.{kind:csv|xlsx}", get(meetings.fetch)),
            web.post("/moten", post(meetings.add)),
            web.post("/moten/lista", post(meeting_list.preview, upload=True)),
            web.post("/moten/lista/in", post(meeting_list.enter)),
            web.post("/moten/{meeting}/flytta", post(meetings.move)),
            web.post("/moten/{meeting}/stall-in", post(meetings.cancel)),
            web.post("/moten/{meeting}/hall", post(meetings.restore)),
            web.get("/installningar", get(upkeep.home)),
            web.get("/installningar/personer", get(people.show)),
            web.post("/installningar/personer", post(people.add)),
            web.get("/installningar/personer.csv", get(people.export)),
            web.post("/installningar/personer/lista", post(people_list.preview, upload=True)),
            web.post("/installningar/personer/lista/in", post(people_list.enter)),
            *(web.get(f"{place}/andringar", get(changes.of(place))) for place in upkeep.HISTORY),
            web.post("/installningar/personer/{person}", post(people.rename)),
            web.post("/installningar/personer/{person}/roll", post(people.give)),
            web.post("/installningar/personer/{person}/roll/andra", post(people.change)),
            web.get("/installningar/fordelning", get(routing.show)),
            web.post("/installningar/fordelning", post(routing.add)),
            web.get("/installningar/fordelning.csv", get(routing.export)),
            web.post("/installningar/fordelning/prova", post(routing.try_out)),
            web.post("/installningar/fordelning/{place}", post(routing.change)),
            web.post("/installningar/fordelning/{place}/flytta", post(routing.move)),
            web.post("/installningar/fordelning/{place}/ta-bort", post(routing.remove)),
            web.get("/installningar/tider", get(times.show)),
            web.post("/installningar/tider/{choice}", post(times.change)),
            web.get("/installningar/nummerserier", get(series.show)),
            web.post("/installningar/nummerserier", post(series.change)),
            web.get("/installningar/nummerserier.csv", get(series.export)),
            web.get("/f/{token}", get(question.show, login=False)),
            web.get("/f/{token}/handling/{document}", get(question.paper, login=False)),
            web.post("/f/{token}", post(question.answer, login=False)),
            web.get("/angra/{notice}/{token}", get(undo.show, login=False)),
            web.post("/angra/{notice}/{token}", post(undo.take_back, login=False)),
            web.get("/granska", get(review.first)),
            web.get("/granska/{arrival}", get(review.show)),
            web.get("/granska/{arrival}/arenden", get(review.find)),
            web.post("/granska/{arrival}/stammer", post(acts.confirm)),
            web.post("/granska/{arrival}/lagg-till", post(acts.join)),
            web.post("/granska/{arrival}/flytta", post(acts.move)),
            web.post("/granska/{arrival}/dela", post(acts.split)),
            web.post("/granska/{arrival}/sekretess", post(acts.secret)),
            web.post("/granska/{arrival}/registrera-inte", post(acts.not_to_be_registered)),
            web.post("/granska/{arrival}/beslut", post(acts.decide)),
            web.post("/granska/{arrival}/angra", post(acts.undo)),
            web.get("/regler", get(rules.show)),
            web.post("/regler/{rule}/godta", post(rules.accept)),
            web.post("/regler/{rule}/avboj", post(rules.decline)),
            web.post("/regler/{rule}/avsluta", post(rules.retire)),
            web.post("/regler/{rule}/behall", post(rules.keep)),
            web.get("/registrera", get(by_hand.show)),
            web.post("/registrera", post(by_hand.register, upload=True)),
            web.get("/dokument/{document}", get(files.document)),
            web.get("/handling/{document}", get(paper.show)),
            web.post("/handling/{document}/ratta", post(paper.correct)),
            web.post("/handling/{document}/stryk", post(paper.strike)),
            web.post("/handling/{document}/flytta", post(paper.move)),
            web.get("/dokument/{document}/sida/{page}.png", seldom(looks.document_page)),
            web.get("/brev/{arrival}/original", get(files.original)),
            web.get("/brev/{arrival}/html", seldom(looks.frame)),
            web.get("/brev/{arrival}/bilaga/{number}/sida/{page}.png", seldom(looks.letter_page)),
            web.get("/in", get(login.show, login=False)),
            web.post("/in", post(login.ask_for_link, login=False)),
            web.get("/in/{token}", get(login.show_link, login=False)),
            web.post("/in/{token}", post(login.use_link, login=False)),
            web.post("/konto", post(account.begin, login=False, slow=True)),
            web.get(ANSWERS, get(account.finish, login=False, slow=True)),
            web.post("/konto/kod", post(account.mail_code, login=False)),
            web.post("/konto/koppla", post(account.prove, login=False)),
            web.get("/sessioner", get(sessions.show)),
            web.post("/sessioner", post(sessions.end)),
            web.post("/ut", post(login.leave)),
            web.get("/diarium/{namnd:[a-z0-9-]+}", public(public_pages.show)),
            web.get("/diarium/{namnd:[a-z0-9-]+}.csv", public(public_pages.fetch)),
            web.get("/diarium/{namnd:[a-z0-9-]+}/postlista", public(public_pages.post_list)),
            web.get("/diarium/{namnd:[a-z0-9-]+}/postlista.csv", public(public_pages.fetch_post)),
            web.get("/halsa", get(health, login=False)),
            web.post(graph_push.PATH, graph_push.receive),
            web.get("/static/{name}", _static(statics)),
            web.route("*", "/{rest:.*}", missing),
        ]
    )
    return app


async def _close(app: web.Application) -> None:
    app[SLOW].shutdown(wait=False, cancel_futures=True)


def health(ask: Ask) -> Answer:
    """Answer that the database answers."""
    with ask.desk.store.look() as book:
        book.all_series()
    return Plain("ok")


def _writer(statics: Mapping[str, bytes]) -> jinja2.Environment:
    writer = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    writer.globals["version"] = hashlib.sha256(b"".join(statics.values())).hexdigest()[:12]
    return writer


def _static(statics: Mapping[str, bytes]) -> Handler:
    # Pages are sent as they are: they hold tokens, which compression would let others guess (BREACH).
    packed = {name: gzip.compress(data, mtime=0) for name, data in statics.items()}

    async def serve(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        data = statics.get(name)
        if data is None:
            return await missing(request)
        # The address changes with the content, so a browser may keep it.
        headers = {"Cache-Control": "public, max-age=604800", "Vary": "Accept-Encoding"} | _FRAMED.get(name, {})
        if _takes_gzip(request.headers.get("Accept-Encoding", "")):
            data, headers["Content-Encoding"] = packed[name], "gzip"
        return web.Response(body=data, content_type=_TYPES[Path(name).suffix], charset="utf-8", headers=headers)

    return serve


def _takes_gzip(accepts: str) -> bool:
    """Say whether an Accept-Encoding takes gzip; what it does not name it does not.

    >>> _takes_gzip("br, gzip"), _takes_gzip("gzip;q=0"), _takes_gzip("")
    (True, False, False)
    """
    said = {
        name.strip().lower(): weight.strip() for name, _, weight in (one.partition(";") for one in accepts.split(","))
    }
    return "gzip" in said and not re.fullmatch(r"q\s*=\s*0(\.0*)?", said["gzip"])
