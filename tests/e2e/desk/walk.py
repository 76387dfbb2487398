"""Which addresses the walk goes to: every one that the pages answer, with what fits in it.

A new page without a number in its address is walked by itself. What fits in a new kind of address is a line in `values`;
an address with a query worth seeing is a line in `VARIANTS`; a form that is sent wrong is a line in `MISTAKES`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from aiohttp import web

from bot.pages.app import make_app
from bot.pages.desk import Desk
from storage.records import CaseFilter
from storage.store import Store

# Not pages: what machines ask for, and what belongs to other pages.
_NOT_PAGES = ("/static/{name}", "/halsa")
_NOWHERE = "999999"

VARIANTS: tuple[str, ...] = (
    "/diariet?vy=alla",
    "/diariet?vy=alla&q=motion",
    "/diariet?vy=alla&q=finns-inte-alls",
    "/diariet?vy=sena",
    "/diariet?vy=ingen",
    "/diariet?vy=andra",
    "/diariet?vy=post",
    "/moten?andra={meeting}",
    "/granska/{review}?sok=motion",
    "/granska/{review}?sok=finns-inte-alls",
)


@dataclass(frozen=True)
class Mistake:
    """A form that is sent wrong: by whom, where it stands, which, with what, and the status that answers."""

    who: str
    page: str
    form: str
    values: Mapping[str, str] = field(default_factory=dict)
    status: int = 422


MISTAKES: tuple[Mistake, ...] = (
    Mistake("registrator", "/registrera", 'form[action="/registrera"]', {"title": "", "dag": "", "deadline": ""}),
    Mistake("chef", "/franvaro", 'form[action="/franvaro"]', {"fran": "2026-12-24", "till": "2026-12-01"}),
    Mistake("chef", "/franvaro", 'form[action="/franvaro/lamna-over"]'),
    Mistake("registrator", "/moten", 'form[action="/moten"]', {"dag": "1926-01-01"}),
    Mistake("registrator", "/moten?andra={meeting}", 'form[action$="/flytta"]', {"dag": "1926-01-01"}),
    Mistake("registrator", "/arende/{open}", 'form[action$="/makulera"]'),
    Mistake("registrator", "/arende/{open}", 'form[action$="/ratta"]'),
    Mistake("registrator", "/arende/{open}", 'form[action$="/beslut"]'),
    Mistake("registrator", "/arende/{open}", 'form[action$="/avsluta"]'),
    Mistake("registrator", "/granska/{review}", 'form[action$="/registrera-inte"]'),
    Mistake("sekretess", "/granska/{secret}", 'form[action$="/beslut"]'),
    Mistake("ingen", "{lage}", "form:has([name=dag])", {"dag": "1926-01-01"}),
)


def routes() -> list[str]:
    """Return every address that the pages answer when they are asked to show something."""
    # The application is only read: nothing is asked of the desk.
    app = make_app(cast(Desk, None))
    found = {
        r.resource.canonical
        for r in app.router.routes()
        if r.method == "GET" and r.resource and isinstance(r, web.AbstractRoute)
    }
    return sorted(found - set(_NOT_PAGES))


def addresses(values: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Give a name for each address to look at, and the address."""
    for route in routes():
        names = re.findall(r"\{([^}]+)\}", route)
        key = route if route in values else (names[0] if names else "")
        if not names:
            yield _named(route), route
        elif len(names) == 1 or route in values:
            assert key in values, f"{route}: say in walk.values what fits in it"
            for number, value in enumerate(values[key]):
                path = value if value.startswith("/") else route.replace(f"{{{names[0]}}}", value)
                yield f"{_named(route)}-{number}", path
        else:
            raise AssertionError(f"{route}: say in walk.values what fits in it")
    singles = {name: found[0] for name, found in values.items() if found}
    for number, variant in enumerate(VARIANTS):
        yield f"variant-{number}-{_named(variant)}", variant.format_map(singles)


def _named(route: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", route.lower()).strip("-") or "start"


def values(store: Store, links: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what fits in addresses: by the name of the place in the address, or by the whole address."""
    namnder = ("sn", "bun")
    with store.look() as book:
        cases = [r.case for r in book.cases(CaseFilter(namnder=namnder, include_secret=True, limit=500))]
        letters = book.arrivals(namnder)
        meetings = [m for m in book.meetings(namnder) if m.namnd == "sn" and m.day.year == 2026]
        rules = book.learned_rules(namnder)
        papers = [d for c in cases if not c.secret for d in book.documents(c.id)]
    by_case = {(c.namnd, c.state, c.secret, c.handlaggare_id is None): str(c.id) for c in cases}
    by_letter = {(a.namnd, a.state, bool(a.questions)): str(a.id) for a in letters}
    review = [str(a.id) for a in letters if a.namnd == "sn" and a.state == "review"]
    return {
        "id": [*by_case.values(), _NOWHERE],
        "arrival": [*by_letter.values(), _NOWHERE],
        "document": [str(papers[0].id), _NOWHERE],
        "meeting": [str(meetings[-1].id)],
        "rule": [str(rules[0].id)],
        "token": ["not-a-token"],
        "rest": ["finns-inte"],
        "/f/{token}": [*(v for v in links.values() if v.startswith("/f/")), "/f/not-a-token"],
        "/f/{token}/handling/{document}": [f"/f/not-a-token/handling/{papers[0].id}"],
        "/angra/{notice}/{token}": [links["undo"], "/angra/1/not-a-token"],
        "/in/{token}": [links["login"], "/in/not-a-token"],
        # For the variants and mistakes.
        "open": [next(str(c.id) for c in cases if c.namnd == "sn" and c.state == "open" and not c.secret)],
        "review": review,
        "secret": [str(a.id) for a in letters if a.namnd == "sn" and a.state == "secret"],
        "lage": [links["lage"]] if "lage" in links else [],
    }


def is_missing(html: str) -> bool:
    """Say whether this is the page for what does not exist."""
    return "Sidan finns inte, eller så får du inte se den." in html
