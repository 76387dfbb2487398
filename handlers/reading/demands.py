"""Demands: the att-satser of a motion, the recommendations of an audit, the questions of an interpellation; each once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz

from .characters import fold
from .grouped import one_of
from .material import Document, Material
from .sentences import ATT, BULLET, split_sentences

MAX_DEMANDS = 60

_MOVES = one_of(
    r"\b(?:(?:motionärerna|motionären|förslagsställaren|de|hon|han|vi|jag) (?:vill|önskar)\W*$|föreslås besluta|yrkar?|föreslår|föreslå|föreslagit|föreslog|yrkat|yrkade|hemställer|yrkas|föreslås|begär|kräver|att-sats(?:er)?|vill (?:jag|vi|därför|härmed|\w+(?:partiet|erna)) |(?:jag|vi) vill (?:därför |att |härmed )|önskar (?:jag|vi|att)|tycker (?:jag |vi )?(?:därför )?att (?:kommunen|[\wåäö-]{0,40}nämnden)|fullmäktige (?:att )?besluta\w*|kommunfullmäktige besluta\w*|nämnden besluta\w*|nämnden (?:att|får|ger|uppdrar)|motionen yrkar|att kommunen|förslag(?:et)? (?:till beslut|är att)|mitt förslag|vårt förslag|(?:en|sin|motionen|motion) om att)",
)
_RECOMMENDS = re.compile(r"\brekommend(?:erar|eras|ationer|ationerna|ation|era)\b", re.I)
_ASKS = one_of(r"\b(?:fråg(?:a|or|orna|ar|an)|undrar|vill (?:jag|vi) (?:fråga|veta|ställa))\b")
_PROCEDURE = one_of(
    r"\b(?:bifall|avslag|återremi\w+|bordlägg\w*|avslå\w*|bifalla|ärendet (?:återremitt|bordlägg|ska|avgörs)|motionen (?:ska |skall )?(?:bifall|avslå|anses|besvar|avskriv|avslås)|anse[rs]? (?:motionen|medborgarförslaget)|anses besvara|proposition|votering|röstar|lägg\w+ till handlingarna)",
)
_QUESTION_END = re.compile(r"\?\s*[\"”)]?$")
_INLINE = re.compile(
    r"(?:,? (?:och|samt|dels)|[;,]) att (?=\w)|(?<=\w); att |, (?:och |samt )?dels (?:att )?(?=\w)|^dels (?:att )?",
    re.I,
)
_ENDS = re.compile(
    r"^(?:beslutet skickas|beslutsunderlag|bakgrund|ärendebeskrivning|med vänlig|för \w+(?:partiet|erna|gruppen)|kommunfullmäktiges beslut|kommunstyrelsens beslut|beslut\b|yrkanden|vi emotser|revisionen (?:önskar|emotser)|reservation)",
    re.I,
)

_TO_WHOM = re.compile(
    r"^\W*(?:till |för )?[\wåäö, -]{3,60}(?:nämnden|styrelsen)\W{0,2}:\W*$", re.I
)  # "Till kulturnämnden:"


def find_demands(material: Material, kind: str, matter: str | None) -> tuple[tuple[str, str], ...]:
    """Return the demands, each once, with where they stand: (text, where)."""
    if kind == "revisionsforfragan":
        return ()
    if matter == "revision" or kind == "kvalitetsgranskning":
        return _first(
            _search(d, _RECOMMENDS, strict=True)
            for d in _order(material, ("missiv", "begaran", "skrivelse", "yttrande"), ("rapport", "protokoll"))
        )
    if matter == "interpellation":
        if kind in {"protokollsutdrag", "svar"}:
            return ()
        order = _order(material, ("interpellation",), ())
        # Who passes it on may ask for something too: that is no question of the interpellation's.
        return _all(_questions(d) for d in order[:-1]) or _all(_questions(d) for d in order[-1:])
    if matter in {"motion", "namndinitiativ", "medborgarforslag"}:
        genre = {"motion": "motion", "namndinitiativ": "initiativ", "medborgarforslag": "medborgarforslag"}[matter]
        own = [d for d in material.attached if d.genre == genre]
        found = _all(_moved(d, kind, matter, own_text=True) for d in own)
        if found:
            return found
        told = kind in {"protokollsutdrag", "svar", "tjansteskrivelse", "remiss"}
        rest = [material.main, *(d for d in material.attached if d not in own), material.preface]
        return _first(_moved(d, kind, matter, own_text=not told) for d in rest)
    return ()


def find_questions(material: Material) -> tuple[str, ...]:
    """Return an auditor's questions when an audit is announced."""
    found: list[str] = []
    for document in (material.main, *material.attached):
        for line in document.lines:
            if BULLET.match(line) and _QUESTION_END.search(line):
                found.append(_bare(line))
    return tuple(dict.fromkeys(found))[:MAX_DEMANDS]


