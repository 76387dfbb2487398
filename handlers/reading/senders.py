"""Senders: the body behind the matter, not the colleague who passed it on."""

from __future__ import annotations

import re

from .characters import fold
from .grouped import one_of
from .material import Material
from .municipalities import KNOWN, agency_of, by_its_name, label_of, organisation, region_or_agency
from .reading import Party

_ORGANS = re.compile(
    r"\b(?P<organ>kommunstyrelsens arbetsutskott|kommunstyrelsen|kommunfullmäktige|regionfullmäktige|regionstyrelsen|stadsrevisionen|kommunrevisionen|revisorerna|revisionen"
    r"|(?:[a-zåäö]{1,40}- ?(?:,|och|samt) ?)?[a-zåäö-]{0,40}nämnden|(?:tekniska|sociala|gemensamma|kulturella) nämnden|(?:[a-zåäö]{1,40}- ?(?:och|samt) ?)?[a-zåäö-]{0,40}förvaltningen|stadsledningskontoret|kommunledningskontoret|kommunkansliet)(?:s)?\b",
    re.I,
)
_ADJECTIVE = one_of(r"\b(?:tekniska|sociala|gemensamma|kulturella) nämnden\b")
_AUDITORS = re.compile(r"\b(?:kommun|stads|region)?(?:revisorerna|revisionen|revisionskontoret|revisor\w*)\b", re.I)
_CITY_AUDIT = re.compile(r"\bstadsrevisionen\b", re.I)
_FIRM = re.compile(r"\b(?:KPMG|PwC|Deloitte|EY|Ernst & Young|Helseplan)\b")
_MOVED = re.compile(
    r"\b(?P<organ>kommunstyrelsens arbetsutskott|kommunstyrelsen|kommunfullmäktige)\b[^.\n]{0,60}\b(?:översänder|överlämnar|remitterar|begär|remiss|beslut|har remitterat|har beslutat|vill|önskar)",
    re.I,
)
_DECIDER = re.compile(
    r"\b(?P<organ>kommunfullmäktige|kommunstyrelsen|regionfullmäktige|(?:tekniska|sociala) nämnden|(?:[a-zåäö]{1,40}- och )?[a-zåäö]{0,40}nämnden|kommunstyrelsens arbetsutskott)(?:s)?\b(?: i \w+)?[^.\n]{0,60}?\b(?:beslut\w*|avslog|biföll|bordlade|återremitterade|avskrev|ställde sig|godkän\w+|föreslår|förslag till|ställer)",
    re.I,
)
_FROM = re.compile(
    r"\b(?:beslut|protokollsutdrag|utdrag|protokoll(?:et)?)(?: (?:fört )?(?:i|från|av|vid|ur))+ (?P<organ>kommunfullmäktige|kommunstyrelsens arbetsutskott|kommunstyrelsen|regionfullmäktige|(?:[a-zåäö]{1,40}- och )?[a-zåäö]{1,40}nämnden)|^(?P<head>kommunfullmäktige|kommunstyrelsen)\b[ \d§-]*$",
    re.I | re.M,
)
# The letterhead of minutes: "Kultur- och fritidsnämnden Protokollsutdrag", "Kommunstyrelsen 2024-09-25".
_HEADED = re.compile(
    r"^[^\w\n]*(?P<organ>kommunfullmäktige|kommunstyrelsens arbetsutskott|kommunstyrelsen|regionfullmäktige|regionstyrelsen|(?:[a-zåäö]{1,40}- och )?[a-zåäö]{2,40}nämnden|tekniska nämnden)(?=\s*(?:$|\d|(?:sammanträdes)?protokoll|sammanträd|utdrag))",
    re.I | re.M,
)
_PRIVATE = frozenset(
    {"medborgarforslag", "nyhetsbrev", "skrap", "studs", "synpunkt", "utlamnande", "kalender", "other", "orosanmalan"}
)
_FROM_MEMBER = frozenset({"motion", "interpellation", "namndinitiativ"})
_OFFICE_SENDER = one_of(
    r"\b(?:\w*kansli\w*|registrator\w*|förvaltning\w*|kommunledning\w*|\w*kontor\w*|kommunstyrelse\w*|kommunfullmäktige\w*|nämnd\w*|diarie\w*|kommunsekreterare|sekreterare|kommun|stad|stab\w*|reception|info|kommunikation|servicecenter|kontaktcenter|enhet\w*)\b",
)
_SCANNER = one_of(r"\b(?:scanner|skanner|kopiator|printer|mfp|no-?reply|noreply)\b")


