"""The web application: its addresses, each beside the page that answers it."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import jinja2
from aiohttp import web

from bot.pages import (
    absence,
    acts,
    by_hand,
    case,
    case_acts,
    files,
    graph_push,
    login,
    meeting_list,
    meetings,
    overview,
    question,
    register,
    review,
    rules,
    security,
    undo,
)
from bot.pages.desk import Answer, Ask, Desk, Plain
from bot.pages.serving import DESK, MOST_BYTES, WRITER, Handler, get, missing, post

_HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

__all__ = ["Desk", "make_app"]


def make_app(desk: Desk) -> web.Application:
    """Build the application. Run it without an access log: a login link's token stands in its address."""
    app = web.Application(client_max_size=MOST_BYTES)
    app[DESK] = desk
    statics = {path.name: path.read_bytes() for path in sorted((_HERE / "static").iterdir()) if path.suffix in _TYPES}
    app[WRITER] = _writer(statics)
    app.on_response_prepare.append(security.put_headers)
    app.add_routes(
        [
            web.get("/", get(register.home)),
            web.get("/diariet", get(register.show)),
            web.get("/arende/{id}", get(case.show)),
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
            web.get("/oversikt", get(overview.show)),
            web.get("/franvaro", get(absence.show)),
            web.post("/franvaro", post(absence.put)),
            web.post("/franvaro/slut", post(absence.end)),
            web.post("/franvaro/lamna-over", post(absence.hand_over)),
            web.get("/moten", get(meetings.show)),
            web.post("/moten", post(meetings.add)),
            web.post("/moten/lista", post(meeting_list.preview, upload=True)),
            web.post("/moten/lista/in", post(meeting_list.enter)),
            web.post("/moten/{meeting}/flytta", post(meetings.move)),
            web.post("/moten/{meeting}/stall-in", post(meetings.cancel)),
            web.post("/moten/{meeting}/hall", post(meetings.restore)),
            web.get("/f/{token}", get(question.show, login=False)),
            web.get("/f/{token}/handling/{document}", get(question.paper, login=False)),
            web.post("/f/{token}", post(question.answer, login=False)),
            web.get("/angra/{notice}/{token}", get(undo.show, login=False)),
            web.post("/angra/{notice}/{token}", post(undo.take_back, login=False)),
            web.get("/granska", get(review.first)),
            web.get("/granska/{arrival}", get(review.show)),
            web.post("/granska/{arrival}/stammer", post(acts.confirm)),
            web.post("/granska/{arrival}/lagg-till", post(acts.join)),
            web.post("/granska/{arrival}/sekretess", post(acts.secret)),
            web.post("/granska/{arrival}/registrera-inte", post(acts.not_to_be_registered)),
            web.post("/granska/{arrival}/beslut", post(acts.decide)),
            web.get("/regler", get(rules.show)),
            web.post("/regler/{rule}/godta", post(rules.accept)),
            web.post("/regler/{rule}/avboj", post(rules.decline)),
            web.post("/regler/{rule}/avsluta", post(rules.retire)),
            web.post("/regler/{rule}/behall", post(rules.keep)),
            web.get("/registrera", get(by_hand.show)),
            web.post("/registrera", post(by_hand.register, upload=True)),
            web.get("/dokument/{document}", get(files.document)),
            web.get("/brev/{arrival}/original", get(files.original)),
            web.get("/in", get(login.show, login=False)),
            web.post("/in", post(login.ask_for_link, login=False)),
            web.get("/in/{token}", get(login.show_link, login=False)),
            web.post("/in/{token}", post(login.use_link, login=False)),
            web.post("/ut", post(login.leave)),
            web.get("/halsa", get(health, login=False)),
            web.post(graph_push.PATH, graph_push.receive),
            web.get("/static/{name}", _static(statics)),
            web.route("*", "/{rest:.*}", missing),
        ]
    )
    return app


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
        headers = {"Cache-Control": "public, max-age=604800", "Vary": "Accept-Encoding"}
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
