"""The app package that IT uploads to Teams, and the command `namndbot teams package` that writes it.

The manifest is of version 1.19. It is the newest of which all that a chat bot needs is plain Teams: what came later (1.20
and on) is about Copilot, agents and Outlook, and tenants take new versions up at different times, while 1.16 to 1.19 are
taken everywhere. It asks for no permission: the bot sees what is written to it and what mentions it, nothing else.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import ipaddress
import json
import re
import uuid
import zipfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot import teams_package_checks
from bot.settings import Settings
from bot.teams_package_checks import COLOR, ENGLISH, FILES, MANIFEST, OUTLINE, SCHEMA_VERSION, SWEDISH
from handlers.errors import Refused
from storage.raw.files import write_durably

HELP = "skriv appen för Teams som en zip-fil, att ladda upp i Teams administrationscenter"
EXAMPLE = "  namndbot teams package\n  namndbot teams package --out /tmp/namndbot-teams.zip"
FILE_NAME = "namndbot-teams.zip"

_SCHEMAS = f"https://developer.microsoft.com/en-us/json-schemas/teams/v{SCHEMA_VERSION}"
_STAMP = "#2a4390"  # --stamp in pages/static/tokens.css
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same for all, so that the same settings make the same zip
_LONGEST_NAME = 32
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_NOT_PUBLIC = ("localhost", "local", "internal", "intranet", "lan", "test", "invalid")

# Words per language: the strings of the app itself.
_WORDS: Mapping[str, Mapping[str, str]] = {
    SWEDISH: {
        "name.short": "Nämndbot",
        "name.full": "Nämndbot i {organisation}",
        "description.short": "Håller reda på nämndens ärenden, vem som har dem och när tiden går ut.",
        "description.full": (
            "Nämndbot frågar dig om du kan ta ett ärende, påminner innan tiden går ut och svarar på vad som gäller. Du "
            "svarar med knapparna eller i egna ord; det du svarar antecknas i diariets journal.\n\nSkriv till boten, eller "
            "nämn den i en kanal eller gruppchatt. Den ser bara det som skrivs till den eller nämner den. Sekretessärenden "
            "visas aldrig i Teams.\n\nAppen är för den som har en roll i någon av nämnderna i {organisation}. Gäster får "
            "inga svar."
        ),
    },
    ENGLISH: {
        "name.short": "Nämndbot",
        "name.full": "Nämndbot, {organisation}",
        "description.short": "Keeps track of the board's cases, who has them and when time runs out.",
        "description.full": (
            "Nämndbot asks whether you can take a case, reminds you before its time runs out and answers what applies. You "
            "answer by the buttons or in your own words, in Swedish; what you answer is kept in the register's "
            "journal.\n\nWrite to the bot, or mention it in a channel or group chat. It sees only what is written to it or "
            "mentions it. Secret cases are never shown in Teams.\n\nThe app is for those who have a role in one of the "
            "boards of {organisation}. Guests get no answers."
        ),
    },
}

# What may be typed, and what it gives in each language. The command itself is Swedish in both: it is what the bot reads.
_COMMANDS: Mapping[str, Mapping[str, str]] = {
    "mina ärenden": {SWEDISH: "Dina öppna ärenden och nästa dag i vart och ett", ENGLISH: "Your open cases"},
    "försenade": {SWEDISH: "Ärenden vars dag har passerat", ENGLISH: "Cases that are late"},
    "veckan": {SWEDISH: "Veckans läge", ENGLISH: "The week in short"},
    "SN 2026-…": {SWEDISH: "Ett ärende: skriv dess diarienummer", ENGLISH: "One case: write its diarienummer"},
    "hjälp": {SWEDISH: "Vad du kan skriva till boten", ENGLISH: "What you can write to the bot"},
}
# One list per scope, in this order. What is only mine is not offered where others read it.
_OFFERED: Mapping[str, tuple[str, ...]] = {
    "personal": tuple(_COMMANDS),
    "team": tuple(c for c in _COMMANDS if c != "mina ärenden"),
    "groupChat": tuple(c for c in _COMMANDS if c != "mina ärenden"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be typed after `namndbot teams`."""
    parser.add_argument("act", choices=("package",), metavar="package")
    parser.add_argument("--out", default=FILE_NAME, metavar="FIL", help=f"zip-filen att skriva (annars {FILE_NAME})")
    parser.add_argument(
        "--app-version", metavar="X.Y.Z", help="appens version, när Teams redan har en med botens (annars botens)"
    )


def run(args: argparse.Namespace, found: Settings) -> str:
    """Write the package; return what to say. Raises Refused, and then writes nothing."""
    app_id = found.teams.app_id if found.teams else ""
    if not app_id:
        raise Refused(
            f"{found.file}: app_id saknas under [teams]. Skriv programmets (klientens) id från appregistreringen i Entra: "
            'app_id = "11111111-2222-3333-4444-555555555555". Se docs/teams.md.'
        )
    version = args.app_version or importlib.metadata.version("namndbot")
    data = package(app_id, found.organisation, found.url, version)
    target = Path(args.out)
    if target.is_dir() or not target.parent.is_dir():
        what = f"{target} är en mapp" if target.is_dir() else f"Mappen {target.parent} finns inte"
        raise Refused(f"{what}. Skriv var filen ska ligga: --out MAPP/{FILE_NAME}")
    write_durably(target, data)
    return (
        f"Skrev {target}: Nämndbot {app_version(version)} för {found.organisation}. "
        "Ladda upp den i Teams administrationscenter; se docs/teams.md."
    )


