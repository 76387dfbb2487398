"""The commands; each a few lines that call a handler."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import getpass
import io
import logging
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot import (
    checking,
    corrected_letters,
    doctor,
    exporting,
    founding,
    learned,
    logins,
    meetings,
    reading_json,
    report,
    settings,
    sheets,
    staff,
    teams_package,
    terminal,
    wiring,
)
from bot.clock import RealClock
from bot.post import context_of
from bot.readers import ReaderBroken, ReaderClosed
from handlers import (
    calendars,
    choice_lists,
    corrections,
    gates,
    importing,
    lists,
    meeting_lists,
    recovering,
    replaying,
    verifying,
)
from handlers.errors import Refused
from handlers.notices.inloggning import new_link
from handlers.reading.reading import Context, Reading
from handlers.rules import numbering
from storage.errors import StorageError
from storage.records import CaseFilter, CaseState, Meeting, Namnd
from storage.store import Book

OK, FAULTS, USAGE, SETTINGS, STORAGE = 0, 1, 2, 3, 4
_CODES = """\
Svarskoder: 0 allt gick bra, 1 något är fel i det som kontrollerades, 2 kommandot är felskrivet,
3 inställningarna går inte att använda, 4 databasen eller disken går inte att använda."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    terminal.speak_swedish()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without å, ä and ö must not end the command
    args = _parser().parse_args(argv)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if args.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    # Alembic tells of each migration; nobody asked.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        return int(args.do(args))
    except settings.BadSettings as error:
        return _say_error("\n".join(str(f) for f in error.faults), SETTINGS)
    except StorageError as error:
        return _say_error(str(error), STORAGE)
    except (Refused, ReaderBroken, OSError) as error:
        return _say_error(_plain(error), FAULTS)
    except (KeyboardInterrupt, ReaderClosed):
        return _say_error("Avbrutet.", FAULTS)


def _plain(error: Exception) -> str:
    if isinstance(error, OSError):
        where = f"Filen {error.filename}" if error.filename else "Det"
        return f"{where} går inte att öppna eller skriva ({error.strerror})."
    return str(error)


