"""People: who wrote a motion, a question or a proposal, each with the party."""

from __future__ import annotations

import re

from .grouped import one_of
from .material import Document, Material
from .signatures import PARTIES, shared, unsigned

_CAP = r"[A-ZÅÄÖÉÜØÆ][\w’'é-]{0,30}"
_NAME = rf"{_CAP}(?: (?:von|af|de|van|der|el|al|da|di|la) {_CAP}| {_CAP}){{1,4}}"
_PARTY = r"(?P<party>[A-ZÅÄÖ][a-zåäö]{2,20}(?:listan|partiet|demokraterna|samling)|[A-ZÅÄÖÁ][A-Za-zÅÄÖåäöÁá+]{0,5}|-|[a-zåäö]{1,3})"
NAMED = re.compile(
    rf"(?P<name>{_NAME})(?: m\.? ?fl\.?)?(?:, (?:\d:[ea] )?(?:vice |2:e vice |1:e vice )?(?:grupp|fullmäktige|kommun)?(?:ledare|ledamot|ersättare|ordförande|kommunalråd|oppositionsråd|råd))?,? ?(?:\({_PARTY}\))"
)
_SHARED = re.compile(
    rf"(?P<names>{_NAME}(?:, {_NAME})*(?:,? (?:och|samt|&) {_NAME})+),? ?\((?:(?:alla|samtliga|båda|bägge) )?{_PARTY}\)"
)
_AUTHORED = re.compile(
    rf"(?:motion(?:en|är(?:en|erna)?)?|interpellation(?:en)?|fråga|initiativ|nämndinitiativ(?:et)?|ledamotsinitiativ(?:et)?|medborgarförslag(?:et)?|ärende väckt|nr \d{{4}}:\d+)\b[^.\n]{{0,40}}?\b(?:av|från|väckt av|inlämnad av|ställd av|lämnad av|genom) {_NAME}|motion(?:en)? [\"”“][^\"”“\n]{{3,90}}[\"”“] \(",
    re.I,
)
_LONELY = re.compile(rf"^(?:/|gm |genom )?(?P<name>{_NAME})(?:,.*|\s*[|/].*)?$")
_TITLED = one_of(
    r"\b(?:ordförande|ledamot|gruppledare|registrator|sekreterare|chef|direktör|handläggare|kommunalråd|nämndsekreterare|kommunsekreterare)\b",
)
_ROLE_WORDS = one_of(
    r"\b(?:kommun|stad|nämnd\w*|kansli\w*|förvaltning\w*|enhet\w*|avdelning|kommunalråd\w*|alliansen|ordförande|gruppledare|telefon|besök|box|gatan|vägen|för|\w+partiet|\w+demokraterna|moderaterna|liberalerna)\b",
)
_RAISES = one_of(
    r"\b(?:(?:väckte|anmälde)\b.{0,80}\b(?:en |sin )?motion|har (?:(?:den \d|till )[^.]{0,60} )?(?:i (?:en |sin )?motion|inkommit|inkom|lämnat|väckt|inlämnat)|i en motion|i motionen|lämnade\b.{0,40}\bmotion|motionärerna|motionären|motionär(?:er)?:|väckt ett ärende|med stöd av 4 kap|(?:har )?(?:i )?nämndinitiativ|föreslår i (?:en|sin) motion|har lämnat in|har ställt|interpellerar)",
)
_OTHERS = one_of(
    r"\b(?:reserver\w+|yrkar (?:bifall|avslag|återremiss|att ärendet)|deltar inte|ordförande ställer|proposition|röst\w+|justera\w*|särskilt uttalande|protokollsanteckning|tjänstgör\w*|ersättare|närvarande|ställer sig bakom|instämmer|stödjer|biträder)\b",
)
_ADDRESSEE = one_of(r"\b(?:till|ställd till|riktad till|fråga|frågar|fråga till)\b[^.\n]{0,90}$")
_SIGNED = re.compile(
    r"^(?:förslagsställare(?:ns namn)?|namn|inlämnad av|initiativtagare|motionär(?:er)?|frågeställare|interpellant|avsändare|för- och efternamn)(?:\s*:\s*(?P<name>[^\n:]{3,60})|\s+(?P<bare>(?-i:[A-ZÅÄÖ][a-zåäöé]+(?:-[A-ZÅÄÖ]\w+)?(?: [A-ZÅÄÖ][\wé-]+){1,2})))$",
    re.I,
)


