"""Understanding: a letter's bytes in, one Reading out, whatever the bytes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from ..rules import tokens
from . import machines, papers, sameness
from .characters import MAX_SUBJECT, fold
from .deadlines import find_deadlines, passed_over
from .demands import find_demands, find_questions
from .diarienummer import Number, find_numbers, is_own
from .forwards import strip_prefixes
from .kinds import Kind, decide
from .letter import Letter, open_letter
from .material import Document, Extract, Material, attach, genre_of, lay_out
from .municipalities import label_of, region_or_agency
from .outcome import Outcome, find_outcome
from .people import authors
from .reading import Attachment, Context, Finding, Reading, Text
from .replies import own_words
from .review import reasons
from .secrecy import Verdict, weigh
from .senders import authority, named_sender
from .sentences import shorten
from .several import divide
from .titles import ordered_title
from .unpacking import Opened, unpack
from .whose_days import Stated

_OF_THE_HOUSE = frozenset({"tjansteskrivelse", "svar", "protokollsutdrag", "kallelse", "autosvar"})
_CENTRAL = frozenset({"kommun", "kommunen", "registrator", "kommunstyrelsen", "kommunstyrelse"})  # whose diary is KS's
UNREGISTERED = frozenset({"autosvar", "studs", "nyhetsbrev", "skrap"})
MAX_TEXT = 200_000


def read(raw: bytes, context: Context, extract: Extract) -> tuple[Reading, tuple[bytes, ...]]:
    """Read one letter: the Reading, and the attachments' bytes in the order of `reading.attachments`.

    Never raises for what stands in the letter: at worst the Reading says that it is unreadable. Only MemoryError
    goes through, for it says something of the child's limit. A secret letter's
    Reading comes out whole; the caller stores and shows `reading.hidden()`.
    """
    try:
        letter = open_letter(raw, context)
    except MemoryError:  # the child is at its limit: it is replaced, and the letter is said to be too big
        raise
    except Exception:  # noqa: BLE001 - a stranger's bytes can break the parser in any way; the letter is kept all the same
        return _unreadable(), ()
    opened: tuple[Opened, ...] = ()
    try:
        letter, opened = unpack(letter, extract)
        letter = replace(letter, body=tokens.without(letter.body))
        return _understand(letter, opened, context), tuple(o.part.data for o in opened)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the envelope is known; what the letter says a person must read
        failed = _unreadable()
        parts = tuple(o.part for o in opened) or letter.parts
        listed = tuple(Attachment(p.name, p.media_type, len(p.data), p.sha256) for p in parts)
        return replace(
            failed, title=letter.envelope.subject[:200], envelope=letter.envelope, attachments=listed
        ), tuple(p.data for p in parts)


def _unreadable() -> Reading:
    return Reading(unreadable=True, warnings=("Brevet kunde inte tolkas.",), review=("Kunde inte tolkas",))


def _understand(letter: Letter, opened: tuple[Opened, ...], context: Context) -> Reading:
    warnings = list(letter.warnings)
    body = letter.body
    pairs = [attach(o.part, o.got) for o in opened]
    attachments = tuple(listed for listed, _ in pairs)
    documents = tuple(document for _, document in pairs if document)
    warnings.extend(w for o in opened for w in o.got.warnings)
    material = lay_out(letter, body, documents, context)
    material = replace(material, main=_with_genre(material))
    automatic = letter.envelope.automatic
    verdict = weigh(
        material,
        _unread(attachments),
        away=machines.is_away(material, automatic),
        to_many=machines.is_to_many(material, automatic),
    )
    kind = decide(material, automatic, letter.calendar, letter.returned)
    if verdict.secret:
        # Whatever a header calls it: secrecy is the presumption (OSL 2009:400 26 kap. 1 §).
        told = "orosanmalan" if verdict.report else ("autosvar" if kind.kind == "autosvar" else "other")
        kind = Kind(told, None, 0.8, kind.sentence, kind.where)
    return _compose(letter, material, kind, verdict, attachments, body, warnings)


def _with_genre(material: Material) -> Document:
    return Document(
        material.main.where, material.main.text, genre_of(material.main.text) if material.main.text.strip() else "other"
    )


def _unread(attachments: tuple[Attachment, ...]) -> bool:
    return any(a.characters < 20 and a.media_type not in {"text/calendar"} for a in attachments)


def _compose(
    letter: Letter,
    material: Material,
    kind: Kind,
    verdict: Verdict,
    attachments: tuple[Attachment, ...],
    body: str,
    warnings: list[str],
) -> Reading:
    numbers, own = _numbers(material, kind.kind)
    stated = find_deadlines(material, kind.kind, kind.matter)
    outcome = find_outcome(material, kind.kind)
    demands = () if kind.kind in UNREGISTERED else find_demands(material, kind.kind, kind.matter)
    people = authors(material, kind.kind, kind.matter)
    title = ordered_title(material, kind.kind, [*numbers, *own])
    body_of = authority(material, kind.kind, kind.matter)
    meeting = papers.meeting_of(material) if kind.kind == "protokollsutdrag" else None
    held = papers.decisions_in(material) if kind.kind in {"protokollsutdrag", "svar", "tjansteskrivelse"} else ()
    if meeting is not None and meeting.body is None and body_of and ", " in body_of:
        organ = body_of.rsplit(", ", 1)[1]
        meeting = replace(meeting, body=organ[:1].upper() + organ[1:])
    dated = _dated(material, kind.kind)
    reading = Reading(
        kind=kind.kind,
        certainty=kind.certainty,
        matter=kind.matter,
        title=title,
        sender_authority=body_of,
        sender=named_sender(material),
        forwarded_by=material.forwarded_by,
        original_received=material.original_received,
        dated=dated,
        raised=papers.raised(material, kind.matter),
        external_dnr=tuple(n.raw for n in numbers),
        own_dnr=tuple(n.raw for n in own),
        deadlines=tuple(s.deadline for s in stated),
        motionarer=people,
        demands=tuple(text for text, _ in demands),
        outcome=outcome.word if outcome else None,
        outcome_is_proposal=outcome.proposal if outcome else False,
        outcome_per_demand=outcome.per_demand if outcome else (),
        meeting=meeting,
        decisions=tuple(d for d in held if d != meeting),
        sent_to=papers.sent_to(material) if kind.kind in {"protokollsutdrag", "svar", "tjansteskrivelse"} else (),
        conditions=papers.conditions(material, kind.kind),
        asks_for=papers.asked_for(material, kind.kind),
        questions=find_questions(material) if kind.kind == "revisionsforfragan" else (),
        plan=papers.plan(material),
        documents=papers.documents_named(material),
        secret=verdict.secret,
        secret_reasons=verdict.reasons,
        register=kind.kind not in UNREGISTERED,
        envelope=letter.envelope,
        attachments=attachments,
        texts=_texts(material, body),
        reply=own_words(letter.body, letter.envelope.subject) if letter.envelope.tokens else "",
        fingerprint=_fingerprint(letter),
        warnings=tuple(dict.fromkeys(warnings)),
    )
    findings = _findings(reading, kind, numbers, own, stated, demands, outcome)
    reading = replace(reading, matters=divide(material, reading), findings=findings)
    review, more = reasons(
        reading,
        material,
        kind.certainty,
        doubtful=verdict.doubtful,
        machine=kind.doubt,
        passed_over=passed_over(material, kind.kind, stated),
    )
    return replace(reading, review=review, warnings=tuple(dict.fromkeys([*reading.warnings, *more])))


def _numbers(material: Material, kind: str) -> tuple[list[Number], list[Number]]:
    """External numbers and our own: from where a letter says its number, not from what it cites."""
    places = [
        Document("subject", material.subject),
        Document("subject", material.original_subject),
        material.main,
        material.preface,
        Document("body", material.signature),
    ]
    places += [
        d.first if d.genre in {"rapport", "other"} else Document(d.where, d.text[:2500], d.genre)
        for d in material.attached
    ]
    prefixes = material.context.own_prefixes
    # Without a context a prefix is only guessed from the receiver's name: right for the house's own papers.
    receiver = _receiver(material, kind) if kind in _OF_THE_HOUSE or not _same_house(material) else ()
    if kind == "tjansteskrivelse" and _same_house(material):
        receiver = (*receiver, *_named_namnder(material))
    external: dict[str, Number] = {}
    own: dict[str, Number] = {}
    if kind in {"nyhetsbrev", "skrap", "studs", "kallelse"}:  # an agenda names its own matters
        return [], []
    for document in places:
        stamp = _stamp(document, material)
        for number in find_numbers(document.text, document.where):
            mine = is_own(number, receiver, prefixes, stamp, material.receiver)
            mine = mine or (kind == "tjansteskrivelse" and bool(receiver) and _HEADS.match(number.sentence) is not None)
            (own if mine else external).setdefault(number.key, number)
    for key in own:
        external.pop(key, None)
    whole = {(n.year, n.number) for n in external.values() if n.prefix}
    external = {k: n for k, n in external.items() if n.prefix or (n.year, n.number) not in whole}
    raws = [n.raw for n in external.values()]
    # Of a matter and one of its handlingar, 3.5.1-28814/2025 and 3.5.1-28814/2025-9, the matter.
    external = {k: n for k, n in external.items() if re.sub(r"-\d{1,4}$", "", n.raw) not in {*raws} - {n.raw}}
    if not external and not own:
        for document in material.quoted[:2]:
            for number in find_numbers(document.text[:4000], document.where):
                # In what they answer "ert dnr" was said by us, and "vårt" too.
                ours = re.search(rf"\bvårt?\b[^.\n]{{0,24}}{re.escape(number.raw)}", number.sentence, re.I) is not None
                told = replace(number, own=ours) if material.style == "reply" else number
                (own if is_own(told, receiver, prefixes) else external).setdefault(told.key, told)
    return list(external.values())[:12], list(own.values())[:12]


# The head of the house's own paper: its number is ours, whatever its letters are.
_HEADS = re.compile(r"^\W*(?:datum\W+[\d-]{8,10}\W+)?(?:vårt? )?(?:dnr|diarienr|diarienummer)\b", re.I)


def _receiver(material: Material, kind: str) -> tuple[str, ...]:
    """The receiver's names where the letter comes from the same house; another municipality has an SN of its own."""
    outside = not _same_house(material)
    if outside and not (
        material.style == "reply" or kind in {"autosvar", "svar"} or region_or_agency(material.author.name or "")
    ):
        return ()  # an authority writes our number beside its own, and who answers us has it from our letter
    if outside:
        return material.receiver
    boxes = {(p.address or "").split("@")[0] for p in material.addressees}
    return material.receiver or (("ks",) if boxes & _CENTRAL else ())


