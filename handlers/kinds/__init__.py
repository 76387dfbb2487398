"""One file per matter; their order here is the order in which lists and menus show them."""

from __future__ import annotations

from handlers.kinds import (
    interpellation,
    medborgarforslag,
    motion,
    namndinitiativ,
    other,
    protokollsutdrag,
    remiss,
    revision,
)
from handlers.kinds.kind import Kind

KINDS: tuple[Kind, ...] = (
    motion.KIND,
    medborgarforslag.KIND,
    remiss.KIND,
    revision.KIND,
    revision.REVISIONSGRANSKNING,
    revision.REVISIONSFORFRAGAN,
    namndinitiativ.KIND,
    interpellation.KIND,
    protokollsutdrag.KIND,
    other.KVALITETSGRANSKNING,
    other.SVAR,
    other.TJANSTESKRIVELSE,
    other.KALLELSE,
    other.UTLAMNANDE,
    other.SYNPUNKT,
    other.KALENDER,
    other.AUTOSVAR,
    other.STUDS,
    other.NYHETSBREV,
    other.SKRAP,
    other.OROSANMALAN,
    other.KIND,
)
_BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(name: str | None) -> Kind:
    """Return the kind with that name; what nobody knows is Övrigt."""
    return _BY_NAME.get(name or "other", other.KIND)


def label(kind: str, matter: str | None) -> str:
    """Return what a letter or case is, for people.

    >>> label("remiss", "motion"), label("motion", "motion"), label("protokollsutdrag", "revision")
    ('Begäran om yttrande över motion', 'Motion', 'Protokollsutdrag')
    """
    what, about = kind_of(kind), kind_of(matter) if matter else None
    if about and what.name == "remiss" and about.over:
        return f"{what.label} över {about.over}"
    return what.label
