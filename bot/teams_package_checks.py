"""What an app package for Teams must be: Microsoft's own schemas, and what they do not say."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, NamedTuple

SCHEMA_VERSION = "1.19"
MANIFEST, COLOR, OUTLINE, SWEDISH, ENGLISH = "manifest.json", "color.png", "outline.png", "sv.json", "en.json"
FILES = (MANIFEST, COLOR, OUTLINE, SWEDISH, ENGLISH)

_SCHEMAS = {
    MANIFEST: "MicrosoftTeams.schema.json",
    SWEDISH: "MicrosoftTeams.Localization.schema.json",
    ENGLISH: "MicrosoftTeams.Localization.schema.json",
}
_MOST_COMMANDS = 10
_SAFE = 140  # the middle of the colour icon, in pixels; Teams cuts what is outside it to round or six-sided shapes
_CUT_OFF = "bilden är avbruten"


def faults(data: bytes) -> list[str]:
    """Return all that is wrong with a package, in plain Swedish; empty when Teams should take it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            names = zipped.namelist()
            found = {name: zipped.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return ["Filen är ingen hel zip-fil."]
    wrong = [f"{name} saknas i appen." for name in FILES if name not in found]
    wrong += [
        f"{name} hör inte till appen. Filerna ska ligga överst, utan mapp." for name in found if name not in FILES
    ]
    if len(names) != len(found):
        wrong.append("Samma fil finns två gånger i appen.")
    if wrong:
        return wrong
    read: dict[str, Any] = {}
    for name in _SCHEMAS:
        try:
            read[name] = json.loads(found[name].decode())
        except ValueError:
            wrong.append(f"{name} går inte att läsa som JSON.")
    if not wrong:
        wrong = list(_by_schema(read))
    if not wrong:  # what follows takes the shape for granted
        wrong = [*_versions(read), *_in_manifest(read[MANIFEST]), *_in_words(read)]
    return [*wrong, *_in_color(found[COLOR]), *_in_outline(found[OUTLINE])]


def _by_schema(read: Mapping[str, Any]) -> Iterator[str]:
    # A tenth of a second to import, which only this command should cost. The empty registry fetches nothing.
    from jsonschema import Draft4Validator
    from referencing import Registry

    folder = resources.files("bot") / "channels" / "teams_app" / "schema"
    for name, schema in _SCHEMAS.items():
        rules = json.loads((folder / schema).read_text("utf-8"))
        nothing: Registry[Any] = Registry()
        for error in Draft4Validator(rules, registry=nothing).iter_errors(read[name]):
            where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path).lstrip(".")
            yield f"{name}{', ' + where if where else ''}: {_in_swedish(error)}"


def _in_swedish(error: Any) -> str:
    match error.validator:
        case "maxLength":
            return f"är {len(error.instance)} tecken. Teams tar högst {error.validator_value}."
        case "maxItems":
            return f"har {len(error.instance)} rader. Teams tar högst {error.validator_value}."
        case "required":
            missing = [k for k in error.validator_value if k not in error.instance]
            return f"saknar {', '.join(missing)}."
        case "pattern" | "enum" | "type":
            return f"är {json.dumps(error.instance, ensure_ascii=False)[:80]}, som Teams inte tar emot."
        case _:
            return f"stämmer inte med Microsofts schema ({error.message[:200]})."


def _versions(read: Mapping[str, Any]) -> Iterator[str]:
    # The schema says this with "const", which its own draft of JSON Schema does not have yet.
    if read[MANIFEST]["manifestVersion"] != SCHEMA_VERSION:
        yield f"{MANIFEST}, manifestVersion: ska vara {SCHEMA_VERSION}."
    for name, found in read.items():
        if f"/v{SCHEMA_VERSION}/" not in found.get("$schema", ""):
            yield f"{name}, $schema: är ett annat än för version {SCHEMA_VERSION}."