def _same_house(material: Material) -> bool:
    homes = {label_of(p.address) for p in material.addressees if p.address}
    senders = {label_of(p.address) for p in (material.author, material.forwarded_by) if p and p.address}
    return not senders or not homes or bool(senders & homes)


def _named_namnder(material: Material) -> tuple[str, ...]:
    """The nämnder that the house's own paper is written to: "Miljö- och byggnadsnämnden föreslår …"."""
    heads = "\n".join([material.subject, material.main.head, *(d.head for d in material.attached[:3])])
    return tuple(
        dict.fromkeys(fold(n) for n in re.findall(r"(?:[\wåäöÅÄÖ]{1,30}- och )?[\wåäöÅÄÖ]{0,30}nämnden\b", heads))
    )


def _stamp(document: Document, material: Material) -> str:
    """The receiver's own stamp at the top of a scanned page: a number there is ours."""
    if document.where in {"body", "forwarded", "subject"}:
        return ""
    top = document.text[:260]
    plain = re.sub(r"[^a-z]", "", fold(top))
    words = {w for r in material.receiver for w in re.findall(r"[a-z]{5,}", r.replace("namnd", " namnd"))} - {"namnden"}
    told = set(re.findall(r"[a-zåäö-]+nämnden", material.main.text[:1500].lower()))
    words |= {w for name in told for w in re.findall(r"[a-z]{5,}", fold(name).replace("namnden", ""))}
    return top if "namnd" in plain and any(w in plain for w in words) else ""


