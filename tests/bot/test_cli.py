"""The commands, as a person types them: what they print, and their exit codes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot import settings, wiring
from bot.cli import main
from bot.clock import RealClock
from handlers import review
from tests.builders import letter


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented municipality after one round, made once for all tests that only look."""
    folder = tmp_path_factory.mktemp("ekeby")
    done = _namndbot(folder, "run", "--example", "--once")
    assert done.returncode == 0, done.stderr
    (folder / "first.txt").write_text(done.stdout, "utf-8")
    return folder


def _namndbot(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a command: the bot itself as a process of its own, the others here, where they need not be started first."""
    command = [sys.executable, "-m", "bot", *args]
    if args[0] != "run":
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(args)
        return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "COLUMNS": "140",
        "PYTHONWARNINGS": "error",
    }
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_one_round_registers_the_examples_letters_and_tells_of_each(example: Path) -> None:
    said = (example / "first.txt").read_text("utf-8")
    assert len(re.findall(r"^(SN 2026-\d+|BUN/2026:\d+|SN \d{4}-\d+)", said, re.MULTILINE)) >= 12
    for words in (
        "Diarienummer",
        "Inkom",
        "Första dag",
        "Till granskning",
        "Misstänkt individärende. Visas inte här.",
        "Samma brev som A-",
    ):
        assert words in said
    assert "Exempelbarn" not in said


def test_a_second_start_registers_nothing_twice(example: Path) -> None:
    before = _namndbot(example, "list", "--all").stdout
    again = _namndbot(example, "run", "--once")
    assert again.returncode == 0
    assert again.stdout.count("inga nya brev") == 2
    assert _namndbot(example, "list", "--all").stdout == before


def test_verify_finds_everything_in_order_and_then_a_changed_letter(example: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(example, copy)
    fine = _namndbot(copy, "verify")
    assert (fine.returncode, "allt stämmer" in fine.stdout) == (0, True)
    next((copy / "var" / "raw").glob("??/*")).write_bytes(b"annat")
    wrong = _namndbot(copy, "verify")
    assert wrong.returncode == 1
    assert "inte vad som sparades" in wrong.stdout


def test_the_search_is_made_anew_by_command(example: Path, tmp_path: Path) -> None:
    import shutil
    import sqlite3

    copy = tmp_path / "copy"
    shutil.copytree(example, copy)
    found = _namndbot(copy, "list", "--all", "motion").stdout
    assert "Motion" in found
    with sqlite3.connect(next((copy / "var").glob("*.db"))) as register:
        register.execute("DELETE FROM search")
    register.close()
    assert "Motion" not in _namndbot(copy, "list", "--all", "motion").stdout
    made = _namndbot(copy, "index")
    assert (made.returncode, "går nu att söka bland" in made.stdout) == (0, True)
    assert _namndbot(copy, "list", "--all", "motion").stdout == found


def test_start_is_refused_after_an_old_copy_has_been_read_back(example: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(example, copy)
    mark = copy / "var" / "hogsta-nummer.json"
    marks = json.loads(mark.read_text())
    year = max(marks["sn"])
    marks["sn"][year] += 2
    mark.write_text(json.dumps(marks))
    refused = _namndbot(copy, "run", "--once")
    assert refused.returncode == 4
    assert "namndbot recover" in refused.stderr
    assert "2 nummer är inskrivna som makulerade" in _namndbot(copy, "recover").stdout
    assert _namndbot(copy, "run", "--once").returncode == 0
    assert _namndbot(copy, "verify").returncode == 0


def test_list_and_show_find_a_case_however_its_number_is_written(example: Path) -> None:
    listed = _namndbot(example, "list", "--namnd", "sn").stdout
    number = re.search(r"^(SN (\d{4})-(\d+))", listed, re.MULTILINE)
    assert number
    shown = _namndbot(example, "show", f"sn/{number[2]}:000{number[3]}")
    assert shown.returncode == 0
    assert shown.stdout.startswith(number[1])
    assert "Handlingar" in shown.stdout
    assert "Journal" in shown.stdout
    missing = _namndbot(example, "show", "SN 1999-1")
    assert missing.returncode == 1
    assert "Det finns inget ärende" in missing.stderr


def test_replay_reads_a_kept_letter_again_and_changes_nothing(example: Path) -> None:
    before = _namndbot(example, "list", "--all").stdout
    same = _namndbot(example, "replay", "A-1")
    assert (same.returncode, "läses likadant" in same.stdout) == (0, True), same.stdout + same.stderr
    assert _namndbot(example, "list", "--all").stdout == before
    assert _namndbot(example, "replay", "A-99999").returncode == 4
    assert "är inte ett brev" in _namndbot(example, "replay", "brevet").stderr


def test_people_and_series_go_out_as_csv_and_come_back(example: Path, tmp_path: Path) -> None:
    for what in ("people", "series"):
        exported = _namndbot(example, what, "export", str(tmp_path / f"{what}.csv"))
        assert exported.returncode == 0
        back = _namndbot(example, what, "import", str(tmp_path / f"{what}.csv"))
        assert (back.returncode, back.stdout[:1]) == (0, "0"), back.stdout + back.stderr
    text = (tmp_path / "people.csv").read_text("utf-8-sig")
    (tmp_path / "people.csv").write_text(text.replace("registrator", "registrater", 1), "utf-8")
    wrong = _namndbot(example, "people", "import", str(tmp_path / "people.csv"))
    assert wrong.returncode == 1
    assert re.search(r"Rad \d+: rollen 'registrater' finns inte", wrong.stderr)


def test_a_case_is_written_out_once_and_the_register_stays_whole(example: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(example, copy)
    for args in ([], ["ut", "--utlamnande"]):
        done = _namndbot(copy, "export", "sn 2026-2", *args)
        assert done.returncode == 0, done.stderr
    assert (copy / "sn-2026-2.zip").exists() or (copy / "SN-2026-2.zip").exists()
    assert "Det är ett förslag." in done.stdout
    assert "████" in "".join(p.read_text("utf-8") for p in (copy / "ut").rglob("*.txt"))
    again = _namndbot(copy, "export", "SN 2026-2", "ut")
    assert (again.returncode, "skrivs inte över" in again.stderr) == (1, True)
    assert "Det finns inget ärende" in _namndbot(copy, "export", "SN 1999-1").stderr
    assert _namndbot(copy, "export", "SN 2026-2", "x.zip", "--namnd", "ingen").returncode == 1
    assert _namndbot(copy, "verify").returncode == 0


def test_what_was_put_right_is_listed_and_written_out_and_a_full_folder_is_refused(
    example: Path, tmp_path: Path
) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(example, copy)
    assert "Ingen har rättat något." in _namndbot(copy, "corrections", "list").stdout
    assert "Inga regler än." in _namndbot(copy, "rules").stdout
    _put_right_a_waiting_letter(copy)
    listed = _namndbot(copy, "corrections", "list").stdout
    assert "ärendemening" in listed
    assert "Rättad ärendemening" in listed
    out = copy / "rattade"
    done = _namndbot(copy, "corrections", "export", str(out))
    assert done.returncode == 0, done.stderr
    assert "1 brev med facit i" in done.stdout
    assert "Läs igenom varje brev innan något lämnar kommunen." in done.stdout
    (folder,) = sorted(p.name for p in out.iterdir())
    assert sorted(p.name for p in (out / folder).iterdir()) == ["expected.json", "mail.eml"]
    again = _namndbot(copy, "corrections", "export", str(out))
    assert (again.returncode, "inte en tom mapp" in again.stderr) == (1, True)
    assert _namndbot(copy, "corrections", "export").returncode == 1
    assert "finns inte" in _namndbot(copy, "corrections", "list", "--namnd", "xx").stderr
    assert _namndbot(copy, "verify").returncode == 0


def _put_right_a_waiting_letter(folder: Path) -> None:
    found = settings.load(folder / "var" / "namndbot.toml")
    store = wiring.open_store(found)
    try:
        with store.book() as book:
            arrival = next(
                a for a in book.waiting(["sn"]) if a.state == "review" and not (a.reading or {})["unreadable"]
            )
            person = book.roles(namnd="sn", role="registrator")[0].person
            namnd, changed = found.namnd("sn"), {"title": "Rättad ärendemening"}
            assert namnd is not None
            review.confirm(book, arrival.id, person, namnd, now=RealClock().now(), corrections=changed)
    finally:
        store.close()


def test_check_says_what_is_missing_and_then_that_all_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--organisation", "Byköping", "--namnd", "sn", "Socialnämnden", "sn@byk.example"]) == 0
    assert main(["check"]) == 1
    assert "Socialnämnden har ingen registrator i dag" in capsys.readouterr().out
    roles = ("registrator", "handläggare", "chef", "sekretess", "administratör")
    (tmp_path / "p.csv").write_text(
        "namnd;roll;namn;e-post;från;till\n" + "".join(f"sn;{r};Åsa Ek;asa@byk.example;2020-01-01;\n" for r in roles),
        "cp1252",
    )
    assert main(["people", "import", "p.csv"]) == 0
    assert main(["check"]) == 0
    assert "allt stämmer" in capsys.readouterr().out


def test_bad_settings_end_with_code_three_and_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "namndbot.toml").write_text('organisation = "x"\nport = 1\n')
    assert main(["check"]) == 3
    assert "namndbot.toml, rad 2: port: känner boten inte till." in capsys.readouterr().err


def test_read_needs_neither_settings_nor_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.eml").write_bytes(
        letter(
            "Begäran om yttrande: motion om bussar",
            "Yttrande ska lämnas senast den 26 februari 2027.\n\nDnr KS 2026-388",
        )
    )
    (tmp_path / "b.eml").write_bytes(b"\x00\xff\x00")
    (tmp_path / "c.eml").write_bytes(
        letter("Orosanmälan", "ORO FÖR BARN\nBarnets namn: Nils Exempelbarn\nPersonnummer: 20990101-0000")
    )
    assert main(["read", "--json", "a.eml", "b.eml", "c.eml"]) == 0
    out = capsys.readouterr().out
    first, second, third = (json.loads(line) for line in out.splitlines())
    assert (first["file"], first["kind"], first["external_dnr"]) == ("a.eml", "remiss", ["KS 2026-388"])
    assert first["deadlines"][0]["date"] == "2027-02-26"
    assert second["file"] == "b.eml"
    assert third["secret"] is True
    assert "Nils" not in out
    assert "Orosanmälan" not in out
    assert main(["read", "--json", "--reveal", "c.eml"]) == 0
    assert "Orosanmälan" in capsys.readouterr().out
    assert sorted(os.listdir(tmp_path)) == ["a.eml", "b.eml", "c.eml"]
    assert main(["read", "a.eml"]) == 0
    shown = capsys.readouterr().out
    assert "»" in shown
    assert "fredag 26 februari 2027" in shown
    assert main(["read", "saknas.eml"]) == 1
    assert "Filen saknas.eml går inte att öppna" in capsys.readouterr().err


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        *(
            [name, "--help"]
            for name in (
                "run",
                "init",
                "check",
                "read",
                "list",
                "show",
                "export",
                "replay",
                "verify",
                "people",
                "corrections",
                "rules",
            )
        ),
    ],
)
def test_help_is_in_swedish_with_examples_and_exit_codes(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(args)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "Svarskoder" in said
    assert "visa den här hjälpen" in said
    assert not re.search(r"\b(usage|options|show this|positional)\b", said)


def test_a_mistyped_command_ends_with_code_two_in_swedish(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["visa"])
    assert ended.value.code == 2
    assert "finns inte" in capsys.readouterr().err


def test_ctrl_c_ends_the_bot_cleanly_within_two_seconds(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert main(["init", "--example"]) == 0
    path = tmp_path / "var" / "namndbot.toml"
    path.write_text(path.read_text("utf-8").replace("8710", str(port)), "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "bot", "run"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Boten är igång" in line:
                break
        link = re.search(rf"http://127.0.0.1:{port}/in/\S+", said)
        second = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        rest, errors = process.communicate(timeout=10)
        took = time.monotonic() - began
    assert link, said
    assert second.returncode == 4
    assert "Boten är redan igång" in second.stderr
    assert (process.returncode, took < 2, errors) == (0, True, "")
    assert "Avslutat" in rest


def test_ctrl_c_in_the_middle_of_the_first_round_ends_it_too(tmp_path: Path) -> None:
    assert main(["init", "--example"]) == 0
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--once"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        folder = tmp_path / "var" / "mailbox" / "sn" / "registrerat"
        while process.poll() is None and not (folder.is_dir() and os.listdir(folder)):
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, errors = process.communicate(timeout=10)
        took = time.monotonic() - began
    assert (process.returncode, took < 2, errors) == (0, True, "")
    assert main(["run", "--once"]) == 0
    assert main(["verify"]) == 0