def authors(material: Material, kind: str, matter: str | None) -> tuple[str, ...]:
    """Return who wrote the motion, initiative, proposal or question: "Name (PARTY)", each once.

    Speakers, reservations and those a question is put to are not its authors.
    """
    if matter not in {"motion", "interpellation", "namndinitiativ", "medborgarforslag"}:
        return ()
    genre = {
        "motion": "motion",
        "interpellation": "interpellation",
        "namndinitiativ": "initiativ",
        "medborgarforslag": "medborgarforslag",
    }[matter]
    own = [d for d in material.attached if d.genre == genre]
    direct = kind == matter
    filled = _in_fields(material.main.text) if direct else []
    if filled:
        return tuple(filled)
    if direct and not own and not any(d.genre == "protokoll" for d in material.attached):
        own = [
            Document(material.main.where, f"{material.main.text}\n{material.signature}", material.main.genre),
            *material.attached[:2],
        ]
    found: list[str] = []
    for document in own:
        found.extend(_signed(document, matter))
    if not found:
        for document in (material.main, *material.attached, material.preface):
            found.extend(_told(document, kind))
    if not found:
        found.extend(_told(Document("subject", material.subject), kind))
    if not found and matter in {"motion", "interpellation", "namndinitiativ"}:
        for document in (material.main, *material.attached):  # the paper itself stands pasted under the request
            pasted = _PASTED.search(document.text)
            if pasted:
                found.extend(_signed(Document(document.where, document.text[pasted.start() :]), matter))
    if not found and direct and matter in {"motion", "interpellation", "namndinitiativ"}:
        found = next((names for d in own if (names := unsigned(d.text.split("\n")))), [])
    if not found and matter == "medborgarforslag" and not direct:
        found.extend(_residents(material))
    if not found and direct and matter == "medborgarforslag":
        found.extend(_private(material))
    if found and not any("(" in f for f in found) and len(found) <= 3:
        found = _lent(found, material)
    return _once(found)


_LENT = re.compile(r"\b(?:undertecknad\w*|ersättare|ledamot|ledamöter)\b[^.\n]{0,40}\((?P<party>[A-ZÅÄÖ]{1,3})\)", re.I)


def _lent(found: list[str], material: Material) -> list[str]:
    """The party that the text tells of whoever signs: "Undertecknad, ersättare (L), väcker"."""
    told = next((m for d in material.documents if (m := _LENT.search(d.text[:6000]))), None)
    return [f"{name} ({told['party']})" for name in found] if told else found


def _signed(document: Document, matter: str) -> list[str]:
    """Who signed, and who is named in the heading."""
    found: list[str] = []
    lines = [line for line in document.text.split("\n") if line.strip()]
    for at, line in enumerate(lines):
        found.extend(_on_line(line, lines, at))
    found = [_of_local_party(one, lines) for one in found]
    if found:
        return found
    found = shared([line for line in lines if not _OTHERS.search(line)])
    if found:
        return found
    for at, line in enumerate(lines[-9:] if len(lines) > 3 else lines[1:]):
        led = _LAST_PARTY.match(line.strip(" .*"))
        if led and led["party"] and len(line) < 80:
            found.append(_with_party(line.strip(" .*")))
            continue
        lonely, start = _LONELY.match(line.strip(" .,*")), max(0, len(lines) - 9) + at
        if (
            not lonely
            or _ROLE_WORDS.search(lonely["name"])
            or lonely["name"].split()[0].lower() in {"med", "vänliga", "till", "motion"}
        ):
            continue
        party = _party_near(lines, start)
        if party:
            found.append(f"{lonely['name']} ({party})")
        elif matter == "medborgarforslag" and start >= len(lines) - 5 and not found:
            found.append(lonely["name"])
    return found


def _of_local_party(entry: str, lines: list[str]) -> str:
    """A local party that is taken for a name, "Salas Bästa (SBÄ)": the name stands on the line above."""
    name, _, letters = entry.rstrip(")").partition(" (")
    if len(letters) < 2 or not all(w[0] == c for w, c in zip(name.split(), letters, strict=False)):
        return entry
    at = next((i for i, line in enumerate(lines) if line.strip(" .*") == entry), 0)
    above = _LONELY.match(lines[at - 1].strip(" .,*")) if at else None
    return f"{above['name']} ({letters})" if above else entry