def _dated(material: Material, kind: str) -> dt.date | None:
    order = {
        "missiv": 0,
        "begaran": 1,
        "motion": 2,
        "interpellation": 2,
        "initiativ": 2,
        "medborgarforslag": 2,
        "yttrande": 3,
        "skrivelse": 3,
        "protokoll": 4,
    }
    if kind in {
        "revisionsgranskning",
        "motion",
        "interpellation",
        "namndinitiativ",
        "medborgarforslag",
        "svar",
        "tjansteskrivelse",
    }:
        for document in [
            *sorted((d for d in material.attached if d.genre in order), key=lambda d: order[d.genre]),
            material.main,
        ]:
            found = papers.own_date(document, material.reference)
            if found:
                return found
    return material.reference


def _texts(material: Material, body: str) -> tuple[Text, ...]:
    found = [Text("body", material.preface.text if material.main.where == "forwarded" else material.main.text)]
    if material.main.where == "forwarded":
        found.append(Text("forwarded", material.main.text))
    elif material.preface.where == "forwarded":
        found.append(Text("forwarded", material.preface.text))
    found.extend(Text(d.where, d.text) for d in material.attached)
    joined: dict[str, str] = {}
    for text in found:  # a paper pasted under the covering words stands in the same text
        if text.text.strip():
            joined[text.where] = f"{joined[text.where]}\n\n{text.text}" if text.where in joined else text.text
    return tuple(Text(where, text[:MAX_TEXT]) for where, text in joined.items()) or (
        (Text("body", body[:MAX_TEXT]),) if body.strip() else ()
    )


