"""The app package for Teams: what is in it, that each check bites, and the command that writes it."""

from __future__ import annotations

import hashlib
import io
import json
import re
import socket
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot import cli, founding, teams_package, teams_package_checks
from bot.cli import main
from bot.teams_package_checks import COLOR, ENGLISH, FILES, MANIFEST, OUTLINE, SWEDISH, faults
from handlers.errors import Refused

APP = "99999999-8888-7777-6666-55555555ABCD"
URL = "https://diariet.ekeby.se"
DATA = resources.files("bot") / "channels" / "teams_app"


def _package(app_id: str = APP, organisation: str = "Ekeby kommun", url: str = URL, version: str = "0.1.0") -> bytes:
    return teams_package.package(app_id, organisation, url, version)


def _files() -> dict[str, bytes]:
    return teams_package.files(APP, "Ekeby kommun", URL, "0.1.0")


def _manifest(data: bytes) -> Any:
    return json.loads(zipfile.ZipFile(io.BytesIO(data)).read(MANIFEST))


def _with(name: str, change: Callable[[Any], object]) -> list[str]:
    """Return the faults of a package whose file `name` has been changed."""
    made = _files()
    found = json.loads(made[name])
    change(found)
    return faults(teams_package.packed({**made, name: json.dumps(found).encode()}))


def _with_picture(name: str, data: bytes) -> list[str]:
    return faults(teams_package.packed({**_files(), name: data}))


def _png(width: int, height: int, pixel: Callable[[int, int], tuple[int, ...]], *, way: int = 0) -> bytes:
    """Return a PNG of eight bits a channel, its rows said to be filtered in the given way."""
    raw = b"".join(bytes([way, *(v for x in range(width) for v in pixel(x, y))]) for y in range(height))
    colour = 6 if len(pixel(0, 0)) == 4 else 2
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks
    )


def _set(path: str, value: object) -> Callable[[Any], None]:
    def change(found: Any) -> None:
        *way, last = path.split("/")
        for step in way:
            found = found[int(step) if step.isdecimal() else step]
        found[int(last) if last.isdecimal() else last] = value

    return change


def test_the_package_is_right_by_microsofts_schema_and_our_own_checks() -> None:
    assert faults(_package()) == []
    assert zipfile.ZipFile(io.BytesIO(_package())).namelist() == list(FILES)


def test_the_bot_asks_for_no_permission_and_answers_in_three_places() -> None:
    manifest = _manifest(_package())
    assert not {"authorization", "permissions", "devicePermissions", "webApplicationInfo"} & manifest.keys()
    (bot,) = manifest["bots"]
    assert bot["botId"] == APP.lower()
    assert bot["scopes"] == ["personal", "team", "groupChat"]
    assert (bot["isNotificationOnly"], bot["supportsFiles"]) == (False, False)
    offered = {one["scopes"][0]: [c["title"] for c in one["commands"]] for one in bot["commandLists"]}
    assert offered["personal"] == ["mina ärenden", "försenade", "veckan", "SN 2026-…", "hjälp"]
    assert offered["team"] == offered["groupChat"] == ["försenade", "veckan", "SN 2026-…", "hjälp"]


