"""Which addresses the walk goes to: every one that the pages answer, with what fits in it.

A new page without a number in its address is walked by itself. What fits in a new kind of address is a line in
`tests/bot/pages_routes.fitting`; an address with a query worth seeing is a line in `VARIANTS`; a form that is sent wrong
is a line in `MISTAKES`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from storage.records import CaseFilter
from storage.store import Store
from tests.bot import pages_routes

# Parts of a page that a page asks for itself.
PARTS = ("/granska/{arrival}/arenden",)
VARIANTS: tuple[str, ...] = (
    "/diariet?vy=alla",
    "/diariet?vy=alla&q=motion",
    "/diariet?vy=alla&q=finns-inte-alls",
    "/diariet?vy=sena",
    "/diariet?vy=ingen",
    "/diariet?vy=andra",
    "/diariet?vy=post",
    "/moten?andra={next}",
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
    Mistake("registrator", "/moten?andra={next}", 'form[action$="/flytta"]', {"dag": "1926-01-01"}),
    Mistake("registrator", "/arende/{open}", 'form[action$="/makulera"]'),
    Mistake("registrator", "/arende/{open}", 'form[action$="/ratta"]'),
    Mistake("registrator", "/arende/{open}", 'form[action$="/beslut"]'),
    Mistake("registrator", "/arende/{open}", 'form[action$="/avsluta"]'),
    Mistake("registrator", "/granska/{review}", 'form[action$="/registrera-inte"]'),
    Mistake("sekretess", "/granska/{secret}", 'form[action$="/beslut"]'),
    Mistake("ingen", "{chef}", "form:has([name=text])"),
)


def addresses(values: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Give a name for each address to look at, and the address."""
    counts: Counter[str] = Counter()
    for route, path in pages_routes.addresses(values):
        if route in PARTS:
            continue
        counts[route] += 1
        yield f"{_named(route)}-{counts[route]}", path
    for variant in VARIANTS:
        yield (
            f"variant-{_named(variant)}",
            variant.format_map({name: found[0] for name, found in values.items() if found}),
        )


def _named(route: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", route.lower()).strip("-") or "start"


def values(store: Store, links: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what fits in addresses, in variants and in mistakes."""
    found = pages_routes.fitting(store, ("sn", "bun"), links)
    with store.look() as book:
        letters = book.arrivals(("sn",))
        cases = [r.case for r in book.cases(CaseFilter(namnder=("sn",), states=("open",)))]
        ahead = [m for m in book.meetings(("sn",)) if m.namnd == "sn" and m.day.year == 2026]
    return found | {
        "open": [str(c.id) for c in cases],
        "review": [str(a.id) for a in letters if a.state == "review"],
        "secret": [str(a.id) for a in letters if a.state == "secret"],
        "next": [str(ahead[-1].id)],
        "chef": [links["chef"]],
    }


def is_missing(html: str) -> bool:
    """Say whether this is the page for what does not exist."""
    return "Sidan finns inte, eller så får du inte se den." in html
