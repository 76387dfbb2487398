"""The house keeps its directions, and every contract bites when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from handlers import kinds

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "schedulers", "handlers", "storage")
CONTRACTS = [
    c["name"] for c in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]

# One wrong import for each contract: where, and what.
BREAKS = {
    "The rooms": ("storage/page.py", "import handlers.errors"),
    "Inside handlers": ("handlers/kinds/motion.py", "import handlers.intake"),
    "Rules, reading and records are pure": ("handlers/rules/workdays.py", "import logging"),
    "Only storage knows SQLAlchemy": ("bot/post.py", "import sqlalchemy"),
    "Handlers and storage hold no event loop": ("handlers/intake.py", "import asyncio"),
    "Only schedulers.runner knows apscheduler": ("schedulers/timetable.py", "import apscheduler"),
    "Only bot.texts.pdf knows the PDF library": ("bot/texts/plain.py", "import pypdfium2"),
    "Only bot.texts.as_it_looked knows": ("bot/pages/looks.py", "import nh3"),
    "Only bot.texts knows the libraries of wrapped letters": ("bot/post.py", "import tnefparse"),
    "Only bot.ics knows the calendar library": ("bot/meetings.py", "import icalendar"),
    "Exactly one place knows exchangelib": ("bot/mailboxes/folder.py", "import exchangelib"),
    "Only bot.mailboxes.graph_login knows msal": ("bot/mailboxes/graph.py", "import msal"),
    "Only bot.openid knows Authlib": ("bot/pages/account.py", "import authlib"),
    "Only bot.channels.teams knows botbuilder": ("bot/channels/chats.py", "import botbuilder"),
    "Only bot.channels.teams_sdk knows the Teams SDK": ("bot/channels/front.py", "import microsoft_teams"),
    "Only bot.pages.sheets_out knows XlsxWriter": ("bot/pages/register.py", "import xlsxwriter"),
    "The mailbox files do not know each other": ("bot/mailboxes/second.py", "import bot.mailboxes.folder"),
    "Only the IMAP files know imap-tools": ("bot/post.py", "import imap_tools"),
}


def test_every_contract_has_a_break_of_its_own() -> None:
    assert len(CONTRACTS) == len(BREAKS)
    assert all(any(name.startswith(key) for name in CONTRACTS) for key in BREAKS)


@pytest.mark.parametrize("name", list(BREAKS))
def test_a_contract_bites_when_it_is_broken(name: str, tmp_path: Path) -> None:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    where, line = BREAKS[name]
    with (tmp_path / where).open("a") as file:
        file.write(f"\n{line}\n")
    linted = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    said = " ".join(linted.stdout.split())
    full = next(c for c in CONTRACTS if c.startswith(name))
    assert linted.returncode == 1, said
    assert f"{full} BROKEN" in said


def test_the_contracts_are_kept() -> None:
    linted = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout


def test_every_file_of_kinds_stands_in_the_list() -> None:
    files = {p.stem for p in (ROOT / "handlers" / "kinds").glob("*.py")} - {"__init__", "kind"}
    text = (ROOT / "handlers" / "kinds" / "__init__.py").read_text()
    assert {f for f in files if f"{f}.KIND" not in text} == set()
    assert len({k.name for k in kinds.KINDS}) == len(kinds.KINDS)


def test_the_reader_knows_no_kind_that_the_house_has_no_words_for() -> None:
    from handlers.reading.reading import KINDS, MATTERS

    assert {k for k in (*KINDS, *MATTERS) if kinds.kind_of(k).name != k} == set()


def test_every_mailbox_file_stands_in_the_list() -> None:
    from bot.mailboxes import KINDS

    # What a kind needs beside its file is named after it: imap.py, imap_wire.py.
    files = {p.stem.partition("_")[0] for p in (ROOT / "bot" / "mailboxes").glob("[a-z]*.py")}
    assert files == set(KINDS)


def test_only_the_clock_asks_what_time_it_is() -> None:
    asked = {
        str(p.relative_to(ROOT))
        for room in ROOMS
        for p in (ROOT / room).rglob("*.py")
        if any(call in p.read_text() for call in ("datetime.now(", "date.today(", "utcnow("))
    }
    # The scheduler's own clock wakes a job; it decides nothing.
    assert asked == {"bot/clock.py", "schedulers/runner.py"}


def test_only_settings_reads_the_environment() -> None:
    readers = {
        str(p.relative_to(ROOT)) for room in ROOMS for p in (ROOT / room).rglob("*.py") if "os.environ" in p.read_text()
    }
    # The reading child's environment is emptied by readers; cli names who typed a command.
    assert readers <= {"bot/settings.py", "bot/readers.py", "bot/cli.py"}


def test_no_requirements_file_names_where_packages_are_fetched() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