def test_the_same_settings_make_the_same_bytes() -> None:
    said = f"import sys; from bot import teams_package as t; sys.stdout.buffer.write(t.package({APP!r}, 'Ekeby kommun', {URL!r}, '0.1.0'))"
    command = [sys.executable, "-c", said]
    again = [
        subprocess.run(
            command,
            capture_output=True,
            check=True,
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert again == [_package(), _package()]


def test_a_new_version_is_an_update_and_another_registration_another_app() -> None:
    first, second, other = _package(), _package(version="0.2.0"), _package(app_id=APP.replace("9", "1"))
    assert _manifest(first)["id"] == _manifest(second)["id"] == _manifest(_package(app_id=APP.lower()))["id"]
    assert _manifest(first)["id"] != APP.lower()
    assert _manifest(other)["id"] != _manifest(first)["id"]
    assert _manifest(second)["version"] == "0.2.0"


def test_only_a_host_that_the_internet_may_know_is_a_valid_domain() -> None:
    def domains(url: str) -> object:
        return _manifest(_package(url=url))["validDomains"]

    assert domains("https://diariet.ekeby.se:8443/namnd") == ["diariet.ekeby.se"]
    assert domains("https://nämndbot.ekeby.se") == ["xn--nmndbot-5wa.ekeby.se"]
    for private in (
        "https://localhost",
        "https://10.0.0.7",
        "https://[::1]:8443",
        "https://diariet.lan",
        "https://dia",
    ):
        assert domains(private) == []


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(*args: object, **more: object) -> object:
        asked.append(args)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert faults(_package()) == []
    assert "inte tre tal" in " ".join(_refused(version="snart"))
    assert _with(MANIFEST, _set("name/short", "x" * 31))
    assert asked == []


def test_not_even_a_schema_that_points_elsewhere_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    from referencing.exceptions import Unresolvable

    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: asked.append(args))
    pointing = {"$schema": "http://json-schema.org/draft-04/schema#", "$ref": "https://example.com/elsewhere.json"}
    real = json.loads
    monkeypatch.setattr(json, "loads", lambda text: pointing if "draft-04" in str(text)[:200] else real(text))
    with pytest.raises(Exception, match="elsewhere") as raised:
        faults(teams_package.packed(_files()))
    assert isinstance(raised.value, Unresolvable)
    assert asked == []


def test_the_vendored_schemas_are_what_they_say() -> None:
    folder = DATA / "schema"
    lines = (folder / "README.md").read_text("utf-8").splitlines()
    sums = {line.split()[1]: line.split()[0] for line in lines if line.startswith("    ")}
    assert len(sums) == 2
    for name, said in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == said
    assert "MIT License" in (folder / "LICENSE").read_text("utf-8")
    schema = json.loads((folder / "MicrosoftTeams.schema.json").read_text("utf-8"))
    assert schema["properties"]["manifestVersion"]["const"] == teams_package_checks.SCHEMA_VERSION


# ---- languages ----


def test_swedish_and_english_say_the_same_things() -> None:
    made = {name: json.loads(data) for name, data in _files().items() if name.endswith(".json")}
    assert made[SWEDISH].keys() == made[ENGLISH].keys()
    titles = [p for p in made[SWEDISH] if p.endswith(".title")]
    assert len(titles) == 13
    for path in made[SWEDISH].keys() - {"$schema", "name.short", *titles}:
        assert made[SWEDISH][path] != made[ENGLISH][path], f"{path} is not translated"
    # The bot reads Swedish: a command is what one types, whatever language Teams speaks.
    assert all(made[SWEDISH][p] == made[ENGLISH][p] for p in titles)
    assert not any(
        re.search(r"[{}]", text) for words in made.values() for text in words.values() if isinstance(text, str)
    )


def test_a_missing_extra_or_differing_string_is_told() -> None:
    path = "bots[0].commandLists[1].commands[0].title"
    assert _with(ENGLISH, lambda f: f.pop(path)) == [f"en.json: {path} saknas."]
    extra = "bots[0].commandLists[2].commands[9].title"
    assert _with(SWEDISH, lambda f: f.update({extra: "mer"})) == [f"sv.json: {extra} finns inte i manifest.json."]
    assert _with(SWEDISH, _set("name.full", "Något annat")) == [
        "sv.json: name.full är en annan text än i manifest.json."
    ]
    assert _with(ENGLISH, _set("name.full", " ")) == ["en.json: name.full är tom."]
    assert _with(ENGLISH, _set("name.full", "Nämndbot")) == ["en.json: name.short och name.full ska vara olika."]
    repeated = json.loads(_files()[ENGLISH])["description.short"] + " And more."
    assert "upprepa" in _with(ENGLISH, _set("description.full", repeated))[0]


@pytest.mark.parametrize(
    ("path", "most"),
    [("name.short", 30), ("name.full", 100), ("description.short", 80), ("description.full", 4000)]
    + [(f"bots[0].commandLists[0].commands[0].{key}", most) for key, most in (("title", 32), ("description", 128))],
)
def test_each_string_has_teams_length_in_both_languages(path: str, most: int) -> None:
    for file in (SWEDISH, ENGLISH):
        told = _with(file, _set(path, "å" * (most + 1)))
        assert told == [f"{file}, {path}: är {most + 1} tecken. Teams tar högst {most}."]
        assert not any("tecken" in t for t in _with(file, _set(path, "å" * most)))


# ---- the manifest ----


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("manifestVersion", "1.20", "manifestVersion: ska vara 1.19"),
        ("$schema", "https://example.com/v1.5/x.json", "$schema: är ett annat"),
        ("version", "1.0", "version: är '1.0'"),
        ("version", "1.02.3", "tre tal"),
        ("id", "namndbot", 'id: är "namndbot"'),
        ("developer/privacyUrl", "http://diariet.ekeby.se", "privacyUrl: börjar inte med https"),
        ("developer/websiteUrl", "ftp://diariet.ekeby.se", "developer.websiteUrl"),
        ("developer/name", "k" * 33, "developer.name: är 33 tecken. Teams tar högst 32"),
        ("accentColor", "blue", "accentColor"),
        ("icons/color", "icon.png", "icons: nämner andra bilder"),
        ("localizationInfo/additionalLanguages", [], "localizationInfo: nämner andra filer"),
        ("bots/0/scopes", ["personal", "everywhere"], "everywhere"),
        ("bots/0/scopes", ["personal", "team"], "varje plats ska ha en lista"),
        ("bots/0/botId", "99999999", "bots[0].botId"),
        ("bots/0/commandLists/0/commands", [], "1 till 10 olika kommandon"),
        ("bots/0/commandLists/0/commands", [{"title": "a", "description": "b"}] * 2, "1 till 10 olika kommandon"),
        ("bots/0/commandLists/0/commands", [{"title": "a", "description": "b"}] * 11, "har 11 rader"),
        ("bots/0/commandLists/0/commands/0", {"title": "a"}, "saknar description"),
        ("surprise", True, "surprise"),
    ],
)
def test_each_check_of_the_manifest_bites(path: str, value: object, told: str) -> None:
    assert told in "\n".join(_with(MANIFEST, _set(path, value)))