def authority(material: Material, kind: str, matter: str | None) -> str | None:
    """Return "Kommun, organ" of the body behind the matter; None for private persons, parties and advertisers."""
    author, texts = material.author, _texts(material)
    name = f"{author.name or ''} {(author.address or '').split('@')[0] if author.address else ''}"
    agency = agency_of(author.address) or region_or_agency(author.name or "") or region_or_agency(material.signature)
    if kind in {"nyhetsbrev", "skrap", "studs", "kalender"} or (kind == "autosvar" and not _org(material, texts)):
        return None
    if kind in {"revisionsgranskning", "revisionsforfragan"}:
        return _auditors(material, name, texts)
    if agency and kind not in _FROM_MEMBER | {"medborgarforslag"}:
        return agency
    home = _org(material, texts)
    if home is None or label_of(author.address) not in {label_of(p.address) for p in material.addressees}:
        named = by_its_name(author.name or "") if kind not in _FROM_MEMBER | {"medborgarforslag"} else None
        if named:
            return named
    if kind in _FROM_MEMBER | _PRIVATE:
        office = _OFFICE_SENDER.search(
            f"{author.name or ''} {(author.address or '').split('@')[0]}"
        ) and not _SCANNER.search(name)
        if not office or not home or (kind in _FROM_MEMBER and re.search(r"\((?:[A-ZÅÄÖ]{1,4})\)", author.name or "")):
            return None
    elif home is None and not _OFFICE_SENDER.search(name):
        head = "\n".join([line for line in material.main.lines if line][:4])
        told = (
            region_or_agency(head[:400])
            or region_or_agency(material.subject)
            or region_or_agency("\n".join(material.main.lines[-3:]))
        )
        return told
    organ = _organ(material, kind)
    if organ and home:
        return f"{home}, {organ}"
    return home or agency or _named(material) or (organ[:1].upper() + organ[1:] if organ else None)


def _texts(material: Material) -> str:
    parts = [
        p.name or ""
        for p in (
            material.author,
            *([material.forwarded_by] if material.forwarded_by else []),
            *material.addressees[:5],
        )
    ]
    return "\n".join(
        [
            *parts,
            material.subject,
            material.main.text[:6000],
            material.signature,
            material.signature_raw,
            material.preface.text[:2000],
            *(d.text[:3000] for d in material.attached[:4]),
        ]
    )


def _org(material: Material, texts: str) -> str | None:
    """The author's municipality: by the author's domain, else by that of the one who passed it on, else ours."""
    addresses = [material.author.address, material.forwarded_by.address if material.forwarded_by else None]
    receiver = {label_of(p.address) for p in material.addressees}
    for address in addresses:
        if not address:
            continue
        found = organisation(address, texts)
        known = label_of(address)
        if found and (known in receiver or _known(found, texts)):
            return (
                material.context.organisation
                if material.context.organisation and fold(material.context.organisation) == fold(found)
                else found
            )
        if found:
            return None
        if address == material.author.address:
            break
    if material.author.address is None and material.context.organisation:
        return material.context.organisation
    return None


def _known(found: str, texts: str) -> bool:
    """Is what we made of a stranger's domain really a municipality: one of ours by name, or so called in the text?"""
    stem = re.sub(r" (?:kommun|stad)$", "", found)
    plain = re.sub(r"[^a-z]", "", fold(stem))
    return plain in KNOWN or plain.removesuffix("s") in KNOWN or fold(found) in fold(texts)


def _named(material: Material) -> str | None:
    match = re.search(
        r"\b([A-ZÅÄÖ][\wåäö-]+(?: [A-ZÅÄÖ][\wåäö]+)?) (kommun|stad)\b",
        f"{material.author.name or ''}\n{material.signature}\n{material.main.text[:800]}",
    )
    return f"{match[1]} {match[2]}" if match else None