def _in_manifest(manifest: Mapping[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", manifest["version"]):
        yield f"{MANIFEST}, version: är {manifest['version']!r}. Teams vill ha tre tal, till exempel 1.0.0."
    for key in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
        if not manifest["developer"][key].lower().startswith("https://"):
            yield f"{MANIFEST}, developer.{key}: börjar inte med https."
    if {manifest["icons"]["color"], manifest["icons"]["outline"]} != {COLOR, OUTLINE}:
        yield f"{MANIFEST}, icons: nämner andra bilder än {COLOR} och {OUTLINE}."
    languages = manifest.get("localizationInfo", {})
    named = [languages.get("defaultLanguageFile"), *(a["file"] for a in languages.get("additionalLanguages", []))]
    if named != [SWEDISH, ENGLISH]:
        yield f"{MANIFEST}, localizationInfo: nämner andra filer än {SWEDISH} och {ENGLISH}."
    bots = manifest.get("bots") or [{"scopes": []}]
    lists = bots[0].get("commandLists", [])
    if not bots[0]["scopes"] or [s for one in lists for s in one["scopes"]] != bots[0]["scopes"]:
        yield f"{MANIFEST}, bots: varje plats ska ha en lista med kommandon, och bara en."
    for number, one in enumerate(lists):
        titles = [c["title"] for c in one["commands"]]
        if not 1 <= len(titles) <= _MOST_COMMANDS or len(set(titles)) != len(titles):
            yield f"{MANIFEST}, bots[0].commandLists[{number}]: ska ha 1 till {_MOST_COMMANDS} olika kommandon."


def _in_words(read: Mapping[str, Any]) -> Iterator[str]:
    shown = _shown(read[MANIFEST])
    for file in (SWEDISH, ENGLISH):
        words = {path: text for path, text in read[file].items() if path != "$schema"}
        for path in sorted(shown.keys() ^ words.keys()):
            yield f"{file}: {path} {'saknas' if path in shown else 'finns inte i ' + MANIFEST}."
        for path, text in words.items():
            if not text.strip():
                yield f"{file}: {path} är tom."
        if words.get("name.short") == words.get("name.full"):
            yield f"{file}: name.short och name.full ska vara olika."
        if words.get("description.short", "") in words.get("description.full", ""):
            yield f"{file}: description.full ska inte upprepa description.short."
    for path, text in shown.items():
        if read[SWEDISH].get(path, text) != text:
            yield f"{SWEDISH}: {path} är en annan text än i {MANIFEST}."


def _shown(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the manifest's strings that people read, by path."""
    found = {f"{a}.{b}": manifest[a][b] for a in ("name", "description") for b in ("short", "full")}
    for bot in manifest.get("bots", [])[:1]:
        for number, one in enumerate(bot.get("commandLists", [])):
            for place, command in enumerate(one["commands"]):
                for key in ("title", "description"):
                    found[f"bots[0].commandLists[{number}].commands[{place}].{key}"] = command[key]
    return found


class _Picture(NamedTuple):
    """A decoded picture: pixels row by row, as (red, green, blue, alpha)."""

    width: int
    height: int
    transparent: bool  # whether the file has an alpha channel
    rows: list[list[tuple[int, ...]]]


def _in_color(data: bytes) -> Iterator[str]:
    try:
        picture = _picture(data, 192)
    except ValueError as error:
        yield f"{COLOR}: {error}."
        return
    pixels = {p for row in picture.rows for p in row}
    if any(p[3] != 255 for p in pixels):
        yield f"{COLOR}: är genomskinlig. Bakgrunden ska vara hel."
    edge = (192 - _SAFE) // 2
    middle = range(edge, 192 - edge)
    around = {p for y, row in enumerate(picture.rows) for x, p in enumerate(row) if x not in middle or y not in middle}
    if len(around) != 1:
        yield f"{COLOR}: teckningen går utanför de mittersta {_SAFE} punkterna, där Teams skär."
    elif len(pixels) == 1:
        yield f"{COLOR}: är tom."


def _in_outline(data: bytes) -> Iterator[str]:
    try:
        picture = _picture(data, 32)
    except ValueError as error:
        yield f"{OUTLINE}: {error}."
        return
    pixels = {p for row in picture.rows for p in row}
    if not picture.transparent or not any(p[3] == 0 for p in pixels):
        yield f"{OUTLINE}: ska ha genomskinlig bakgrund."
    if any(p[3] and p[:3] != (255, 255, 255) for p in pixels):
        yield f"{OUTLINE}: ska vara bara vit."
    if not any(p[3] == 255 for p in pixels):
        yield f"{OUTLINE}: är tom."


def _picture(data: bytes, side: int) -> _Picture:
    """Decode a square PNG of eight bits a channel, plain or with alpha. Raises ValueError with what is wrong."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("är ingen PNG-bild")
    chunks = dict[bytes, bytes]()
    at = 8
    while at + 12 <= len(data) and b"IEND" not in chunks:
        (size,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        if data[at + 8 + size : at + 12 + size] != struct.pack(">I", zlib.crc32(kind + body)):
            raise ValueError("bilden är skadad")
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + size
    if not {b"IHDR", b"IDAT", b"IEND"} <= chunks.keys() or len(chunks[b"IHDR"]) != 13:
        raise ValueError(_CUT_OFF)
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if (width, height) != (side, side):
        raise ValueError(f"är {width} x {height} punkter. Teams vill ha {side} x {side}")
    if depth != 8 or colour not in (2, 6) or interlaced or b"tRNS" in chunks:
        raise ValueError("ska vara PNG med 8 bitar per färg, RGB eller RGBA, utan sammanflätning")
    step = {2: 3, 6: 4}[colour]
    length = side * (width * step + 1)
    try:
        raw = zlib.decompressobj().decompress(chunks[b"IDAT"], length + 1)
    except zlib.error:
        raise ValueError("bilden är skadad") from None
    if len(raw) != length:
        raise ValueError(_CUT_OFF)
    return _Picture(width, height, colour == 6, list(_rows(raw, width * step, step)))


def _rows(raw: bytes, length: int, step: int) -> Iterator[list[tuple[int, ...]]]:
    before = bytes(length)
    for start in range(0, len(raw), length + 1):
        row = bytearray(raw[start + 1 : start + 1 + length])
        for x in range(length):
            left, corner = (row[x - step], before[x - step]) if x >= step else (0, 0)
            row[x] = (row[x] + _guess(raw[start], left, before[x], corner)) & 255
        before = bytes(row)
        yield [(*before[x : x + 3], before[x + 3] if step == 4 else 255) for x in range(0, length, step)]


def _guess(way: int, left: int, above: int, corner: int) -> int:
    """Return what PNG's five filters expect a byte to be (PNG specification, section 9)."""
    match way:
        case 0:
            return 0
        case 1:
            return left
        case 2:
            return above
        case 3:
            return (left + above) // 2
        case 4:
            near = left + above - corner
            return min((left, above, corner), key=lambda v: abs(near - v))
        case _:
            raise ValueError("bilden är skadad")