def _on_line(line: str, lines: list[str], at: int) -> list[str]:
    found: list[str] = []
    shared = _SHARED.search(line)
    if shared and not _OTHERS.search(line):
        found.extend(f"{n} ({_upper(shared['party'])})" for n in re.findall(_NAME, shared["names"]))
    signed = _SIGNED.match(line.strip())
    if signed:
        found.append(_with_party(signed["name"] or signed["bare"]))
    for match in NAMED.finditer(line):
        before = line[: match.start()]
        alone = len(before.strip(" /-•,")) < 3 or match.end() >= len(line.rstrip(" .,")) - 40
        if (
            _ADDRESSEE.search(before)
            or _OTHERS.search(line)
            or (re.search(r"\btill\b", " ".join(lines[max(0, at - 1) : at]).lower()[-40:]) and at < 4)
        ):
            continue
        if alone or _AUTHORED.search(line) or _RAISES.search(line):
            found.append(_said(match))
    return found


_LAST_PARTY = re.compile(
    rf"^(?:\([^)]*\) )?(?P<name>{_NAME})(?:, (?:för )?(?P<party>[A-ZÅÄÖ][\wåäö]*(?:partiet|demokraterna|moderaterna|liberalerna|listan|erna)\b[^,]*|[A-ZÅÄÖ]{{1,3}}))?$"
)


def _with_party(text: str) -> str:
    """A name as a field or a last line gives it: "Pål Ek, Moderaterna" is "Pål Ek (M)"."""
    match = _LAST_PARTY.match(text.strip())
    if not match:
        return text.strip()
    party = match["party"]
    return f"{match['name']} ({PARTIES.get(party.lower(), party.strip())})" if party else match["name"]


def _party_near(lines: list[str], at: int) -> str | None:
    first = at  # the party may stand once above a list of names
    while first > 0 and at - first < 6 and _LONELY.match(lines[first].strip(" .,*")):
        first -= 1
    for line in [lines[at], *lines[at + 1 : at + 4], *lines[max(0, min(first, at - 2)) : at]]:
        low = line.lower()
        group = re.search(r"\b([A-ZÅÄÖ]{1,3})-gruppen\b", line)
        if group:
            return group[1]
        for name, letter in PARTIES.items():
            if re.search(rf"\b{name}\b", low):
                return letter
        alone = re.fullmatch(
            r"(?:\(([A-ZÅÄÖ][A-Za-zÅÄÖåäö]{0,4})\)|(?:[\wåäö -]{0,40}(?:ledare|ledamot|ersättare|ordförande|råd)|[A-ZÅÄÖ][\wåäö ]{3,40}),? ?\(([A-ZÅÄÖ][A-Za-zÅÄÖåäö]{0,4})\))",
            line.strip(),
        )
        if alone:
            return alone[1] or alone[2]
    return None


def _told(document: Document, kind: str) -> list[str]:
    """Whom a cover letter or a minute tells to be the authors."""
    found: list[str] = []
    for sentence in document.sentences[:400]:
        if _OTHERS.search(sentence) and not re.search(r"motionär|i en motion|har i motion", sentence, re.I):
            continue
        through = re.search(rf"\((?P<party>[A-ZÅÄÖ]{{1,4}})\),? (?:genom|via|gm) (?P<name>{_NAME})", sentence)
        if through and re.search(r"motion|interpellation|förslag|initiativ", sentence, re.I):
            found.append(f"{through['name']} ({through['party']})")
            continue
        if not (_AUTHORED.search(sentence) or _RAISES.search(sentence)) and not (
            kind == "interpellation" and re.search(rf"\bav {_NAME}", sentence)
        ):
            continue
        found.extend(_named_in(sentence))
        if not found:
            wordy = re.search(
                rf"(?:av|från) (?P<name>{_NAME}),? (?:för )?(?P<party>[A-ZÅÄÖ][a-zåäö]+(?:erna|et)\b)", sentence
            )
            letter = PARTIES.get(wordy["party"].lower()) if wordy else None
            if wordy and letter:
                found.append(f"{wordy['name']} ({letter})")
    known = {f.split(" (")[0] for f in found}
    for sentence in document.sentences[:400] if known else []:
        shared = _SHARED.search(sentence)
        if shared and "yrkar att" in sentence and any(n in sentence for n in known):
            found.extend(f"{n} ({_upper(shared['party'])})" for n in re.findall(_NAME, shared["names"]))
    return found


