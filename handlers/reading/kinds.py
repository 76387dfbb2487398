"""Kinds: what a letter is, decided in an order that one can read, with the sentence that decided."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import machines
from .authorities import ordinary, supervised
from .kind_words import (
    AGREES,
    ANSWER,
    ANSWERS,
    CITIZEN,
    COMING,
    DECIDED,
    DECIDED_BY,
    DECISION_HEAD,
    DONE,
    EXTENDS,
    FIRMS,
    FOLLOWING,
    HANDOUT,
    INITIATIVE,
    MAY_BE_PUT,
    MINUTES,
    MINUTES_SUBJECT,
    MOTION,
    NOT_REFERS,
    OFFICE,
    OPINION,
    OUR_ANSWER,
    PUT_TO,
    QUALITY,
    QUESTION,
    RAISES,
    REFERS,
    REFERS_SUBJECT,
    REVISION,
    SUMMONS,
    SUPERVISOR,
)
from .material import Document, Material
from .municipalities import agency_of, region_or_agency
from .sentences import around

I = re.I  # noqa: E741 - the tables below are read more easily so


@dataclass(frozen=True, slots=True)
class Kind:
    """What a letter is, and why."""

    kind: str
    matter: str | None
    certainty: float
    sentence: str
    where: str
    doubt: bool = False  # something says that no person wrote it, and its words do not


def decide(material: Material, automatic: str | None, calendar: bool, returned: bool = False) -> Kind:
    """Say what a letter is and what it is about: the first rule that fits, from the surest down."""
    machine = machines.find(material, automatic, returned=returned, calendar=calendar)
    doubt = machine is not None and machine.doubt
    if machine is not None and machine.borne_out:
        found: _Found = (machine.kind, machine.certainty, machine.sentence, machine.where)
    elif calendar:
        found = ("kalender", 0.9, material.subject, "subject")
    else:
        found = _person(material)
    return Kind(found[0], _matter(material, found[0]), found[1], found[2][:300], found[3], doubt)


_Found = tuple[str, float, str, str]


def _person(material: Material) -> _Found:
    """What a letter is that somebody wrote."""
    return supervised(material) or _formal(material) or _political(material) or _rest(material)


def _formal(m: Material) -> _Found | None:
    """Papers of authorities: minutes, answers, audits."""
    subject = f"{m.subject}\n{m.original_subject}"
    head = m.main.head
    handout = HANDOUT.search(f"{m.subject}. {m.main.text[:3000]}")
    if HANDOUT.search(m.subject) and not REFERS_SUBJECT.search(subject) and m.main.genre != "motion":
        return "utlamnande", 0.88, m.subject, "subject"
    if (
        handout
        and not REFERS_SUBJECT.search(subject)
        and not MOTION.search(subject)
        and not REVISION.search(f"{subject} {head}")
        and m.main.genre != "motion"
    ):
        return "utlamnande", 0.85, around(f"{m.subject}. {m.main.text[:3000]}", handout), "body"
    inspected = _INSPECTED.search(subject)
    if inspected:
        return "kvalitetsgranskning", 0.85, m.subject, "subject"
    minutes = _minutes(m, subject, head)
    if minutes:
        return minutes
    summons = SUMMONS.search(m.subject) or (not m.subject and SUMMONS.search(head))
    if summons:
        return "kallelse", 0.85, m.subject, "subject"
    return _audit(m, subject, head) or _answer(m, subject, head)


_INSPECTED = re.compile(r"\b[\wåäö]{0,12}protokoll(?:et)? (?:från|över|efter) (?:\w+ ){0,2}(?:inspektion|tillsyn)", I)
_GRANTS = re.compile(r"\b(?:beviljar|avslår)\b[^.]{0,60}\bansöka\w*|\b(?:er|kommunens|nämndens) ansökan\b", I)
_TO_SIGN = re.compile(r"\b(?:för påskrift|för underskrift|underteckna\w*|undertecknat|skriva under)\b", I)
# The auditors in a list of receivers make no audit.
_RECEIVERS = re.compile(
    r"^\W*(?:beslutet (?:skickas|expedieras|sänds)|expedieras|skickas|kopia|för kännedom)(?: till)?\W*$.*",
    I | re.M | re.S,
)


def _minutes(m: Material, subject: str, head: str) -> _Found | None:
    extract = next((d for d in m.attached if d.genre == "protokoll"), None)
    asks = _asked(m)
    where = MINUTES.search(subject)
    if where:
        return "protokollsutdrag", 0.95, m.subject, "subject"
    state = agency_of(m.author.address) or region_or_agency(m.author.name or "")
    if state and not re.search(r"region|förbund|kommuner|räddning", state, I) and not m.style:
        return None  # a state authority decides in letters, it sends no minutes
    if m.main.genre == "protokoll" and _any_decision(m.main) and not (asks and REFERS_SUBJECT.search(subject)):
        return "protokollsutdrag", 0.93, head.split("\n")[0], m.main.where
    referred = REFERS_SUBJECT.search(subject) and not NOT_REFERS.search(m.subject)
    only = (
        extract is not None
        and not referred
        and not any(
            d.genre in {"motion", "missiv", "begaran", "medborgarforslag", "interpellation"} for d in m.attached
        )
    )
    if extract is not None and only and not asks:
        return "protokollsutdrag", 0.93, extract.head.split("\n")[0], extract.where
    if (
        asks
        or REVISION.search(m.author.name or "")
        or ANSWER.search(m.subject)
        or OFFICE.search(f"{m.subject} {head[:200]}")
    ):
        return None
    if (agency_of(m.author.address) or region_or_agency(m.author.name or "")) and _GRANTS.search(m.main.text[:3000]):
        return None  # an authority's decision on what we have applied for
    if AGREES.search(m.subject) and _TO_SIGN.search(f"{m.subject}\n{m.main.text[:3000]}"):
        return None  # that the other party has said yes already is no decision sent to us
    decided = None if _RAISED.match(m.subject) else _decided(m.main.text[:3000])
    if MINUTES_SUBJECT.search(m.subject) and (decided or _any_decision(m.main) or extract):
        return "protokollsutdrag", 0.93, m.subject, "subject"
    if decided and not REFERS_SUBJECT.search(subject) and m.main.genre not in {"motion", "interpellation", "initiativ"}:
        return "protokollsutdrag", 0.88, around(m.main.text, decided), m.main.where
    for document in m.attached:
        decided = _decided(document.first.text) if document.genre == "other" else None
        if decided:
            return "protokollsutdrag", 0.8, around(document.text, decided), document.where
    if any(DECISION_HEAD.match(line) for line in m.main.lines) and re.search(
        r"\b(?:yrk|bifall|avslå|avslag|votering|reserv|återremi)", m.main.text, I
    ):
        return "protokollsutdrag", 0.85, head.split("\n")[0], m.main.where
    return None


def _decided(text: str) -> re.Match[str] | None:
    """A decision told in words; that a question may be put is none that the matter waits for."""
    for pattern in (DECIDED, DECIDED_BY):
        for match in pattern.finditer(text):
            told = around(text, match)
            proposed = re.match(r"^\W*(?:\d+\W*)?att\b", told, I) or re.search(
                r"\b(?:yrkar|föreslår) att|förslag till beslut", told, I
            )
            if not MAY_BE_PUT.search(told) and not told.rstrip().endswith("?") and not proposed:
                return match
    return None


def _any_decision(document: Document) -> bool:
    return (
        bool(DECIDED.search(document.text))
        or any(DECISION_HEAD.match(line) for line in document.lines)
        or bool(
            re.search(
                r"\bbeslut(?:ar|ade|as|et)?\b|\bförslag till (?:kommun)?fullmäktige|\b(?:avslås|bifalls|anses besvarad|återremitteras)",
                document.text,
                I,
            )
        )
    )


def _asked(m: Material) -> str:
    """The sentence with which a statement is asked for, in the covering words; "" where none is."""
    for document in (m.main, m.preface):
        loud = document.genre in {"motion", "interpellation", "initiativ", "medborgarforslag"}
        for sentence in document.sentences[:80]:
            if (
                NOT_REFERS.search(sentence)
                or (OUR_ANSWER.search(sentence) and "senast" not in sentence)
                or (ANSWERS.search(sentence) and not re.search(r"\bsenast\b", sentence, I))
            ):
                continue
            match = REFERS.search(sentence)
            if match and (
                not loud
                or re.match(
                    r"^\W*(?:remiss|begäran|yttrande|för yttrande)|.*\b(?:senast|begäran om yttrande|för yttrande)\b",
                    sentence,
                    I,
                )
            ):
                return sentence
    return ""


def _audit(m: Material, subject: str, head: str) -> _Found | None:
    sender = f"{m.author.name or ''} {m.author.address or ''} {m.forwarded_by.name if m.forwarded_by and m.forwarded_by.name else ''}"
    letters = [d for d in m.attached if d.genre in {"missiv", "rapport"} and REVISION.search(d.first.text)]
    told = (
        REVISION.search(subject) or REVISION.search(sender) or FIRMS.search(sender) or REVISION.search(head) or letters
    )
    if (
        not told
        or OFFICE.search(f"{subject} {head[:200]}")
        or m.main.genre == "motion"
        or (any(d.genre in {"skrivelse", "yttrande"} for d in m.attached) and not REVISION.search(sender))
    ):
        return None
    if (
        MOTION.search(m.subject)
        or CITIZEN.search(m.subject)
        or QUESTION.search(m.subject)
        or ANSWER.search(m.subject)
        or any(ANSWER.match(line) for line in m.main.lines[:3])
    ):
        return None
    strong = (
        REVISION.search(subject)
        or REVISION.search(sender)
        or FIRMS.search(sender)
        or letters
        or len(REVISION.findall(m.main.text)) >= 2
        or re.search(r"granskning", subject, I)
    )
    if not strong:
        return None
    texts = "\n".join([m.subject, m.main.text, m.preface.text, *(d.text[:6000] for d in letters)])
    coming, done = COMING.findall(texts), DONE.findall(texts)
    line = next((s for s in m.main.sentences if REVISION.search(s)), m.subject)
    put = sum(1 for d in (m.main, *letters) for s in d.lines[:60] if s.endswith("?"))
    if (
        put >= 2
        and _TALKS.search(f"{subject} {head}")
        and not re.search(r"\brekommenderar\b|följande rekommendation", texts, I)
    ):
        return "revisionsforfragan", 0.88, line, m.main.where  # questions before the auditors' yearly talk
    asked = "\n".join([m.subject, m.main.text, m.preface.text])
    fact_check = re.search(
        r"\b(?:för|till|på) (?:faktakontroll|faktagransk\w*|sakgransk\w*|faktaavstäm\w*)|\b(?:faktakontroll|faktagransk|sakgransk|faktaavstäm)\w*",
        asked,
        I,
    ) and not letters_done(letters)
    if fact_check or (
        coming
        and not letters
        and len(coming) >= len(done)
        and not re.search(r"\b(?:emotser|yttrande|rekommenderar)\b", texts, I)
    ):
        return "revisionsforfragan", 0.9, line, m.main.where
    if done or letters or re.search(r"rapport|granskning", subject, I):
        return "revisionsgranskning", 0.92, line, m.main.where
    return None


_TALKS = re.compile(r"\b\w*(?:dialog|presidiemöte|presidieträff|årligt möte)\w*", I)


def letters_done(letters: list[Document]) -> bool:
    """Is it the auditors' finished letter that is enclosed, with what they want and by when?"""
    return any(
        d.genre == "missiv" and re.search(r"\b(?:rekommend\w+|emotser|svar\w*|yttrande)\b", d.front.text, I)
        for d in letters
    )


