"""Diarienummer: how ours are written, how any are compared."""

from __future__ import annotations

import re
import string

# What a template may hold. number may have a width: {number:05d}.
_FIELDS = {"prefix", "year", "number"}
_WIDTH = re.compile(r"(0?\d{1,2}d)?\Z")


def template_fault(template: str) -> str | None:
    """Return what is wrong with a template, in Swedish, or None.

    >>> template_fault("{prefix} {year}-{number}")
    >>> template_fault("{prefix}-{number}")
    'mallen saknar {year}'
    """
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return "mallens klamrar går inte ihop; skriv till exempel {prefix} {year}-{number}"
    fields = [name for _, name, _, _ in parts if name is not None]
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in _FIELDS:
            return f"mallen har {{{name}}}; den får bara ha {{prefix}}, {{year}} och {{number}}"
        if conversion or (spec and (name != "number" or not _WIDTH.match(spec))):
            return f"mallen har {{{name}:{spec}}}; bara bredd för number går, till exempel {{number:05d}}"
    for needed in ("year", "number"):
        if fields.count(needed) != 1:
            return f"mallen saknar {{{needed}}}" if needed not in fields else f"mallen har {{{needed}}} två gånger"
    if key(render(template, "SN", 2026, 1)) == key(render(template, "SN", 2026, 2)):
        return "mallen gör att två nummer inte går att skilja åt; skriv till exempel {prefix} {year}-{number}"
    return None


def render(template: str, prefix: str, year: int, number: int) -> str:
    """Return a number as the namnd writes it.

    >>> render("{prefix}-{year}-{number:05d}", "SN", 2026, 123)
    'SN-2026-00123'
    """
    return template.format(prefix=prefix, year=year, number=number)


_YEAR = r"(?:19|20)\d\d"
_PREFIX_FIRST = re.compile(
    rf"([A-ZÅÄÖ][A-ZÅÄÖ. ]{{0,15}})?[ ]?[-/.:]?[ ]?({_YEAR})[ ]?[-/:. ][ ]?([0-9]{{1,7}})(?![0-9])(-[0-9]{{3,7}}(?![0-9]))?"
)
_YEAR_FIRST = re.compile(rf"({_YEAR})[ ]?[-/:]?[ ]?([A-ZÅÄÖ]{{1,8}})[ ]?[-/: ]?[ ]?([0-9]{{1,7}})(?![0-9])")


def key(raw: str) -> str:
    """Return the form that numbers are compared by: prefix, year and running number, however they are written.

    A document's number or a class code after it is left out; what has no such shape is squeezed to its letters and
    figures.

    >>> key("Dnr KS 2021-299") == key("KS/2021:00299") == key("ks 2021/299-2")
    True
    >>> key("2016/KS 0259 10"), key("501-1905-2022")
    ('KS|2016|259', '5011905 2022')
    """
    text = re.sub(r"\s+", " ", raw.upper()).strip()
    text = re.sub(r"^(?:DIARIENUMMER|DIARIENR|DNR|D\.?NR|HID)\b[.: ]*", "", text)
    found = _PREFIX_FIRST.match(text)
    if found:
        prefix = re.sub(r"[^A-ZÅÄÖ]", "", found[1] or "")
        # One or two figures behind a hyphen are a document's number; more are part of the matter's.
        return f"{prefix}|{found[2]}|{int(found[3])}" + (f"|{int(found[4][1:])}" if found[4] else "")
    found = _YEAR_FIRST.match(text)
    if found:
        return f"{found[2]}|{found[1]}|{int(found[3])}"
    figures = re.search(rf"(?<!\d)({_YEAR})\Z", text)
    if figures:
        return re.sub(r"[^0-9A-ZÅÄÖ]", "", text[: figures.start()]) + " " + figures[1]
    return re.sub(r"[^0-9A-ZÅÄÖ]", "", text)


def own_pattern(template: str, prefix: str) -> re.Pattern[str]:
    """Return a pattern that finds numbers of a series in text, whatever separators and zeros the writer used.

    >>> own_pattern("{prefix} {year}-{number}", "SN").findall("Svar i SN 2026-17 och sn/2026:18, ej KSN 2026-1")
    ['SN 2026-17', 'sn/2026:18']
    """
    gap = r"[ \u00a0]?[-/:. ]?[ \u00a0]?"
    year_first = template.index("{year") < template.index("{prefix") if "{prefix" in template else False
    name = re.escape(prefix)
    body = rf"{_YEAR}{gap}{name}{gap}\d{{1,7}}" if year_first else rf"{name}{gap}{_YEAR}{gap}\d{{1,7}}"
    return re.compile(rf"(?<![\w/-]){body}(?!\d)", re.IGNORECASE)


def find_own(text: str, template: str, prefix: str) -> list[str]:
    """Return the numbers of a series that stand in a text, each once, as written."""
    if not prefix:
        return []
    return list(dict.fromkeys(own_pattern(template, prefix).findall(text[:200_000])))


def format_fault(dnr: str, template: str, prefix: str) -> str | None:
    """Return why a number given by a person does not look like the series, or None.

    >>> format_fault("SN 2026-12", "{prefix} {year}-{number}", "SN")
    >>> format_fault("KS 2026-12", "{prefix} {year}-{number}", "SN")
    'Numret ska se ut som SN 2026-123.'
    """
    pattern = ""
    for literal, name, spec, _ in string.Formatter().parse(template):
        pattern += re.escape(literal)
        if name == "prefix":
            pattern += re.escape(prefix)
        elif name == "year":
            pattern += _YEAR
        elif name == "number":
            width = re.sub(r"\D", "", spec or "")
            pattern += rf"\d{{{int(width)},}}" if width else r"[1-9]\d*"
    if re.fullmatch(pattern, dnr):
        return None
    return f"Numret ska se ut som {render(template, prefix, 2026, 123)}."