def _order(material: Material, first: tuple[str, ...], then: tuple[str, ...]) -> list[Document]:
    lead = [d for d in material.attached if d.genre in first]
    later = [d for d in material.attached if d.genre in then]
    rest = [d for d in material.attached if d not in lead and d not in later]
    return [*lead, material.main, *rest, *later, material.preface]


_List = list[tuple[str, str]]


def _first(groups: Iterable[_List]) -> tuple[tuple[str, str], ...]:
    """The first document that has any: the letter itself goes before the report that it encloses."""
    for group in groups:
        if group:
            return _distinct(group)
    return ()


def _all(groups: Iterable[_List]) -> tuple[tuple[str, str], ...]:
    return _distinct([item for group in groups for item in group])


def _distinct(items: _List) -> tuple[tuple[str, str], ...]:
    kept: _List = []
    for text, where in items:
        plain = fold(text)
        if len(plain) > 3 and not any(fuzz.ratio(plain, fold(k)) > 92 for k, _ in kept):
            kept.append((text, where))
    return tuple(kept[:MAX_DEMANDS])


def _moved(document: Document, kind: str, matter: str, own_text: bool) -> _List:
    """Att-satser: behind a verb that demands; in other people's words only where they tell of the proposer."""
    lines = [_FIELD.sub("", line) for line in document.lines]
    found: _List = []
    for at, line in enumerate(lines):
        if not line:
            continue
        if not _MOVES.search(line) or (not own_text and not _tells(line, document)):
            continue
        lead = _lead(line)
        items = _items(lines, at + 1, lead) if lead is not None else []
        items = [i for i in items if not _PROCEDURE.search(i)]
        if items:
            found.extend((_bare(i), document.where) for i in items)
            return found
    counted = _counted(document) if own_text else []
    if counted:
        return counted
    for line in lines:
        for sentence in split_sentences(line):
            if _MOVES.search(sentence) and (own_text or _tells(sentence, document)) and not _PROCEDURE.search(sentence):
                found.extend((p, document.where) for p in _inline(sentence))
        if found:
            return found
    counted = _counted(document) if own_text else []
    if counted:
        return counted
    loose = [line for line in lines if ATT.match(line) and not _PROCEDURE.search(line)]
    if own_text and loose:
        return [(_bare(line), document.where) for line in loose]
    if own_text and matter == "medborgarforslag" and kind == matter:
        listed = [line for line in lines if BULLET.match(line) and len(line) > 8]
        if len(listed) > 1:
            return [(_bare(line), document.where) for line in listed]
        field = next((m["wish"] for line in lines if (m := _WISH.match(line))), "") or _below(lines)
        if field:
            return [(split_sentences(field)[0], document.where)]
        wish = next(
            (
                s
                for s in document.sentences
                if re.search(
                    r"\b(?:kan (?:ni|kommunen|man)|vill|önskar|borde|bör|skulle|behövs|kan inte kommunen)\b", s, re.I
                )
            ),
            "",
        )
        return [(wish, document.where)] if wish else []
    return []


_FIRST = re.compile(r"\bför det första\b[,:]? ?(?:att )?(?P<what>.{8,})", re.I)
_NEXT = re.compile(
    r"^\W*(?:för det (?:andra|tredje|fjärde|femte)|slutligen|dessutom (?:vill|yrkar|föreslår))\b[,:]? ?(?P<what>.{8,})",
    re.I,
)


def _counted(document: Document) -> _List:
    """Demands that are counted up in prose: för det första …, för det andra …, slutligen …"""
    found: _List = []
    for sentence in document.sentences:
        match = _NEXT.match(sentence) if found else (_FIRST.search(sentence) if _MOVES.search(sentence) else None)
        if match:
            found.append((match["what"].strip(" ,.;"), document.where))
    return found if len(found) > 1 else []