def _fingerprint(letter: Letter) -> str:
    """What two letters share when they are the same; "" where something was left out, for nobody knows what."""
    subject = letter.envelope.subject
    if not letter.whole or len(subject) >= MAX_SUBJECT:
        return ""
    return sameness.of_letter(strip_prefixes(subject)[0], letter.marks)


def _findings(
    reading: Reading,
    kind: Kind,
    numbers: list[Number],
    own: list[Number],
    stated: tuple[Stated, ...],
    demands: tuple[tuple[str, str], ...],
    outcome: Outcome | None,
) -> tuple[Finding, ...]:
    found = [Finding("kind", kind.kind, kind.certainty, shorten(kind.sentence), kind.where)]
    if kind.matter:
        found.append(Finding("matter", kind.matter, kind.certainty, shorten(kind.sentence), kind.where))
    found += [Finding("external_dnr", n.raw, 0.95 if n.prefix else 0.85, shorten(n.sentence), n.where) for n in numbers]
    found += [Finding("own_dnr", n.raw, 0.85, shorten(n.sentence), n.where) for n in own]
    for s in stated:
        value = s.deadline.date.isoformat() if s.deadline.date else (s.deadline.text or "")
        found.append(Finding("deadlines", value, s.certainty, shorten(s.deadline.sentence), s.deadline.where))
    found += [Finding("demands", shorten(text), 0.9, shorten(text), where) for text, where in demands]
    found += [
        Finding("motionarer", name, 0.9 if "(" in name else 0.7, _as_written(name, reading), _where_of(name, reading))
        for name in reading.motionarer
    ]
    if outcome:
        found.append(Finding("outcome", outcome.word, outcome.certainty, shorten(outcome.sentence), outcome.where))
    if reading.sender_authority:
        found.append(
            Finding(
                "sender_authority",
                reading.sender_authority,
                0.8,
                reading.sender.name or reading.sender.address or "" if reading.sender else "",
                "envelope",
            )
        )
    if reading.kind == "remiss" and not any(d.date for d in reading.deadlines):
        found.append(Finding("deadlines", "", 0.9, "Svarsdag saknas i remissen (förvaltningslagen 26 §)", "body"))
    return tuple(found)


def _as_written(name: str, reading: Reading) -> str:
    """The name with its party where the letter has them side by side, else the name alone."""
    return name if any(name in t.text for t in reading.texts) else name.split(" (")[0]


def _where_of(name: str, reading: Reading) -> str:
    plain = name.split(" (")[0]
    return next((t.where for t in reading.texts if plain in t.text), "body")
