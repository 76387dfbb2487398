"""Every address of the pages, with what fits in it: a new page without a number in its address comes by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from bot.pages.app import make_app
from bot.pages.desk import Desk
from storage.records import CaseFilter
from storage.store import Store

NOWHERE = "999999"
# Not pages: what machines ask for, and what belongs to other pages.
NOT_PAGES = ("/static/{name}", "/halsa")
Values = Mapping[str, list[str]]


def routes(method: str) -> list[str]:
    """Return every address that answers a method."""
    # The application is only read: nothing is asked of the desk.
    app = make_app(cast(Desk, None))
    found = {r.resource.canonical for r in app.router.routes() if r.method == method and r.resource}
    return sorted(found - set(NOT_PAGES))


def addresses(values: Values, *, method: str = "GET") -> Iterator[tuple[str, str]]:
    """Give each address as the application names it, with every value that fits, and as it is asked for.

    values: by the name of the one place in the address, or by the whole address where there are several or others fit.
    """
    for route in routes(method):
        names = re.findall(r"\{([^}:]+)[^}]*\}", route)
        if route in values:
            yield from ((route, path) for path in values[route])
        elif not names:
            yield route, route
        else:
            assert len(names) == 1, f"{route}: say in pages_routes.fitting what fits in it"
            assert names[0] in values, f"{route}: say in pages_routes.fitting what fits in it"
            yield from ((route, re.sub(r"\{[^}]+\}", value, route)) for value in values[names[0]])


def fitting(store: Store, namnder: tuple[str, ...], links: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what fits in addresses: one of each kind that the register holds, and what is not there."""
    with store.look() as book:
        cases = [r.case for r in book.cases(CaseFilter(namnder=namnder, include_secret=True, limit=500))]
        letters = book.arrivals(namnder)
        meetings = book.meetings(namnder)
        rules = book.learned_rules(namnder)
        papers = [d.id for c in cases for d in book.documents(c.id)]
    by_case = {(c.namnd, c.state, c.secret, c.handlaggare_id is None): str(c.id) for c in reversed(cases)}
    by_letter = {(a.namnd, a.state, bool(a.questions)): str(a.id) for a in letters}
    asked = [path for path in links.values() if path.startswith("/f/")]
    return {
        "id": [*by_case.values(), NOWHERE],
        "arrival": [*by_letter.values(), NOWHERE],
        "document": [*(str(d) for d in papers[:1]), NOWHERE],
        "meeting": [*(str(m.id) for m in meetings[-1:]), NOWHERE],
        "rule": [*(str(r.id) for r in rules[:1]), NOWHERE],
        "kind": ["csv", "xlsx"],
        "namnd": [*namnder, "finns-inte"],
        "/brev/{arrival}/bilaga/{number}/sida/{page}.png": [f"/brev/{a.id}/bilaga/1/sida/1.png" for a in letters[:5]],
        "/dokument/{document}/sida/{page}.png": [f"/dokument/{d}/sida/1.png" for d in papers[:3]],
        "rest": ["finns-inte"],
        "/{rest}": ["/finns-inte"],
        "/f/{token}": [*asked, "/f/not-a-token"],
        "/f/{token}/handling/{document}": [f"{path}/handling/{d}" for path in asked for d in papers[:2]],
        "/angra/{notice}/{token}": [*(links[k] for k in ("undo",) if k in links), "/angra/1/not-a-token"],
        "/in/{token}": [*(links[k] for k in ("login",) if k in links), "/in/not-a-token"],
    }