# A form's field, and the same as a heading of its own line.
_WISH = re.compile(
    r"^\W*(?:beskriv (?:ditt )?förslag(?:et)?|ditt förslag|mitt förslag|förslag(?:et)?|vad vill du föreslå)\s*:\s*(?P<wish>.{12,})$",
    re.I,
)
_WISH_HEAD = re.compile(
    r"^\W*(?:beskriv (?:ditt )?förslag(?:et)?|ditt förslag|mitt förslag|förslag(?:et)?|vad vill du föreslå)\s*:?\s*$",
    re.I,
)


def _below(lines: list[str]) -> str:
    at = next((i for i, line in enumerate(lines) if _WISH_HEAD.match(line)), None)
    return next((line for line in lines[at + 1 : at + 3] if len(line) > 12), "") if at is not None else ""


_FIELD = re.compile(r"^(?:förslag till beslut|beslutsförslag|yrkande(?:n)?)\W+(?=att\b)", re.I)  # a form's label


def _lead(line: str) -> str | None:
    """Is this line one that a list follows: it ends in a colon, in "att", in the verb, or is short?"""
    end = line.rstrip(" *_")
    if (
        end.endswith((":", "att", "att:"))
        or len(end) < 110
        or re.search(
            r"(?:yrkar|yrkat|föreslår|föreslås|föreslog|föreslagit|hemställer|hemställt|begärt|yrkas|besluta|beslutar|därför|följande)\W*$",
            end,
            re.I,
        )
    ):
        return end
    return None


def _items(lines: list[str], at: int, lead: str) -> list[str]:
    """The list that begins at line `at`: bullets, numbers or att-satser; blank lines may stand between."""
    counted = _rows(lines, at) if lead.endswith(":") else []
    if counted:
        return counted
    items: list[str] = []
    blanks = 0
    style = ""
    for line in lines[at : at + 200]:
        if not line:
            blanks += 1
            continue
        if ATT.match(line) or BULLET.match(line):
            if items and blanks and style == "att" and not ATT.match(line):
                break
            style = style or ("att" if ATT.match(line) else "bullet")
            if _bare(line).lower() not in {"att", "att:"}:
                items.append(line)
            blanks = 0
        elif re.fullmatch(r"att\W*", line, re.I):
            continue
        elif (
            not items and blanks <= 1 and lead.endswith((":", "att")) and _plain_item(line) and not _MOVES.search(line)
        ):
            items.append(line)
            return items
        elif items and blanks == 0 and line[:1].islower():
            items[-1] += " " + line
        else:
            break
    return items


_ROW = re.compile(r"^(?P<number>\d{1,2}) +(?P<text>[A-ZÅÄÖ]\S*.{6,})$")


def _rows(lines: list[str], at: int) -> list[str]:
    """The rows of a table whose first column counts from one, past its head."""
    rows: list[str] = []
    for line in lines[at : at + 40]:
        match = _ROW.match(line)
        if match and int(match["number"]) == len(rows) + 1:
            rows.append(match["text"])
        elif rows and line:
            break
    return rows if len(rows) > 1 else []


def _plain_item(line: str) -> bool:
    """A demand that stands as a paragraph of its own behind "föreslår att:"."""
    return 15 < len(line) < 400 and not _ENDS.match(line) and not line.endswith(":")


def _inline(sentence: str) -> list[str]:
    """Demands inside one sentence: "yrkar att A samt att B" are two."""
    lead = re.search(
        r"\b(?:yrkar|yrkat|yrka|föreslår|föreslagit|föreslog|föreslå|hemställer|yrkas|föreslås|vill|önskar|begär|kräver|beslutar?|motion(?:en)?|förslag(?:et)?|initiativ(?:et)?|tycker)\b(?: (?=dels\b)|.{0,80}?\b(?:att|om att)\b ?:? ?)",
        sentence,
        re.I,
    )
    if not lead:
        return []
    tail = sentence[lead.end() :].strip(" :")
    if len(tail) < 5:
        return []
    return [p.strip(" ,.;") for p in _INLINE.split(tail) if len(p.strip(" ,.;")) > 4]