def package(app_id: str, organisation: str, url: str, version: str) -> bytes:
    """Return the zip: the same bytes for the same arguments. Raises Refused with all that is wrong, one line each."""
    faults = _wrong(app_id, organisation, url, version)
    if not faults:
        data = packed(files(app_id, organisation, url, version))
        faults = teams_package_checks.faults(data)
    if faults:
        raise Refused("\n".join([*faults, "Ingen app är skriven."]))
    return data


def app_version(version: str) -> str:
    """Return our version as Teams wants it, three numbers.

    >>> app_version("0.1.0"), app_version("1.2"), app_version("2.0.1rc1+local")
    ('0.1.0', '1.2.0', '2.0.1')
    """
    released = re.match(r"v?(\d+(?:\.\d+)*)", version)
    numbers = [str(int(n)) for n in released[1].split(".")] if released else []
    return ".".join([*numbers, "0", "0", "0"][:3]) if numbers else version


def package_id(app_id: str) -> str:
    """Return the app's own id in Teams: always the same for a registration, so that a new zip is an update."""
    return str(uuid.uuid5(uuid.UUID(app_id), "namndbot.teams"))


def _wrong(app_id: str, organisation: str, url: str, version: str) -> list[str]:
    """Return what must be changed in the settings before there can be an app."""
    wrong = []
    if not _GUID.fullmatch(app_id):
        wrong.append(
            f"app_id under [teams] är {app_id!r}, som inte är ett id. Skriv programmets (klientens) id från "
            "appregistreringen i Entra."
        )
    if len(organisation) > _LONGEST_NAME:
        wrong.append(
            f"organisation är {len(organisation)} tecken. Teams tar högst {_LONGEST_NAME}. Skriv ett kortare namn i "
            "inställningarna."
        )
    try:
        parts = urlsplit(url)
        host, login = (parts.hostname or "").encode("idna").decode(), "@" in parts.netloc
    except ValueError:
        parts, host, login = urlsplit(""), "", False
    if parts.scheme != "https" or not host:
        wrong.append(
            f"url är {url!r}. Teams kräver en adress som börjar med https. Ändra url i inställningarna till den adress "
            "som sidorna nås på, till exempel https://diariet.ekeby.se."
        )
    elif login:
        wrong.append("url innehåller namn eller lösenord före @. Ta bort dem: adressen följer med i appen.")
    if not re.fullmatch(r"\d+\.\d+\.\d+", app_version(version)):
        wrong.append(f"Versionen {version!r} är inte tre tal. Skriv till exempel --app-version 1.0.1.")
    return wrong


def files(app_id: str, organisation: str, url: str, version: str) -> dict[str, bytes]:
    """Return the package's files by name, in their order."""
    words = {file: _words(file, organisation) for file in (SWEDISH, ENGLISH)}
    folder = resources.files("bot") / "channels" / "teams_app"
    made = {
        MANIFEST: _json(_manifest(app_id, organisation, url, version, words[SWEDISH])),
        COLOR: (folder / COLOR).read_bytes(),
        OUTLINE: (folder / OUTLINE).read_bytes(),
        **{
            file: _json({"$schema": f"{_SCHEMAS}/MicrosoftTeams.Localization.schema.json", **said})
            for file, said in words.items()
        },
    }
    return {name: made[name] for name in FILES}


def packed(made: Mapping[str, bytes]) -> bytes:
    """Return the files as a zip, all at its root."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as zipped:
        for name, data in made.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.create_system = 3  # as made on Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, data)
    return whole.getvalue()


def _words(file: str, organisation: str) -> dict[str, str]:
    """Return a language's strings, each under the path that it has in the manifest."""
    said = {path: text.format(organisation=organisation) for path, text in _WORDS[file].items()}
    for number, offered in enumerate(_OFFERED.values()):
        for place, command in enumerate(offered):
            path = f"bots[0].commandLists[{number}].commands[{place}]"
            said[f"{path}.title"] = command
            said[f"{path}.description"] = _COMMANDS[command][file]
    return said


def _manifest(app_id: str, organisation: str, url: str, version: str, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "$schema": f"{_SCHEMAS}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA_VERSION,
        "version": app_version(version),
        "id": package_id(app_id),
        # The bot has one address: its pages. It stands for all three, since Teams wants them all.
        "developer": {"name": organisation, "websiteUrl": url, "privacyUrl": url, "termsOfUseUrl": url},
        # The manifest's own strings are the Swedish ones: what Teams shows who has neither language.
        "localizationInfo": {
            "defaultLanguageTag": "sv",
            "defaultLanguageFile": SWEDISH,
            "additionalLanguages": [{"languageTag": "en", "file": ENGLISH}],
        },
        "name": {"short": words["name.short"], "full": words["name.full"]},
        "description": {"short": words["description.short"], "full": words["description.full"]},
        "icons": {"color": COLOR, "outline": OUTLINE},
        "accentColor": _STAMP,
        "bots": [
            {
                "botId": app_id.lower(),
                "scopes": list(_OFFERED),
                "isNotificationOnly": False,
                "supportsFiles": False,
                "commandLists": [
                    {
                        "scopes": [scope],
                        "commands": [{"title": c, "description": _COMMANDS[c][SWEDISH]} for c in offered],
                    }
                    for scope, offered in _OFFERED.items()
                ],
            }
        ],
        "validDomains": _domains(url),
    }


def _domains(url: str) -> list[str]:
    """Return the host of the pages, where the whole internet may know it.

    >>> _domains("https://diariet.ekeby.se:8443/namnd"), _domains("https://10.0.0.7"), _domains("https://diariet.lan")
    (['diariet.ekeby.se'], [], [])
    """
    host = (urlsplit(url).hostname or "").encode("idna").decode()
    try:
        ipaddress.ip_address(host)
        return []
    except ValueError:
        return [host] if "." in host and host.rpartition(".")[2] not in _NOT_PUBLIC else []


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