def _answer(m: Material, subject: str, head: str) -> _Found | None:
    office = next((d for d in m.attached if d.genre == "skrivelse"), None)
    if office is None and (
        (OFFICE.search(m.subject) and m.style != "forward" and not _asked(m)) or m.main.genre == "skrivelse"
    ):
        office = m.main
    if office is not None and not _asked(m):
        answers = any(ANSWER.match(line) for line in [*office.lines[:9], m.subject]) and not re.search(
            r"nämnds?initiativ", office.head, I
        )
        return ("svar" if answers else "tjansteskrivelse"), 0.88, office.head.split("\n")[0], office.where
    if ANSWER.search(m.subject) and (not _asked(m) or re.match(r"\W*(?:remissvar|svar på)", m.subject, I)):
        return "svar", 0.9, m.subject, "subject"
    if ANSWER.search(m.subject) and FOLLOWING.search(m.main.text[:1500]):
        return "svar", 0.88, m.subject, "subject"
    given = ANSWERS.search(m.main.text[:1500])
    document = next((d for d in m.attached if d.genre == "yttrande"), None)
    if (
        document is not None
        and not _asked(m)
        and not (MOTION.match(m.subject) or any(d.genre in {"motion", "missiv"} for d in m.attached))
    ):
        return "svar", 0.85, document.head.split("\n")[0], document.where
    if given and not _asked(m) and m.main.genre not in {"motion", "interpellation"}:
        return "svar", 0.82, around(m.main.text, given), m.main.where
    if any(ANSWER.match(line) for line in [line for line in m.main.lines if line][:2]) and not _asked(m):
        return "svar", 0.8, head.split("\n")[0], m.main.where
    return None


