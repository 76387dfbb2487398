"""Nobody opens Teams by mistake: without an app id only by choice and on this machine, with one only when it is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import settings

_NAMND = """
[[namnd]]
key = "sn"
name = "Socialnämnden"
addresses = ["sn@ekeby.example"]
mailbox = { kind = "folder", folder = "mailbox/sn" }
"""
_APP = 'app_id = "11111111-2222-3333-4444-555555555555"\ntenant = "AAAA-B"\nsecret = { env = "NB_TEAMS" }\n'


def load(tmp_path: Path, teams: str) -> settings.Settings:
    path = tmp_path / "namndbot.toml"
    path.write_text(f'organisation = "Ekeby kommun"\nurl = "https://nb.ekeby.example"\n{teams}\n{_NAMND}', "utf-8")
    return settings.load(path)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NB_TEAMS", "xyzzy-42")


def test_an_installation_without_teams_has_none(tmp_path: Path) -> None:
    assert load(tmp_path, "").teams is None


def test_a_whole_table_is_read_and_only_microsofts_service_is_spoken_to(tmp_path: Path) -> None:
    door = load(tmp_path, f"[teams]\n{_APP}").teams
    assert door is not None
    assert (door.tenants, door.local, door.host, door.port) == (("aaaa-b",), False, "127.0.0.1", 3978)
    assert door.service_urls == ("https://smba.trafficmanager.net",)
    assert "xyzzy-42" not in repr(door)


def test_local_mode_is_a_choice_and_stays_on_this_machine(tmp_path: Path) -> None:
    door = load(tmp_path, "[teams]\nlocal = true\n").teams
    assert door is not None
    assert door.app_id == ""
    assert all(url.startswith("http://") for url in door.service_urls)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("[teams]\n", "teams.app_id"),
        ('[teams]\ntenant = "t"\n', "teams.app_id"),
        ('[teams]\nlocal = true\nhost = "0.0.0.0"\n', "teams.host"),
        ('[teams]\nlocal = true\nhost = "10.0.0.4"\n', "teams.host"),
        ('[teams]\nlocal = true\nhost = ""\n', "teams.host"),
        (f"[teams]\nlocal = true\n{_APP}", "teams.local"),
        ('[teams]\napp_id = "a"\nsecret = { env = "NB_TEAMS" }\n', "teams.tenant"),
        ('[teams]\napp_id = "a"\ntenant = "t"\n', "teams.secret"),
        (f'[teams]\n{_APP}certificate = "teams.pem"\n', "teams.secret"),
        (f'[teams]\n{_APP}service_urls = ["http://smba.trafficmanager.net"]\n', "teams.service_urls"),
        (f"[teams]\n{_APP}service_urls = [7]\n", "teams.service_urls"),
        (f'[teams]\n{_APP}driver = "slack"\n', "teams.driver"),
        (f"[teams]\n{_APP}port = 0\n", "teams.port"),
        (f'[teams]\n{_APP}openid = "http://login.botframework.com/x"\n', "teams.openid"),
        (f'[teams]\n{_APP}appid = "x"\n', "teams.appid"),
        ("teams = 7\n", "teams"),
    ],
)
def test_what_is_missing_or_unsafe_is_named(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(settings.BadSettings) as caught:
        load(tmp_path, table)
    assert told in [f.key for f in caught.value.faults]
    assert "xyzzy-42" not in str(caught.value)
