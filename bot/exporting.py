"""The command `namndbot export`: opens what it needs, lets the case be written out, and says what was done."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot import case_export, export_words, wiring
from bot.case_export import Wish
from bot.settings import Settings
from handlers.errors import Refused
from handlers.ports import Clock

HELP = "skriv ut ett ärende för att lämna över det, eller för att lämna ut det (allmän handling)"
EXAMPLE = (
    "  namndbot export 'SN 2026-12'                         allt, i SN-2026-12.zip\n"
    "  namndbot export 'SN 2026-12' arkiv/sn-2026-12        i en ny mapp\n"
    "  namndbot export 'SN 2026-12' ut.zip --utlamnande     enskilda täckta, ett förslag att pröva\n"
    "  namndbot export A-17                                 ärendet som brevet A-17 hör till"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be typed after `namndbot export`."""
    parser.add_argument("dnr", metavar="DNR", help="diarienumret, hur det än är skrivet, eller ett brevs id")
    parser.add_argument(
        "target", nargs="?", metavar="MAPP|FIL.zip", help="en ny mapp eller zip-fil; skrivs aldrig över"
    )
    parser.add_argument("--namnd", metavar="NYCKEL", help="nämnden, om två har samma nummer")
    parser.add_argument("--utlamnande", action="store_true", help="täck det som kan gälla enskilda")
    parser.add_argument("--sekretess", action="store_true", help="också det som är hemligt; utlämnas aldrig i klartext")


def run(args: argparse.Namespace, found: Settings, *, clock: Clock, actor: str) -> str:
    """Write the case out; return what to say."""
    namnder = {n.key: n for n in found.namnder if args.namnd in (None, n.key)}
    if not namnder:
        raise Refused(f"Nämnden {args.namnd} finns inte. Välj {', '.join(n.key for n in found.namnder)}.")
    wish = Wish(args.dnr, Path(args.target) if args.target else None, release=args.utlamnande, secret=args.sekretess)
    store = wiring.open_store(found)
    try:
        with wiring.page_readers(found) as reader:
            raw = wiring.raw_letters(found, store)
            made = case_export.export(store, raw, reader, namnder, wish, now=clock.now(), actor=actor)
    finally:
        store.close()
    return export_words.done(made, release=wish.release)