_POLITICAL = (
    ("interpellation", QUESTION, "interpellation"),
    ("namndinitiativ", INITIATIVE, "initiativ"),
    ("medborgarforslag", CITIZEN, "medborgarforslag"),
    ("motion", MOTION, "motion"),
)


def _political(m: Material) -> _Found | None:
    """A motion, question, initiative or proposal itself, or a referral of one, or a referral of anything."""
    asked = _asked(m)
    referred = REFERS_SUBJECT.search(f"{m.subject}\n{m.original_subject}") if not NOT_REFERS.search(m.subject) else None
    if referred:
        return "remiss", 0.95, m.subject, "subject"
    put = _put(m)
    if put is not None:
        return put
    if asked:
        return "remiss", 0.92, asked, m.main.where
    enclosed = _asked_inside(m)
    if enclosed is not None:
        return enclosed
    begun = next((d for d in m.attached if d.genre == "begaran"), None)
    if begun is not None:
        return "remiss", 0.9, begun.head.split("\n")[0], begun.where
    extends = EXTENDS.search(f"{m.subject}. {m.main.text[:1200]}")
    if extends and re.search(r"\b(?:svar\w*|yttrande|remiss\w*|anstånd)\b", f"{m.subject} {m.main.text[:1200]}", I):
        audits = REVISION.search(f"{m.author.name or ''} {m.author.address or ''}")
        kind = "revisionsgranskning" if audits else "remiss"
        return kind, 0.85, around(f"{m.subject}. {m.main.text[:1200]}", extends), m.main.where
    if QUALITY.search(m.subject) or any(QUALITY.search(line) for line in [line for line in m.main.lines if line][:2]):
        return "kvalitetsgranskning", 0.88, m.subject, "subject"
    places = [(m.subject, "subject", 0.95), (m.original_subject, "subject", 0.95), (m.main.head, m.main.where, 0.9)]
    places += [(d.head[:400], d.where, 0.92) for d in m.attached] + [(m.main.text[:4000], m.main.where, 0.8)]
    for text, where, certainty in places:
        best = min(
            ((match.start(), kind) for kind, pattern, _ in _POLITICAL if (match := pattern.search(text))), default=None
        )
        if best:
            return best[1], certainty, next((line for line in text.split("\n") if line.strip()), ""), where
    return None