def _say_error(text: str, code: int) -> int:
    print(text, file=sys.stderr, flush=True)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = terminal.Parser(
        prog="namndbot",
        description="Nämndbot registrerar en nämnds post, och varnar innan tiden går ut.",
        epilog=_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared = terminal.Parser(add_help=False)
    shared.add_argument(
        "--settings", metavar="FIL", help="inställningsfilen (annars NAMNDBOT_SETTINGS eller namndbot.toml)"
    )
    shared.add_argument("--verbose", action="store_true", help="berätta vad som händer, en rad per sak")
    commands = parser.add_subparsers(title="kommandon", metavar="KOMMANDO", required=True, parser_class=terminal.Parser)

    def add(name: str, do: object, text: str, example: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=f"Exempel:\n{example}\n\n{_CODES}",
            parents=[shared],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(do=do)
        return made

    run = add(
        "run",
        _run,
        "starta boten",
        "  namndbot run\n  namndbot run --once      gör en runda och sluta\n  namndbot run --dry       visa vad den skulle göra, och gör det inte",
    )
    run.add_argument("--once", action="store_true", help="gör en runda genom brevlådorna och sluta")
    run.add_argument(
        "--dry", action="store_true", help="visa vad boten skulle göra med de senaste 30 dagarnas brev; gör inget"
    )
    run.add_argument("--example", action="store_true", help="lägg upp en påhittad kommun i var/ om ingen finns")

    init = add(
        "init",
        _init,
        "skapa inställningar och databas",
        "  namndbot init --organisation 'Ekeby kommun' \\\n    --namnd sn 'Socialnämnden' socialnamnden@ekeby.se",
    )
    init.add_argument("--organisation", default="Ekeby kommun", metavar="NAMN", help="kommunens namn")
    init.add_argument(
        "--namnd",
        nargs=3,
        action="append",
        metavar=("NYCKEL", "NAMN", "ADRESS"),
        help="en nämnd; kan anges flera gånger",
    )
    init.add_argument("--people", metavar="FIL.csv", help="personer och roller att läsa in")
    init.add_argument("--series", metavar="FIL.csv", help="nummerserier att läsa in")
    init.add_argument("--example", action="store_true", help="en påhittad kommun med brev att prova på")

    add("check", _check, "kontrollera inställningarna och säg vad som är fel", "  namndbot check")

    doctor_ = add(
        "doctor",
        _doctor,
        "pröva allt som inställningarna nämner och säg vad som är fel",
        "  namndbot doctor\n  namndbot doctor --no-letter      skicka inget provbrev",
    )
    doctor_.add_argument("--no-letter", action="store_true", help="skicka inget provbrev till brevlådan")

    read = add(
        "read", _read, "läs brev utan att registrera något", "  namndbot read brev.eml\n  namndbot read --json *.eml"
    )
    read.add_argument("files", nargs="+", metavar="FIL", help="brev som .eml eller .msg")
    read.add_argument("--json", action="store_true", help="ett JSON-objekt per rad, för program")
    read.add_argument("--reveal", action="store_true", help="visa också brev som kan vara hemliga")
    read.add_argument("--namnd", metavar="NYCKEL", help="läs som den nämnden")

    listing = add("list", _list, "visa diariet", "  namndbot list\n  namndbot list --namnd sn trygghetslarm")
    listing.add_argument("words", nargs="*", metavar="ORD", help="ord ur nummer, titel eller avsändare")
    listing.add_argument("--namnd", metavar="NYCKEL", help="bara den nämnden")
    listing.add_argument("--all", action="store_true", help="också avslutade och makulerade")

    show = add("show", _show, "visa ett ärende", "  namndbot show 'SN 2026-12'")
    show.add_argument("dnr", metavar="DNR", help="diarienumret, hur det än är skrivet")

    exporting.add_arguments(add("export", _export, exporting.HELP, exporting.EXAMPLE))

    teams_package.add_arguments(add("teams", _teams, teams_package.HELP, teams_package.EXAMPLE))

    replay = add(
        "replay", _replay, "läs ett sparat brev igen och visa skillnaden; ändrar inget", "  namndbot replay A-17"
    )
    replay.add_argument("id", metavar="ID", help="brevets id, till exempel A-17")

    add("verify", _verify, "kontrollera journalen, originalen och numren", "  namndbot verify")
    add(
        "recover",
        _recover,
        "hoppa över nummer som gått förlorade när en gammal kopia lästs tillbaka",
        "  namndbot recover",
    )

    add(
        "index", _index, "bygg sökningens register på nytt, om en sökning inte hittar vad den borde", "  namndbot index"
    )

    add("demo", _demo, "visa en påhittad motions tretton månader på några sekunder", "  namndbot demo")

    login = add(
        "login", _login, "skriv ut en länk som loggar in en person en gång", "  namndbot login ylva.hedlund@ekeby.se"
    )
    login.add_argument("email", metavar="E-POST")

    logins.add_sessions(add("sessions", _sessions, logins.SESSIONS, logins.SESSIONS_EXAMPLE))
    logins.add_openings(add("openings", _openings, logins.OPENINGS, logins.OPENINGS_EXAMPLE))

    cases = add(
        "cases",
        _cases,
        "läs in de ärenden som nämnden redan har; utan --go visas bara vad som skulle hända",
        "  namndbot cases import arenden.csv\n  namndbot cases import arenden.xlsx --go\n\n"
        f"Första raden:\n  {';'.join(importing.COLUMNS)}",
    )
    cases.add_argument("act", choices=("import",), metavar="import")
    cases.add_argument("file", metavar="FIL", help="listan som .csv eller .xlsx")
    cases.add_argument("--go", action="store_true", help="för in dem: alla rader eller ingen")

    meets = add(
        "meetings",
        _meetings,
        "läs in eller skriv ut organens möten; utan --go visas bara vad som skulle hända",
        "  namndbot meetings import moten-2027.csv\n  namndbot meetings import kalender.ics --namnd sn --go\n"
        "  namndbot meetings export > moten.csv\n  namndbot meetings export moten.ics\n\n"
        f"Första raden i en lista:\n  {';'.join(meeting_lists.COLUMNS)}",
    )
    meets.add_argument("act", choices=("import", "export"), metavar="import|export")
    meets.add_argument("file", nargs="?", metavar="FIL", help="en lista (.csv, .xlsx) eller en kalender (.ics)")
    meets.add_argument("--namnd", metavar="NYCKEL", help="nämnden vars möten det är, när filen inte säger det")
    meets.add_argument("--replace", action="store_true", help="ställ in möten framåt som listan inte nämner")
    meets.add_argument("--go", action="store_true", help="för in dem: alla eller inget")

    kept = add(
        "corrections",
        _corrections,
        "visa vad registratorer har rättat, eller skriv ut breven utan personuppgifter för att mäta nästa version",
        "  namndbot corrections list\n  namndbot corrections export rattade/",
    )
    kept.add_argument("act", choices=("list", "export"), metavar="list|export")
    kept.add_argument("folder", nargs="?", metavar="MAPP", help="en tom mapp, eller en som inte finns")
    kept.add_argument("--namnd", metavar="NYCKEL", help="bara den nämnden")

    rules = add("rules", _rules, "visa de regler som rättelser har lett till", "  namndbot rules")
    rules.add_argument("--namnd", metavar="NYCKEL", help="bara den nämnden")

    away = add(
        "absence",
        lambda a: staff.absent(a, _actor()),
        "anteckna att någon är borta, och vem som svarar",
        "  namndbot absence karin.odman@ekeby.se 2026-12-20 2027-01-07 --substitute anders.wikstrom@ekeby.se\n"
        "  namndbot absence karin.odman@ekeby.se      visa när Karin är borta",
    )
    away.add_argument("person", metavar="E-POST")
    away.add_argument("first", nargs="?", metavar="FÖRSTA", help="första dagen, ÅÅÅÅ-MM-DD")
    away.add_argument("last", nargs="?", metavar="SISTA", help="sista dagen")
    away.add_argument("--substitute", metavar="E-POST", help="vem som svarar under tiden")

    leave = add(
        "leave",
        lambda a: staff.leave(a, _actor()),
        "lämna över alla öppna ärenden från den som slutar till någon annan",
        "  namndbot leave karin.odman@ekeby.se --to jonas.berg@ekeby.se --last-day 2026-12-31",
    )
    leave.add_argument("person", metavar="E-POST", help="den som slutar")
    leave.add_argument("--to", required=True, metavar="E-POST", help="den som tar över")
    leave.add_argument("--last-day", metavar="DAG", help="sista dagen: då upphör rollerna i nämnden")
    leave.add_argument("--namnd", metavar="NYCKEL", help="bara den nämnden")

    for name, text in (
        ("people", "personer och roller"),
        ("series", "nummerserier"),
        ("routes", "regler för vem som föreslås som handläggare"),
        ("choices", "nämndernas val: mål, påminnelser, vem som frågas först"),
    ):
        group = add(
            name,
            _csv,
            f"läs in eller skriv ut {text} som CSV",
            f"  namndbot {name} export > {name}.csv\n  namndbot {name} import {name}.csv",
        )
        group.add_argument("act", choices=("import", "export"), metavar="import|export")
        group.add_argument("file", nargs="?", metavar="FIL.csv")
        group.set_defaults(what=name)
    return parser


def _settings(args: argparse.Namespace) -> settings.Settings:
    return settings.load(settings.find(args.settings))


def _actor() -> str:
    # Who changed the register from a command line stands in the journal; the account's name, as the system knows it.
    return f"kommandorad:{os.environ.get('SUDO_USER') or getpass.getuser()}"


def _run(args: argparse.Namespace) -> int:
    from bot import run, trial

    path = settings.find(args.settings)
    if args.example and not args.settings and not path.exists():
        path = Path("var/namndbot.toml")
        _found(path, "Ekeby kommun", founding.example_namnder(), example=True)
    found = settings.load(path)
    lock = run.only_one(found.lock_file) if found.on_sqlite else run.many()
    try:
        with lock:
            house = wiring.build(found)
            try:
                if args.dry:
                    report.say(trial.show(house))
                    return OK
                return asyncio.run(run.serve(house, once=args.once))
            finally:
                house.close()
    except run.AlreadyRunning as error:
        return _say_error(str(error), STORAGE)


def _init(args: argparse.Namespace) -> int:
    path = Path(args.settings) if args.settings else Path("var/namndbot.toml" if args.example else "namndbot.toml")
    if args.example:
        namnder, organisation = founding.example_namnder(), "Ekeby kommun"
    else:
        organisation = args.organisation
        namnder = [tuple(n) for n in args.namnd or [("sn", "Socialnämnden", "socialnamnden@ekeby.example")]]
    _found(path, organisation, namnder, example=args.example)
    for file, what in ((args.people, "people"), (args.series, "series")):
        if file:
            args.file, args.what, args.act, args.settings = file, what, "import", str(path)
            _csv(args)
    report.say(f"Kontrollera med: namndbot check --settings {path}")
    return OK


def _found(path: Path, organisation: str, namnder: list[tuple[str, str, str]], *, example: bool) -> None:
    new = not path.exists()
    if new:
        founding.write_settings(path, organisation, namnder)
        report.say(f"Skrev {path}.")
    found = settings.load(path)
    wiring.answer_keys(found)
    store = wiring.open_store(found)
    try:
        now = RealClock().now()
        if example and new:
            founding.seed_example(store, found, now=now)
            report.say(f"Lade upp {organisation} (påhittad) i {path.parent}/ med brev i brevlådorna.")
        else:
            for line in founding.seed(store, found, now=now):
                report.say(line)
            report.say("Databasen är klar. Läs in personer med: namndbot people import FIL.csv")
    finally:
        store.close()


def _check(args: argparse.Namespace) -> int:
    found = _settings(args)
    faults = checking.check(found, today=RealClock().now().date())
    for fault in faults:
        report.say(fault)
    if faults:
        return FAULTS
    for note in checking.notes(found, today=RealClock().now().date()):
        report.say(note)
    report.say(f"{found.file}: allt stämmer. {report.words_for(len(found.namnder), 'nämnd', 'nämnder')}.")
    return OK


def _doctor(args: argparse.Namespace) -> int:
    found = _settings(args)
    wrong = 0
    for finding in doctor.examine(found, RealClock(), letter=not args.no_letter):
        report.say(doctor.line(finding))
        wrong += finding.verdict == "fault"
    report.say(f"\n{report.words_for(wrong, 'fel', 'fel')}." if wrong else "\nAllt fungerar.")
    return FAULTS if wrong else OK


def _colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _read(args: argparse.Namespace) -> int:
    context = _context(args)
    raws = [Path(f).read_bytes() for f in args.files]
    with wiring.children_for(2, 60.0, 1024) as readers, ThreadPoolExecutor(2) as pool:
        readings: list[Reading] = [letter.reading for letter in pool.map(lambda raw: readers.read(raw, context), raws)]
    shown = reading_json.objects(args.files, readings, reveal=args.reveal)
    for data, reading in zip(shown, readings, strict=True):
        report.say(
            reading_json.as_line(data)
            if args.json
            else reading_json.for_people(data, reading, reveal=args.reveal, colours=_colours()) + "\n"
        )
    return OK


def _context(args: argparse.Namespace) -> Context:
    if not args.settings and not args.namnd:
        return Context()
    found = _settings(args)
    namnd = found.namnd(args.namnd) if args.namnd else found.namnder[0]
    if namnd is None:
        raise Refused(f"Nämnden {args.namnd} finns inte. Välj {', '.join(n.key for n in found.namnder)}.")
    return context_of(namnd, [])


def _list(args: argparse.Namespace) -> int:
    found = _settings(args)
    if args.namnd and found.namnd(args.namnd) is None:
        raise Refused(f"Nämnden {args.namnd} finns inte. Välj {', '.join(n.key for n in found.namnder)}.")
    states: tuple[CaseState, ...] = () if args.all else ("open", "waiting_dnr")
    which = CaseFilter(
        namnder=(args.namnd,) if args.namnd else tuple(n.key for n in found.namnder),
        states=states,
        words=" ".join(args.words),
        include_secret=True,
        limit=1000,
    )
    store = wiring.open_store(found)
    try:
        with store.look() as book:
            report.say(report.of_cases(book.cases(which), RealClock().now().date()))
    finally:
        store.close()
    return OK


def _show(args: argparse.Namespace) -> int:
    store = wiring.open_store(_settings(args))
    try:
        with store.look() as book:
            case = book.case_by_dnr(numbering.key(args.dnr))
            if case is None:
                raise Refused(f"Det finns inget ärende {args.dnr}. Se alla med: namndbot list")
            report.say(report.of_case(book, case))
    finally:
        store.close()
    return OK


def _export(args: argparse.Namespace) -> int:
    report.say(exporting.run(args, _settings(args), clock=RealClock(), actor=_actor()))
    return OK


def _teams(args: argparse.Namespace) -> int:
    report.say(teams_package.run(args, _settings(args)))
    return OK


def _replay(args: argparse.Namespace) -> int:
    found = _settings(args)
    number = args.id.upper().removeprefix("A-")
    if not number.isdecimal() or len(number) > 15:
        raise Refused(f"{args.id} är inte ett brev. Skriv till exempel A-17.")
    house = wiring.build(found)
    try:
        with house.store.look() as book:
            arrival = book.arrival(int(number))
            hushed = gates.is_hushed(book, arrival) or bool((arrival.reading or {}).get("secret"))
        if hushed:
            raise Refused(f"{arrival.label} är ett misstänkt individärende och läses inte om här.")
        before = Reading.from_json(arrival.reading or {})
        context = house.post[arrival.namnd].context()
        now = house.readers.read(house.raw.get(arrival.raw_sha256), context).reading
        with house.store.look() as book:
            now = corrections.ruled(book, arrival.namnd, now)  # as it would be if it came today
    finally:
        house.close()
    changed = replaying.differences(before, now if not now.secret else now.hidden())
    if not changed:
        report.say(f"{arrival.label} läses likadant nu.")
        return OK
    report.say(f"{arrival.label} läses annorlunda nu. Inget har ändrats.")
    for one in changed:
        report.say(f"  {one.field}\n    då: {terminal.clean(one.before)}\n    nu: {terminal.clean(one.now)}")
    return FAULTS


def _verify(args: argparse.Namespace) -> int:
    found = _settings(args)
    store = wiring.open_store(found)
    try:
        mark = store.high_water.read() if store.high_water else {}
        with store.look() as book:
            checked = verifying.verify(book, mark)
            kept = book.kept_hashes()
        # The originals are read outside the transaction: they may be many, and the bot goes on meanwhile.
        checked = verifying.with_letters(checked, kept, wiring.raw_letters(found, store))
    finally:
        store.close()
    for fault in checked.faults:
        report.say(fault)
    report.say(
        f"Gick igenom {checked.lines} rader i journalen, {checked.letters} original och {checked.numbers} diarienummer: "
        + (report.words_for(len(checked.faults), "fel", "fel") if checked.faults else "allt stämmer.")
    )
    return FAULTS if checked.faults else OK


def _index(args: argparse.Namespace) -> int:
    store = wiring.open_store(_settings(args))
    try:
        with store.book() as book:
            made = book.rebuild_search()
    finally:
        store.close()
    report.say(f"{report.words_for(made, 'ärende', 'ärenden')} går nu att söka bland.")
    return OK


def _recover(args: argparse.Namespace) -> int:
    found = _settings(args)
    store = wiring.open_store(found)
    try:
        mark = store.high_water.read() if store.high_water else {}
        with store.book() as book:
            made = recovering.skip_lost_numbers(
                book, mark, {n.key: n for n in found.namnder}, now=RealClock().now(), actor=_actor()
            )
    finally:
        store.close()
    report.say(
        f"{report.words_for(made, 'nummer', 'nummer')} är inskrivna som makulerade vid återläsning. Breven ligger kvar i "
        "brevlådans mappar: lägg tillbaka dem i inkorgen så registreras de på nytt."
        if made
        else "Inga nummer saknas. Inget har ändrats."
    )
    return OK


def _demo(args: argparse.Namespace) -> int:
    from bot import demo

    colours = _colours()
    return OK if demo.show(colours=colours) else FAULTS


def _login(args: argparse.Namespace) -> int:
    found = _settings(args)
    now = RealClock().now()
    store = wiring.open_store(found)
    try:
        with store.book() as book:
            person = book.person_by_email(args.email)
            if person is None or not book.roles(on=now.date(), person_id=person.id):
                raise Refused(f"{args.email} har ingen roll i dag. Se alla med: namndbot people export")
            report.say(new_link(book, person.id, found.url, now=now))
    finally:
        store.close()
    return OK


def _sessions(args: argparse.Namespace) -> int:
    report.say(logins.sessions(args, _settings(args), time=RealClock(), actor=_actor()))
    return OK


def _openings(args: argparse.Namespace) -> int:
    report.say(logins.opened(args, _settings(args)))
    return OK


def _csv(args: argparse.Namespace) -> int:
    found = _settings(args)
    now = RealClock().now()
    keys = [n.key for n in found.namnder]
    store = wiring.open_store(found)
    try:
        if args.act == "export":
            with store.look() as book:
                text = {
                    "people": lambda: lists.write_people(book.roles(), book.chat_accounts(_tenant(found))),
                    "series": lambda: lists.write_series(book.all_series()),
                    "routes": lambda: choice_lists.write_routes(book, keys),
                    "choices": lambda: choice_lists.write_choices(book, keys),
                }[args.what]()
            if args.file:
                Path(args.file).write_text(text, "utf-8", newline="")
            else:
                sys.stdout.write(text)
            return OK
        if not args.file:
            raise Refused(f"Vilken fil? Skriv: namndbot {args.what} import FIL.csv")
        text = _text_of(Path(args.file))
        with store.book() as book:
            report.say(_entered(book, args.what, text, keys, now, _tenant(found)))
    finally:
        store.close()
    return OK


def _tenant(found: settings.Settings) -> str:
    provider = found.login.provider
    if provider is not None and provider.entra:
        return provider.tenant
    return found.teams.tenants[0] if found.teams and found.teams.tenants else ""


def _entered(book: Book, what: str, text: str, keys: list[str], now: dt.datetime, tenant: str) -> str:
    """Enter a list; return what was done, for people."""
    if what == "people":
        people = lists.read_people(text, keys, now.date())
        changed = lists.enter_people(book, people, now=now, actor=_actor(), tenant=tenant)
        return f"{report.words_for(changed, 'roll', 'roller')} ny eller ändrad."
    if what == "series":
        changed = lists.enter_series(book, lists.read_series(text, keys), now=now, actor=_actor())
        return f"{report.words_for(changed, 'nummerserie', 'nummerserier')} ny eller ändrad."
    if what == "routes":
        entered = choice_lists.enter_routes(book, choice_lists.read_routes(text, keys), now=now, actor=_actor())
        return f"{report.words_for(entered, 'regel', 'regler')} gäller nu."
    changed = choice_lists.enter_choices(book, choice_lists.read_choices(text, keys), now=now, actor=_actor())
    return f"{report.words_for(changed, 'val', 'val')} ändrade."


def _corrections(args: argparse.Namespace) -> int:
    found = _settings(args)
    namnder = _namnder(found, args.namnd)
    if args.act == "export" and not args.folder:
        raise Refused("Vilken mapp? Skriv: namndbot corrections export MAPP")
    store = wiring.open_store(found)
    try:
        if args.act == "list":
            with store.look() as book:
                report.say(learned.of_corrections(book, list(namnder)))
            return OK
        done = corrected_letters.export(store, wiring.raw_letters(found, store), namnder, Path(args.folder))
    finally:
        store.close()
    report.say(learned.of_export(done, args.folder))
    return OK


def _rules(args: argparse.Namespace) -> int:
    found = _settings(args)
    namnder = _namnder(found, args.namnd)
    store = wiring.open_store(found)
    try:
        with store.look() as book:
            report.say(learned.of_rules(book, list(namnder), found.url))
    finally:
        store.close()
    return OK


def _namnder(found: settings.Settings, key: str | None) -> dict[str, Namnd]:
    if key and found.namnd(key) is None:
        raise Refused(f"Nämnden {key} finns inte. Välj {', '.join(n.key for n in found.namnder)}.")
    return {n.key: n for n in found.namnder if key in (None, n.key)}


def _cases(args: argparse.Namespace) -> int:
    found = _settings(args)
    now = RealClock().now()
    rows = sheets.read(Path(args.file))
    store = wiring.open_store(found)
    try:
        with store.book() if args.go else store.look() as book:
            namnder = {n.key: n for n in found.namnder}
            read = importing.read_cases(rows, list(namnder), book.all_series(), now.date())
            faults = importing.by_line(
                [*read.faults, *importing.register_faults(book, read.lines, namnder, now.date())]
            )
            if args.go and not faults:
                importing.enter(book, read.lines, namnder, now=now, actor=_actor())
    finally:
        store.close()
    number = report.words_for(len(read.lines), "ärende", "ärenden")
    if not args.go:
        report.say(terminal.table(importing.SHOWN, importing.shown(read.lines), wide=3))
    for fault in faults:
        report.say(fault)
    if faults:
        report.say(f"{report.words_for(len(faults), 'fel', 'fel')}. Inget är infört. Rätta listan och försök igen.")
        return FAULTS
    done = f"{number} infört i diariet."
    may = f"{number} kan föras in. Inget är infört än. För in med: namndbot cases import {args.file} --go"
    report.say(done if args.go else may)
    return OK


def _meetings(args: argparse.Namespace) -> int:
    found = _settings(args)
    now = RealClock().now()
    chosen = {key: n.name for key, n in _namnder(found, args.namnd).items()}
    names = {n.key: n.name for n in found.namnder}
    if args.act == "import" and not args.file:
        raise Refused("Vilken fil? Skriv: namndbot meetings import FIL")
    store = wiring.open_store(found)
    try:
        if args.act == "export":
            with store.look() as book:
                listed = book.meetings((*chosen, ""), cancelled=True)
            return _write_meetings(args.file, listed, names, now)
        read = meetings.read(sheets.bytes_of(Path(args.file)), args.file, names, now.date(), only=args.namnd or "")
        if read.faults:
            for fault in read.faults:
                report.say(terminal.clean(fault))
            fel = report.words_for(len(read.faults), "fel", "fel")
            report.say(f"{fel}. Inget är infört. Rätta listan och försök igen.")
            return FAULTS
        if args.go:
            with store.book() as book:
                done = calendars.enter(book, read.lines, list(names), now=now, actor=_actor(), replace=args.replace)
        else:
            done = calendars.would_enter(store, read.lines, list(names), now=now, replace=args.replace)
    finally:
        store.close()
    report.say(meetings.told(read, done, names, done=args.go))
    if not args.go and done.anything:
        again = f"{' --namnd ' + args.namnd if args.namnd else ''}{' --replace' if args.replace else ''} --go"
        report.say(f"Inget är infört än. För in med: namndbot meetings import {args.file}{again}")
    return OK


def _write_meetings(file: str | None, listed: list[Meeting], names: dict[str, str], now: dt.datetime) -> int:
    if file and file.lower().endswith(".ics"):
        Path(file).write_bytes(meetings.as_calendar(listed, names, "namndbot", now=now))
    elif file:
        Path(file).write_text(meeting_lists.write_meetings(listed), "utf-8", newline="")
    else:
        sys.stdout.write(meeting_lists.write_meetings(listed))
    return OK


def _text_of(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # What Excel on Windows calls "CSV".
        return data.decode("cp1252", "replace")


if __name__ == "__main__":
    sys.exit(main())