def _auditors(material: Material, name: str, texts: str) -> str | None:
    firm = _FIRM.search(f"{name} {label_of(material.author.address).upper()} {material.signature}") or (
        _FIRM.search(material.author.address.upper()) if material.author.address else None
    )
    home = _org(material, texts)
    if home is None:
        called = re.search(r"\b([A-ZÅÄÖ][\wåäö-]+(?: [A-ZÅÄÖ][\wåäö]+)?) (kommun|stad)s?\b", texts)
        region = re.search(r"\bRegion [A-ZÅÄÖ][\wåäö]+(?: län)?\b", texts)
        home = f"{called[1]} {called[2]}" if called else region[0] if region else None
    if firm and not (_AUDITORS.search(name) or re.search(r"för revisorerna|revisorerna i", texts, re.I)):
        return firm[0]
    body = "stadsrevisionen" if _CITY_AUDIT.search(texts) else "revisorerna"
    return f"{home}, {body}" if home else ("Revisorerna" if _AUDITORS.search(texts) else None)


def _organ(material: Material, kind: str) -> str | None:
    """The organ: who decided, who refers, or whose name the sender bears."""
    name = material.author.name or ""
    if kind == "protokollsutdrag":
        for text in (
            material.subject,
            material.original_subject,
            *(d.text[:3000] for d in material.attached if d.genre in {"protokoll", "other"}),
            material.main.text[:3000],
        ):
            headed = _HEADED.search("\n".join(text.split("\n")[:9]))
            if headed and text is not material.subject:
                return _plain(headed["organ"])
            both = [m for m in (_DECIDER.search(text), _FROM.search(text)) if m]
            if both:
                first = min(both, key=lambda m: m.start())
                return _plain(first["organ"] or first["head"])
        named = _ORGANS.search(name)
        if named:
            return _plain(named["organ"])
        short = re.search(
            r"\b(KF|KS|KSAU)\b",
            f"{material.subject} {' '.join(d.where for d in material.attached)} {' '.join(d.head[:200] for d in material.attached)}",
        )
        if short:
            return {"KF": "kommunfullmäktige", "KS": "kommunstyrelsen", "KSAU": "kommunstyrelsens arbetsutskott"}[
                short[1]
            ]
        return None
    if kind in {"svar", "tjansteskrivelse", "kvalitetsgranskning"}:
        for text in (name, material.signature[:400], *(d.text[:2000] for d in material.attached[:2]), material.subject):
            office = (
                re.search(r"\b(?:[a-zåäö]{1,40}-\s+(?:och|samt)\s+)?[a-zåäö-]{3,40}förvaltningen\b", text, re.I)
                if kind != "svar" or text is name
                else None
            )
            office = office or _ORGANS.search(text)
            if office:
                return _plain(office["organ"] if "organ" in office.groupdict() else office[0])
        return None
    named = _ORGANS.search(name)
    if named and not re.search(r"förvaltningen$|kontoret$|kansliet$", named["organ"], re.I):
        return _plain(named["organ"])
    moved = _MOVED.search(f"{material.subject}\n{material.main.text[:2500]}")
    if moved:
        return moved["organ"].lower()
    referred = re.search(
        r"\bremiss(?:en)? från (kommunstyrelsen|kommunfullmäktige|\w+nämnden)", material.main.text[:1500], re.I
    )
    if referred:
        return referred[1].lower()
    short = re.match(r"(?:KS|KF)\b", name) or re.match(r"(?:ks|kf)@", material.author.address or "")
    if short:
        return "kommunstyrelsen" if short[0].lower().startswith("ks") else "kommunfullmäktige"
    signed = _ORGANS.search(material.signature) or _ORGANS.search("\n".join(material.main.lines[-2:]))
    if named is None and signed and kind == "remiss":
        return _plain(signed["organ"])
    return _plain(named["organ"]) if named else None


def _plain(organ: str) -> str:
    return " ".join(organ.lower().split())


def named_sender(material: Material) -> Party:
    """The author, with the display name left out where it is only the address again."""
    author = material.author
    if author.name and author.address and fold(author.name) == author.address:
        return Party(None, author.address)
    return author