def _asked_inside(m: Material) -> _Found | None:
    """A request that stands in an enclosed letter, where the mail itself says next to nothing."""
    if len(m.main.text.split()) > 40:
        return None
    for document in m.attached:
        if document.genre in {"missiv", "other"} and not REVISION.search(document.front.text[:1500]):
            for sentence in document.front.sentences[:60]:
                if (
                    REFERS.search(sentence)
                    and not NOT_REFERS.search(sentence)
                    and re.search(r"\b(?:senast|tillhanda|yttrande\w*|yttra er|synpunkter)\b", sentence, I)
                ):
                    return "remiss", 0.88, sentence, document.where
    return None


def _put(m: Material) -> _Found | None:
    """A question to a politician, or a matter that a member raises: also where an answer is asked for by a day."""
    if QUESTION.search(m.subject) and not ANSWER.search(m.subject):
        return "interpellation", 0.95, m.subject, "subject"
    raised = _RAISED.match(m.subject) or _RAISED.match(m.original_subject)
    if raised:
        return "namndinitiativ", 0.92, m.subject, "subject"
    for document in (m.main, *m.attached):
        if PUT_TO.search(document.head) or (document.genre == "interpellation" and document is not m.main):
            return "interpellation", 0.9, document.head.split("\n")[0], document.where
    raised = RAISES.search(m.main.text[:1500])
    if raised and not MOTION.search(m.subject):
        return "namndinitiativ", 0.85, around(m.main.text, raised), m.main.where
    return None