def _named_in(sentence: str) -> list[str]:
    found: list[str] = []
    shared = _SHARED.search(sentence)
    if shared:
        found.extend(f"{n} ({_upper(shared['party'])})" for n in re.findall(_NAME, shared["names"]))
    found.extend(f"{m['name']} ({m['party']})" for m in _COMMA.finditer(sentence))
    for match in NAMED.finditer(sentence):
        if not re.search(
            r"\b(?:till|ställd till|riktad till|besvaras av|svar från|svar av)\b(?: \S+){0,5} ?$",
            sentence[: match.start()],
            re.I,
        ):
            found.append(_said(match))
    return found


_PASTED = re.compile(r"^[^\w\n]*(?:motion|interpellation|nämndinitiativ)\b[^.\n]{0,60}$", re.I | re.M)
# "Gun-Britt Ek, S, och Per Alm, V, föreslår": the party between commas.
_COMMA = re.compile(rf"(?P<name>{_NAME}), (?P<party>S|M|SD|C|V|KD|L|MP|FP|FI)(?=,| och\b| föreslår| har\b)")
_RESIDENT = re.compile(
    rf"(?P<name>{_NAME}) (?:har |föreslår |framför |önskar |vill |lämnade |inkom )[^.\n]{{0,60}}\bmedborgarförslag|\bmedborgarförslag(?:et)?\b[^.\n]{{0,60}}? (?:från|av) (?P<from>{_NAME})(?=[ ,.]|$)|\b[Ff]örslagsställaren,? (?P<who>{_NAME})\b"
)


def _residents(material: Material) -> list[str]:
    """Whom a minute or a referral tells to have made the proposal."""
    for document in material.documents:
        for sentence in document.sentences[:60]:
            match = None if _OTHERS.search(sentence) else _RESIDENT.search(sentence)
            if match and not _TITLED.search(sentence):
                return [match["name"] or match["from"] or match["who"]]
    return []


_FIRST = re.compile(r"^[^\w\n]*Förnamn\W+(?P<name>[^\W\d_][\w -]{1,30})$", re.I | re.M)
_LAST = re.compile(r"^[^\w\n]*Efternamn\W+(?P<name>[^\W\d_][\w -]{1,30})$", re.I | re.M)


_PROPOSER = re.compile(
    rf"^(?:Motionär|Interpellant|Förslagsställare)(?: \d)? ?:? (?P<name>{_NAME})\s*$(?:\n\s*Parti ?:? (?P<party>[^\n]{{1,40}})$)?",
    re.M,
)


def _in_fields(text: str) -> list[str]:
    """A form's two fields for one name."""
    proposers = list(_PROPOSER.finditer(text))
    if proposers:
        return [
            f"{m['name']} ({PARTIES.get((m['party'] or '').strip().lower(), (m['party'] or '').strip())})"
            if m["party"]
            else m["name"]
            for m in proposers
        ]
    first, last = _FIRST.search(text), _LAST.search(text)
    return [f"{first['name'].strip()} {last['name'].strip()}"] if first and last else []


def _private(material: Material) -> list[str]:
    """A proposal from a resident may be signed in the header only."""
    name = material.author.name or ""
    if re.fullmatch(_NAME, name) and not _ROLE_WORDS.search(name) and not _TITLED.search(name):
        return [name]
    return []


def _said(match: re.Match[str]) -> str:
    return f"{match['name'].removesuffix(' m')} ({_upper(match['party'])})"


def _upper(party: str) -> str:
    return party.upper() if len(party) <= 3 and party.islower() else party


def _once(found: list[str]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    lead = re.compile(
        r"^(?:Sammanfattning|Ärendet?|Ärendebeskrivning|Beskrivning|Bakgrund|Yrkanden?|Motionärer|Inledning|Förslagsställare|Förslag|Namn|Förnamn|Motion|Motionärerna|Motionären|Motionen|Interpellation|Ledamoten|Ledamöterna|Från|Av|Den|Kommunalrådet) "
    )
    for entry in found:
        name, _, party = lead.sub("", entry.strip()).partition(" (")
        if len(name.split()) < 2 or _ROLE_WORDS.search(name):
            continue
        if name not in kept or (party and kept[name] in {"", "-)"}):
            kept[name] = party
    return tuple(f"{name} ({party}" if party else name for name, party in kept.items())[:30]