def test_a_manifest_without_a_bot_is_no_bot() -> None:
    assert "varje plats" in "\n".join(_with(MANIFEST, lambda f: f.pop("bots")))
    assert "saknar developer" in "\n".join(_with(MANIFEST, lambda f: f.pop("developer")))
    assert "en lista" in "\n".join(_with(MANIFEST, lambda f: f["bots"][0].pop("commandLists")))


# ---- the zip ----


def test_a_missing_file_a_stranger_and_a_folder_are_told() -> None:
    made = _files()
    for name in FILES:
        assert faults(teams_package.packed({n: d for n, d in made.items() if n != name})) == [f"{name} saknas i appen."]
    assert "hör inte till" in faults(teams_package.packed({**made, "Thumbs.db": b""}))[0]
    told = faults(teams_package.packed({f"app/{n}": d for n, d in made.items()}))
    assert "manifest.json saknas i appen." in told
    assert any("utan mapp" in t for t in told)


def test_a_broken_zip_and_a_file_that_is_no_json_are_told() -> None:
    assert faults(b"no zip") == ["Filen är ingen hel zip-fil."]
    assert faults(_package()[:-40]) == ["Filen är ingen hel zip-fil."]
    assert faults(teams_package.packed({**_files(), SWEDISH: b"{"})) == ["sv.json går inte att läsa som JSON."]
    whole = io.BytesIO(_package())
    with zipfile.ZipFile(whole, "a") as zipped, pytest.warns(UserWarning, match="Duplicate"):
        zipped.writestr(MANIFEST, b"{}")
    assert "två gånger" in faults(whole.getvalue())[0]


# ---- the icons ----


def test_the_icons_are_what_teams_wants() -> None:
    assert _with_picture(COLOR, (DATA / COLOR).read_bytes()) == []
    for name, side in ((COLOR, 192), (OUTLINE, 32)):
        assert struct.unpack_from(">II", (DATA / name).read_bytes(), 16) == (side, side)
    assert len((DATA / COLOR).read_bytes()) < 10_000


def _blue(x: int, y: int) -> tuple[int, ...]:
    return (42, 67, 144) if x not in range(60, 130) or y not in range(60, 130) else (255, 255, 255)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        (COLOR, b"GIF89a", "är ingen PNG-bild"),
        (COLOR, (DATA / COLOR).read_bytes()[:-12], "avbruten"),
        (COLOR, (DATA / COLOR).read_bytes().replace(b"IDAT", b"IDAX"), "skadad"),
        (COLOR, _png(191, 192, _blue), "är 191 x 192 punkter. Teams vill ha 192 x 192"),
        (COLOR, _png(192, 192, _blue, way=9), "skadad"),
        (COLOR, _png(192, 192, lambda x, y: (*_blue(x, y), 254)), "genomskinlig"),
        (COLOR, _png(192, 192, lambda x, y: (x, 0, 0)), "utanför de mittersta 140"),
        (COLOR, _png(192, 192, lambda x, y: (42, 67, 144)), "är tom"),
        (OUTLINE, (DATA / COLOR).read_bytes(), "är 192 x 192 punkter. Teams vill ha 32 x 32"),
        (OUTLINE, _png(32, 32, lambda x, y: (255, 255, 255)), "genomskinlig bakgrund"),
        (OUTLINE, _png(32, 32, lambda x, y: (255, 255, 255, 255)), "genomskinlig bakgrund"),
        (OUTLINE, _png(32, 32, lambda x, y: (255, 254, 255, 255 * (x % 2))), "bara vit"),
        (OUTLINE, _png(32, 32, lambda x, y: (255, 255, 255, 0)), "är tom"),
    ],
)
def test_each_check_of_an_icon_bites(name: str, data: bytes, told: str) -> None:
    assert told in "\n".join(_with_picture(name, data))