_RAISED = re.compile(r"^\W*(?:nämnds?|ledamots)initiativ\b(?!.*\b(?:remiss|yttrande|beslut)\b)", I)


def _rest(m: Material) -> _Found:
    text = f"{m.subject}. {m.main.text[:3000]}"
    for document in m.attached:
        for kind, _, genre in _POLITICAL:
            if document.genre == genre:
                return kind, 0.85, document.head.split("\n")[0], document.where
        if QUALITY.search(document.head[:300]):
            return "kvalitetsgranskning", 0.75, document.head.split("\n")[0], document.where
    if re.search(
        r"\b(?:föreslår|skulle vilja|vill (?:jag|vi) att|jag vill att) ?.{0,40}\bkommunen\b", text, I
    ) and re.search(r"\bförslag\b", m.subject, I):
        return "medborgarforslag", 0.6, m.subject, "subject"
    if (
        m.style == "reply"
        and (agency_of(m.author.address) or region_or_agency(m.author.name or ""))
        and re.search(
            r"\b(?:tack för|med anledning av (?:er|nämndens)|delar (?:bedömningen|nämndens|er)|avslutar (?:därmed )?ärendet|ert (?:brev|diarienummer|ärende))\b",
            text,
            I,
        )
    ):
        return "svar", 0.78, m.subject, "subject"
    plain = ordinary(m, text)
    if plain:
        return plain
    opinion = OPINION.search(text)
    if opinion:
        return "synpunkt", 0.65, around(text, opinion), "body"
    if not m.main.text.strip() and not m.attached:
        return "other", 0.3, m.subject, "subject"
    whole = "\n".join([m.subject, m.original_subject, m.main.text[:4000], *(d.first.text for d in m.attached)])
    hinted = any(pattern.search(whole) for pattern in _HINTS)
    plain_letter = not hinted and len(m.main.text.split()) >= 12 and not any(not d.text.strip() for d in m.attached)
    return "other", 0.74 if plain_letter else 0.5, m.subject, "subject"


_AUDITED = re.compile(
    r"\b(?:granskning\w*|revisionsrapport\w*|revisionsskrivelse\w*|revisionsberättelse\w*|revisionens)\b", I
)
# A letter that says none of this is an ordinary letter, and can be registered as one.
_HINTS = (MOTION, CITIZEN, QUESTION, INITIATIVE, REFERS, REVISION, MINUTES, QUALITY, SUPERVISOR, DECIDED, HANDOUT)


def _matter(m: Material, kind: str) -> str | None:
    if kind in {"motion", "interpellation", "namndinitiativ", "medborgarforslag"}:
        return kind
    if kind in {"revisionsgranskning", "revisionsforfragan"}:
        return "revision"
    if kind not in {"remiss", "protokollsutdrag", "svar", "tjansteskrivelse"}:
        return None
    genres = {d.genre for d in m.attached}
    for kind_, _, genre in _POLITICAL:
        if genre in genres:
            return kind_
    papers = [d for d in m.attached if d.genre in {"protokoll", "skrivelse", "yttrande", "begaran", "missiv"}]
    places = [
        m.subject,
        m.original_subject,
        *(d.head[:500] for d in papers),
        m.main.text[:2500],
        *(d.text[:3000] for d in papers),
    ]
    below = set(places[-1 - len(papers) :])
    spoken = [*((k, p) for k, p, _ in _POLITICAL)]
    for text in places:
        said = kind != "remiss" or text not in below  # of a referral only its headings tell that it is an audit
        subjects = (m.subject, m.original_subject)
        if kind == "protokollsutdrag" and text not in subjects and not _AUDITED.search(text):
            said = False  # the auditors get a copy of the accounts
        table = [*spoken, ("revision", REVISION)] if said else spoken
        words = _RECEIVERS.sub("", text) if text in below else text
        best = min(((match.start(), k) for k, p in table if (match := p.search(words))), default=None)
        if best:
            return best[1]
    return None
