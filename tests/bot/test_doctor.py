"""What `namndbot doctor` says: each thing that is wrong, and what to ask for."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from bot import doctor, mailboxes, own_mail, settings, wiring
from bot.cli import main
from bot.clock import STOCKHOLM, RealClock
from bot.doctor import Finding
from handlers.ports import Shut
from tests.builders import NOW
from tests.channels.connector_double import ConnectorDouble
from tests.channels.issuer import Issuer
from tests.fakes import FixedClock, MemoryMailbox

_GRAPH = '{ kind = "graph", tenant = "t", client_id = "1234-app", secret = { env = "NB_SECRET" }, from = 2026-11-01 }'


class Loop(MemoryMailbox):
    """A mailbox that what it sends to itself comes back to."""

    late = False
    shut = False

    def open(self, *, look_only: bool = False) -> None:
        if self.shut:
            raise Shut("Boten får inte öppna brevlådan.")

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        if not self.late:
            self.put(b"Received: from a by b\r\n" + raw, dt.datetime.now(dt.UTC))
        return super().send(message_id, raw, to)


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "namndbot.toml"
    assert main(["init", "--settings", str(path), "--namnd", "sn", "Socialnämnden", "sn@ekeby.example"]) == 0
    monkeypatch.setenv("NB_SECRET", "hemligheten")
    return path


def _on_graph(path: Path, monkeypatch: pytest.MonkeyPatch, box: Loop) -> settings.Settings:
    text = path.read_text("utf-8")
    before = next(line for line in text.splitlines() if line.startswith("mailbox ="))
    path.write_text(text.replace(before, f"mailbox = {_GRAPH}"), "utf-8")
    monkeypatch.setitem(mailboxes.KINDS, "graph", lambda _: box)
    return settings.load(path)


def _examined(found: settings.Settings, wait: float = 5.0) -> list[Finding]:
    return list(doctor.examine(found, RealClock(), wait=wait))


def _faults(findings: list[Finding]) -> list[str]:
    return [f.what for f in findings if f.verdict == "fault"]


def test_a_letter_goes_there_and_back_and_lies_among_what_was_sent(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Loop()
    findings = _examined(_on_graph(installation, monkeypatch, box))
    assert any("provbrevet kom fram" in f.what for f in findings)
    assert (len(box.inbox), len(box.folders["skickat"])) == (0, 1)
    assert all("ingen" in fault for fault in _faults(findings))  # nobody has a role yet


def test_a_server_that_changes_our_own_mail_is_told(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Footer(Loop):
        def put(self, raw: bytes, received: dt.datetime = NOW, name: str | None = None) -> str:
            return super().put(raw + b"Detta mejl kan vara farligt.\r\n", received, name)

    findings = _examined(_on_graph(installation, monkeypatch, Footer()))
    assert any("ändrar i botens egna mejl" in fault for fault in _faults(findings))


def test_the_letter_is_known_to_a_running_bot_that_is_faster(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Read(Loop):
        def send(self, message_id: str, raw: bytes, to: str) -> str:
            store = wiring.open_store(found)
            assert own_mail.notice_of(store, found.namnder[0], raw) is not None
            store.close()
            return super().send(message_id, raw, to)

    found = _on_graph(installation, monkeypatch, Read())
    assert not any("ändrar" in fault for fault in _faults(_examined(found)))


def test_a_letter_that_does_not_come_is_told(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Loop()
    box.late = True
    faults = _faults(_examined(_on_graph(installation, monkeypatch, box), wait=0.2))
    assert any("inte kommit fram" in fault for fault in faults)


def test_a_right_that_is_missing_is_told_with_the_commands_that_give_it(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Loop()
    box.shut = True
    (fault,) = [f for f in _examined(_on_graph(installation, monkeypatch, box)) if "öppna" in f.what]
    assert any("Application Mail.ReadWrite" in c for c in fault.commands)
    assert any("1234-app" in c for c in fault.commands)
    assert any("sn@ekeby.example" in c for c in fault.commands)
    assert "hemligheten" not in doctor.line(fault)


def test_a_disk_that_is_nearly_full_is_a_fault(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 10**7, 10**7))
    faults = _faults(_examined(settings.load(installation)))
    assert any("0,0 GB ledigt för databasen" in fault for fault in faults)


def test_a_clock_that_is_behind_the_journal_is_a_fault(installation: Path) -> None:
    findings = list(doctor.examine(settings.load(installation), FixedClock(dt.datetime(2020, 1, 1, tzinfo=STOCKHOLM))))
    assert any(f.startswith("Klockan visar 2020-01-01") for f in _faults(findings))


def test_the_command_ends_with_what_is_wrong(installation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["doctor", "--settings", str(installation)]) == 1
    said = capsys.readouterr().out
    assert "FEL  Socialnämnden har ingen registrator i dag. Läs in med: namndbot people import FIL.csv" in said
    assert said.rstrip().endswith("fel.")


def test_the_way_to_teams_is_tried_without_speaking_to_anybody(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectorDouble() as teams, Issuer() as issuer:
        monkeypatch.setenv("NB_TEAMS", teams.secret)
        text = installation.read_text("utf-8")
        table = (
            f'[teams]\napp_id = "{teams.client}"\ntenant = "{teams.tenant}"\nsecret = {{ env = "NB_TEAMS" }}\n'
            f'login = "{teams.login}"\nopenid = "{issuer.openid}"\nca = "{teams.ca}"\n'
        )
        installation.write_text(text.replace("[[namnd]]", f"{table}\n[[namnd]]", 1), "utf-8")
        findings = _examined(settings.load(installation))
        told = [f.what for f in findings if f.what.startswith("Teams") and f.verdict == "ok"]
        assert len(told) == 3
        assert not teams.accepted
        monkeypatch.setenv("NB_TEAMS", "wrong")
        faults = _faults(_examined(settings.load(installation)))
        assert any("appen får inte logga in" in f for f in faults)
        assert "wrong" not in " ".join(faults)