_THEIRS = re.compile(
    r"^\W*(?:(?:därför|därmed|mot (?:denna|den) bakgrund|med anledning av [^.]{0,60}) )?(?:(?:vi|jag) (?:föreslår|yrkar|hemställer)|(?:föreslår|yrkar|hemställer) (?:vi|jag|därför|[\wåäö]+(?:partiet|erna))|(?:de|hon|han|motionärerna|motionären|förslagsställaren) (?:yrkar|föreslår|hemställer|vill)|[\wåäö]+(?:partiet|demokraterna|moderaterna|liberalerna) (?:vill|yrkar|föreslår))\b|\b[\wåäö]+(?:partiet|demokraterna|moderaterna|liberalerna) (?:vill|yrkar|föreslår)\b[^.]{0,40}:\W*$",
    re.I,
)


def _tells(line: str, document: Document) -> bool:
    """Does this line tell what the proposer wants, not what a speaker moved at the meeting?"""
    if _THEIRS.search(line) and document.genre not in {"skrivelse", "yttrande"} and not _PROCEDURE.search(line):
        return True
    if _PROCEDURE.search(line) and not re.search(r"motionär|i (?:en |sin |motionen)", line, re.I):
        return False
    if re.search(
        r"\b(?:motion\w*|medborgarförslag\w*|initiativ\w*|förslagsställare\w*|interpellant\w*)\b", line, re.I
    ) and not re.match(
        r"^\W*(?:\d+\.? )?(?:kommunstyrelsen|kommunfullmäktige|nämnden|\w+nämnden|förvaltningen)\b", line, re.I
    ):
        return True
    authors = {
        m[1]
        for m in re.finditer(
            r"(?:motion|förslag|initiativ)\w*(?: \([^)]{0,12}\))? (?:av|från) ([A-ZÅÄÖ][\w-]+ [A-ZÅÄÖ][\w-]+)",
            document.text[:3000],
            re.I,
        )
    }
    return any(a in line for a in authors)


def _search(document: Document, lead: re.Pattern[str], strict: bool) -> _List:
    lines = document.lines
    for at, line in enumerate(lines):
        if line and lead.search(line) and (not strict or not BULLET.match(line)):
            after = at + 1
            while after < min(at + 4, len(lines)) and (not lines[after] or _TO_WHOM.match(lines[after])):
                after += 1
            items = [i for i in _items(lines, after, line) if BULLET.match(i) or ATT.match(i)]
            if items:
                return [(_bare(i), document.where) for i in items]
    for sentence in document.sentences[:600]:
        match = re.search(r"\brekommenderar\b.{0,80}?\batt\b ?:? ?", sentence, re.I)
        if match and len(sentence) - match.end() > 8:
            return [
                (p.strip(" ,.;"), document.where)
                for p in _INLINE.split(sentence[match.end() :])
                if len(p.strip(" ,.;")) > 4
            ]
    return []


def _questions(document: Document) -> _List:
    """Questions that are put: listed ones first, else those that end in a question mark behind the putting of them."""
    lines = [line for line in document.lines if line]
    listed = [line for line in lines if BULLET.match(line) and (_QUESTION_END.search(line) or "?" in line)]
    if listed:
        return [(_bare(line), document.where) for line in listed]
    put = next(
        (
            i
            for i, line in enumerate(lines)
            if _ASKS.search(line) and (line.rstrip().endswith((":", ".")) or len(line) < 200) and i
        ),
        None,
    )
    later = [
        s for line in lines[put if put is not None else 0 :] for s in split_sentences(line) if _QUESTION_END.search(s)
    ]
    if later:
        return [(_bare(s), document.where) for s in later]
    told = next((m for s in document.sentences if (m := _ASKED_FOR.search(s))), None)
    return (
        [(_bare(piece), document.where) for piece in _NEXT_QUESTION.split(told["what"]) if len(piece) > 8]
        if told
        else []
    )


# Questions without a question mark: "vill jag ha svar på hur …, samt vilken plan …".
_ASKED_FOR = re.compile(
    r"\b(?:(?:vill|önskar|begär) (?:jag|vi) (?:ha |få )?svar på|frågar (?:jag|vi)|undrar (?:jag|vi))\b[,:]? (?P<what>.{12,})",
    re.I,
)
_NEXT_QUESTION = re.compile(r",? (?:samt|och) (?=(?:hur|vilk\w+|vad|när|om|varför|vem)\b)", re.I)


def _bare(line: str) -> str:
    """A demand without its bullet and its "att"."""
    text = BULLET.sub("", line.strip())
    text = re.sub(r"^(?:[-–—•·●▪]\s*)?att\b[: ]*", "", text.strip(), flags=re.I)
    return text.strip(" ,;").removesuffix(" samt").removesuffix(" och").strip(" ,;")[:1000]