def test_a_plain_good_icon_passes_whatever_filter_its_rows_have() -> None:
    assert _with_picture(COLOR, _png(192, 192, _blue)) == []
    assert _with_picture(OUTLINE, _png(32, 32, lambda x, y: (255, 255, 255, 255 * (x % 2)))) == []
    # Filtered by the row above: only the first row holds the white, the others hold "no change".
    assert (
        _with_picture(OUTLINE, _png(32, 32, lambda x, y: (255, 255, 255, 255 * (x % 2)) if not y else (0,) * 4, way=2))
        == []
    )


# ---- what the settings must be ----


def _refused(
    app_id: str = APP, organisation: str = "Ekeby kommun", url: str = URL, version: str = "0.1.0"
) -> list[str]:
    with pytest.raises(Refused) as raised:
        teams_package.package(app_id, organisation, url, version)
    return str(raised.value).splitlines()


def test_a_refusal_names_the_setting_and_what_to_write() -> None:
    assert "app_id under [teams] är 'namndbot'" in _refused(app_id="namndbot")[0]
    assert "organisation är 40 tecken" in _refused(organisation="k" * 40)[0]
    assert "Ändra url i inställningarna" in _refused(url="http://127.0.0.1:8710")[0]
    assert "Ändra url" in _refused(url="https://")[0]
    assert "Ändra url" in _refused(url="https://" + "a" * 64 + ".se")[0]
    assert "lösenord före @" in _refused(url="https://ylva:hemligt@diariet.ekeby.se")[0]
    assert "hemligt" not in " ".join(_refused(url="https://ylva:hemligt@diariet.ekeby.se"))
    assert "inte tre tal" in _refused(version="nästa")[0]
    told = _refused(app_id="", organisation="k" * 40, url="http://x")
    assert len(told) == 4
    assert told[-1] == "Ingen app är skriven."


# ---- the command ----


def _installation(monkeypatch: pytest.MonkeyPatch, folder: Path, **more: object) -> None:
    found = SimpleNamespace(file=folder / "namndbot.toml", organisation="Ekeby kommun", url=URL, **more)
    monkeypatch.setattr(cli, "_settings", lambda args: found)
    monkeypatch.chdir(folder)


def test_the_command_writes_the_app_and_says_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _installation(monkeypatch, tmp_path, teams=SimpleNamespace(app_id=APP))
    assert main(["teams", "package"]) == 0
    said = capsys.readouterr().out
    assert "Skrev namndbot-teams.zip: Nämndbot 0." in said
    assert "Teams administrationscenter" in said
    first = (tmp_path / "namndbot-teams.zip").read_bytes()
    assert faults(first) == []
    assert main(["teams", "package", "--out", "annan.zip", "--app-version", "1.0.7"]) == 0
    assert _manifest((tmp_path / "annan.zip").read_bytes())["version"] == "1.0.7"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["annan.zip", "namndbot-teams.zip"]


def test_the_command_refuses_plainly_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _installation(monkeypatch, tmp_path, teams=SimpleNamespace(app_id="fel"))
    assert main(["teams", "package"]) == 1
    assert "app_id under [teams]" in capsys.readouterr().err
    _installation(monkeypatch, tmp_path, teams=SimpleNamespace(app_id=APP))
    for where, told in ((str(tmp_path), "är en mapp"), ("saknas/app.zip", "Mappen saknas finns inte")):
        assert main(["teams", "package", "--out", where]) == 1
        assert told in capsys.readouterr().err
    monkeypatch.setattr(teams_package, "packed", lambda made: b"no zip")
    assert main(["teams", "package"]) == 1
    assert "ingen hel zip-fil" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_teams_in_the_settings_the_command_says_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    founding.write_settings(
        Path("namndbot.toml"), "Ekeby kommun", [("sn", "Socialnämnden", "socialnamnden@ekeby.example")]
    )
    assert main(["teams", "package"]) == 1
    said = capsys.readouterr().err
    assert "namndbot.toml: app_id saknas under [teams]" in said
    assert "docs/teams.md" in said
    assert [p.name for p in tmp_path.iterdir()] == ["namndbot.toml"]


def test_an_app_that_was_written_before_stands_when_a_new_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _installation(monkeypatch, tmp_path, teams=SimpleNamespace(app_id=APP))
    assert main(["teams", "package"]) == 0
    before = (tmp_path / "namndbot-teams.zip").read_bytes()
    assert main(["teams", "package", "--app-version", "nästa"]) == 1
    assert (tmp_path / "namndbot-teams.zip").read_bytes() == before
