"""The material: a letter's texts laid out by the part they play, before anybody reads them for meaning."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from .characters import fold, mend, tidy
from .forwards import Conversation, Layer, cut_signature, split, strip_prefixes
from .letter import Letter, Part
from .reading import Attachment, Context, Extracted, Party
from .sentences import sentences, unwrap

Extract = Callable[[str, str, bytes], Extracted]

Genre = Literal[
    "motion",
    "interpellation",
    "initiativ",
    "medborgarforslag",
    "protokoll",
    "missiv",
    "rapport",
    "skrivelse",
    "yttrande",
    "begaran",
    "other",
]

MAX_ATTACHMENT_TEXT = 60_000  # characters: a report's request stands on its first pages
FRONT = 9_000  # characters of a covering letter
FRONT_PAGES = 3
_HEADER_FILE = re.compile(r"^(?:meddelandehuvud|message[-_ ]?header|headers?)\.txt$", re.I)
_HTML_FILE = re.compile(r"^(?:meddelandehtml|message[-_ ]?html|meddelande)\.(?:html?|txt)$", re.I)

# A document's genre by its first lines; the first that matches a line, read from the top.
_GENRES: tuple[tuple[Genre, re.Pattern[str]], ...] = (
    (
        "protokoll",
        re.compile(
            r"^(?=.{0,110}$)(?!.*\b(?:yttrande\w*|svar\w*|form av|bifoga\w*|bifogat|se |i |enligt |anhålla\w*)\b).*(?:protokollsutdrag|sammanträdesprotokoll)|^\W*(?:protokollsutdrag|sammanträdesprotokoll|protokoll\b|utdrag ur protokoll)|^.{0,50}\b(?-i:PROTOKOLL|Protokoll)\b(?:\W*Sida\b.*|\W*\d.{0,30})?$|^\W*(?:K[FS]|KSAU|RF|RS|AU)? ?§ ?\d+",
            re.I,
        ),
    ),
    (
        "skrivelse",
        re.compile(
            r"^\W*(?:g-)?tjänste(?:skrivelse|utlåtande|yttrande)|^ärendeblad|^.{0,40}\btjänste(?:skrivelse|utlåtande)\W*(?:\d{1,2} ?\(\d{1,2}\))?$",
            re.I,
        ),
    ),
    ("yttrande", re.compile(r"^\W*(?:remiss)?(?:yttrande|svar)\b(?! senast| önskas)|^\w*remissvar", re.I)),
    (
        "begaran",
        re.compile(
            r"^\W*(?:begäran om yttrande|remiss\b(?!svar)|remissmissiv|inbjudan att (?:yttra|lämna)|remiss:)|^.{0,40}\b(?-i:BEGÄRAN OM YTTRANDE|Begäran om yttrande|REMISSMISSIV|Remissmissiv|REMISS)\b\W*(?:\d{1,2} ?\(\d{1,2}\))?$",
            re.I,
        ),
    ),
    ("interpellation", re.compile(r"^\W*(?:interpellation|enkel fråga|fråga till)\b", re.I)),
    (
        "initiativ",
        re.compile(
            r"^\W*(?:nämndinitiativ|ledamotsinitiativ|nämndsinitiativ|ledamotsförslag|initiativärende|initiativ\b)",
            re.I,
        ),
    ),
    ("medborgarforslag", re.compile(r"^\W*medborgarförslag", re.I)),
    (
        "missiv",
        re.compile(
            r"^\W*(?:revisionsskrivelse|revisionsmissiv|missiv)\b|^\W*till:? .{0,60}nämnd|^\W*(?:kommun|stads)?revisorerna\b|^\W*(?:kommun|stads|region)?revisionen\b",
            re.I,
        ),
    ),
    (
        "motion",
        re.compile(
            r"^\W*(?:\w+(?:partiet|demokraterna|erna)\b[^.]{0,40}\s)?(?!.*\bsenast\b)motion(?:en\b(?![^.]{0,120}\b(?:har|remitter|skickas|överlämna|bifoga|väckt)))?\b(?!är)",
            re.I,
        ),
    ),
    ("rapport", re.compile(r"\b(?:revisionsrapport|granskningsrapport|rapport|granskning av|slutrapport)\b", re.I)),
)


_CONTRACT = re.compile(
    r"\W*(?:(?:förslag till|utkast till) )?[\wåäö]{0,20}avtal\b[^\n]{0,120}\n\W*(?:mellan\b|parter)", re.I
)

# What the first lines of a page say where another paper begins.
_ANOTHER = re.compile(
    r"^[^\w\n]*(?:bilaga\b(?!:)|innehåll(?:sförteckning)?\W*$|(?:revisions|gransknings|slut)?rapport\b|motion\b(?!en)|medborgarförslag\b|interpellation\b|förslag till (?:föreskrift|riktlinje|plan|program|policy|reglemente)\w*"
    r"|(?:kpmg|pwc|ey|deloitte|azets|helseplan)\b|konsekvensutredning\b|sammanfattning\W*$|projektplan\b)",
    re.I | re.M,
)


def _head(text: str) -> str:
    return "\n".join([line for line in text.split("\n") if line.strip()][:5])


@dataclass(frozen=True)
class Document:
    """One text of the letter. Not slotted: its lines are worked out once, when asked for."""

    where: str  # "body", "forwarded", or the attachment's name
    text: str
    genre: Genre = "other"
    starts: tuple[int, ...] = ()  # where each page begins in the text; empty = the text has no pages
    seen: bool = False  # read from a picture: letters and figures may be wrong

    @cached_property
    def lines(self) -> list[str]:
        """The logical lines."""
        return unwrap(self.text)

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences, in order."""
        return sentences(self.text)

    @property
    def head(self) -> str:
        """The beginning: where a document says what it is."""
        return "\n".join([line for line in self.lines if line][:12])[:1500]

    @property
    def first(self) -> Document:
        """The first page only."""
        end = self.starts[1] if len(self.starts) > 1 else 4000
        return Document(self.where, self.text[:end], self.genre, (), self.seen)

    @cached_property
    def front(self) -> Document:
        """What is said before a report, a motion or an appendix begins in the same file: at most its first pages."""
        end = min(len(self.text), FRONT)
        for page, start in enumerate(self.starts[1:], start=1):
            if page >= FRONT_PAGES or _ANOTHER.search(_head(self.text[start : start + 400])):
                end = min(end, start)
                break
        return Document(self.where, self.text[:end], self.genre, (), self.seen)


@dataclass(frozen=True)
class Material:
    """Everything that is read for meaning."""

    subject: str  # without prefixes
    style: str  # "forward", "reply" or ""
    main: Document  # what the letter says
    preface: Document  # what the one who passed it on wrote above; may be empty
    signature: str
    quoted: tuple[Document, ...]  # older mail under an answer
    attached: tuple[Document, ...]
    reference: dt.date | None  # the day from which "20/10" and "inom tre månader" count
    author: Party  # who wrote first
    forwarded_by: Party | None
    original_received: dt.datetime | None
    original_subject: str
    addressees: tuple[Party, ...]
    context: Context
    signature_raw: str = ""

    @property
    def documents(self) -> tuple[Document, ...]:
        """What the letter says and carries, most telling first; not what is only quoted."""
        return tuple(d for d in (self.main, self.preface, *self.attached) if d.text.strip())

    @cached_property
    def receiver(self) -> tuple[str, ...]:
        """The receiving namnd's names, folded: "socialnamnden"."""
        if self.context.namnd_names:
            return _folded(self.context.namnd_names)
        known = self._called(self.addressees[:6])
        # Who is written to goes before who gets a copy.
        told = self._spoken_to(self.addressees[:1] if known else self.addressees[:6])
        return _folded((*told, *self._called(self.addressees[:1]))) if told else known

    def _called(self, parties: tuple[Party, ...]) -> tuple[str, ...]:
        """What names and mailboxes say by themselves: "Socialnämnden", "bun@"."""
        parts = [part for p in parties for part in (p.name, (p.address or "").split("@")[0]) if part]
        return _folded([n for n in parts if "namnd" in fold(n) or (2 <= len(n) <= 4 and n.isalpha())])

    def _spoken_to(self, parties: tuple[Party, ...]) -> tuple[str, ...]:
        """The nämnd that the letter names and whose mailbox it comes to: "barnochutbildning@" is its."""
        texts = "\n".join(d.text[:6000] for d in self.documents)
        named = {_bare_name(m[0]): fold(m[0]) for m in _A_NAMND.finditer(texts)}
        for party in parties:
            for part in (party.name, (party.address or "").split("@")[0]):
                if part and _bare_name(part) in named:
                    return (named[_bare_name(part)],)
        return ()


def _folded(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold(n) for n in names if len(n) > 1))


_A_NAMND = re.compile(r"\b(?:[\wåäö]{1,40}- (?:och|samt) )?[\wåäö-]{2,40}nämnden\b", re.I)


def _bare_name(text: str) -> str:
    """A name without what mailboxes leave out: "Barn- och utbildningsnämnden" and "barnochutbildning" are one."""
    return re.sub(r"[^a-z]", "", fold(text)).removesuffix("namnden").removesuffix("namnd").rstrip("s")


def genre_of(text: str, name: str = "") -> Genre:
    """Say what kind of document a text is, by its first lines and then by its file's name.

    >>> genre_of("Linköping 16/3 - 2021\\nMotion\\nFler bänkar i parken")
    'motion'
    """
    lines = [line for line in unwrap(text[:6000]) if line]
    if _CONTRACT.match(text):
        return "other"  # its clauses are numbered with § too
    for line in lines[:7]:
        prose = line.endswith(".") and len(line) > 50
        for genre, pattern in _GENRES:
            if prose and genre in {"motion", "interpellation", "medborgarforslag", "initiativ"}:
                continue  # "Motion från Eva Ek (S) remitteras till nämnden.": a sentence about one, no heading of one
            if pattern.search(line[:160]) and not (
                genre == "missiv" and line.lower().startswith("till") and _politics(lines)
            ):
                # The auditors' letter has their report's title; its file says what it is.
                return "missiv" if genre == "rapport" and re.search(r"missiv|följebrev", name, re.I) else genre
    plain = re.sub(r"[_-]+", " ", name)
    for genre, pattern in _GENRES:
        if pattern.search(plain):
            return genre
    return "other"


def _politics(lines: list[str]) -> bool:
    head = " ".join(lines[:8]).lower()
    return (
        any(word in head for word in ("motion", "interpellation", "initiativ", "medborgarförslag"))
        or "revis" not in " ".join(lines).lower()
    )


# What a scanner makes of headings: "INTERPELLATl0N". No sign is added or taken: the pages begin where they did.
_CAPITALS = re.compile(r"\b(?=[A-ZÅÄÖl01]{5,40}\b)(?=(?:[l01]*[A-ZÅÄÖ]){4})[A-ZÅÄÖ]*[l01][A-ZÅÄÖl01]*\b")
_FIGURES = str.maketrans("l01", "IOI")


def attach(part: Part, got: Extracted) -> tuple[Attachment, Document | None]:
    """Return what is listed of a part, and its document where it has words of its own."""
    text, starts = _paged(got)
    text = _CAPITALS.sub(lambda m: m[0].translate(_FIGURES), text)
    characters = len(part.data) if got.read_elsewhere else len(got.text)
    listed = Attachment(part.name, part.media_type, len(part.data), part.sha256, got.pages, characters)
    if not text.strip() or got.inside:  # an archive's words are only the names of its files
        return listed, None
    return listed, Document(part.name, text, genre_of(text, part.name), starts, got.seen)


_EDGE = 5  # lines at a page's top and foot where running heads stand


def _without_running_heads(pages: list[str]) -> list[str]:
    """Leave out what stands at the edge of page after page: a list that goes on overleaf is one list again.

    >>> _without_running_heads(["Ekeby kommun Sida 1 (2)\\nMotion", "Ekeby kommun Sida 2 (2)\\natt bänkar köps"])
    ['Ekeby kommun Sida 1 (2)\\nMotion', 'att bänkar köps']
    """
    if len(pages) < 2:
        return pages
    seen: Counter[str] = Counter()
    for page in pages:
        lines = [line.strip() for line in page.split("\n") if line.strip()]
        seen.update({_DIGITS.sub("#", line) for line in [*lines[:_EDGE], *lines[-_EDGE:]]})
    running = {line for line, count in seen.items() if count >= max(2, (len(pages) + 1) // 2)}
    return [_trimmed(page, running, first=at == 0) for at, page in enumerate(pages)]


def _trimmed(page: str, running: set[str], *, first: bool) -> str:
    lines = page.split("\n")
    told = [i for i, line in enumerate(lines) if line.strip()]
    edge = {*(() if first else told[:_EDGE]), *told[-_EDGE:]} - ({*told[:_EDGE]} if first else set())
    return "\n".join(
        line for i, line in enumerate(lines) if i not in edge or _DIGITS.sub("#", line.strip()) not in running
    )


_DIGITS = re.compile(r"(?<![\d/:.-])\d{1,3}(?![\d/:.-])")  # of a page, never of a date


def _paged(got: Extracted) -> tuple[str, tuple[int, ...]]:
    """The tidied text, and where its pages begin in it."""
    edges = [*got.page_starts, len(got.text)] if got.page_starts else [0, len(got.text)]
    pages = [tidy(mend(got.text[begin:end]), MAX_ATTACHMENT_TEXT) for begin, end in itertools.pairwise(edges)]
    pieces: list[str] = []
    starts: list[int] = []
    at = 0
    for piece in _without_running_heads(pages):
        starts.append(at)
        pieces.append(piece)
        at += len(piece) + 1
        if at >= MAX_ATTACHMENT_TEXT:
            break
    return "\n".join(pieces), tuple(starts) if got.page_starts else ()


_DOTS = re.compile(r"^([^\n.:]{2,30}?) ?\.{3,} ?:? ?", re.M)  # a robot's form: "Rubrik ......... Sänk hastigheten"


def lay_out(letter: Letter, body: str, attached: tuple[Document, ...], context: Context) -> Material:
    """Put the texts in their places: the request, the words above it, what is only quoted."""
    envelope = letter.envelope
    body = _DOTS.sub(r"\1: ", body)
    subject, style = strip_prefixes(envelope.subject)
    gateway = next((d for d in attached if _HEADER_FILE.match(d.where)), None)
    conversation = split(body, envelope.subject)
    if gateway is not None:
        conversation, attached = _through_gateway(conversation, gateway, attached)
    elif letter.inner:
        first, rest = letter.inner[0], letter.inner[1:]
        if len(conversation.answer.split()) < 60:
            conversation = _with_inner(conversation, first)
        else:
            rest = letter.inner
        attached = (*attached, *(_enclosed(i) for i in rest))
    answer, signature = cut_signature(conversation.answer)
    forwarded = conversation.forwarded
    chosen = _request(forwarded)
    main, preface = Document("body", answer), Document("body", "")
    author, received, original_subject, passed = envelope.from_, None, "", None
    full_signature = signature
    if chosen is not None:
        inner, inner_signature = cut_signature(chosen.text)
        thin = len(answer.split()) < 60 or style == "forward"
        if thin or len(inner.split()) > len(answer.split()):
            main, preface = Document("forwarded", inner), Document("body", answer)
        else:
            preface = Document("forwarded", inner)
        full_signature = inner_signature or signature
        passed = envelope.from_
        author = chosen.sender or Party()
        received, original_subject = chosen.sent, strip_prefixes(chosen.subject)[0]
    main, pasted = _apart(main)
    if chosen is not None:
        told = conversation.layers if style == "forward" else forwarded
        pasted = (*pasted, *_beneath(told[told.index(chosen) + 1 :]))
    attached = (*(part for d in attached for part in _papers(d)), *pasted)
    quoted = tuple(
        Document("quoted", layer.text)
        for layer in conversation.layers
        if layer.text and layer is not chosen and layer.kind == "quoted"
    )
    if chosen is None and len(answer.split()) < (1 if style == "reply" else 4) and quoted and not attached:
        main = Document("quoted", cut_signature(quoted[0].text)[0])
        quoted = quoted[1:]
    sent = received.date() if received else _day(envelope.sent)
    return Material(
        subject=subject,
        style=style,
        main=main,
        preface=preface,
        signature=full_signature,
        quoted=quoted,
        attached=attached,
        reference=sent or _day(context.received),
        author=author,
        forwarded_by=passed,
        original_received=received,
        original_subject=original_subject,
        addressees=(*envelope.to, *envelope.cc),
        context=context,
        signature_raw=signature,
    )


_PASTED = re.compile(
    r"^[^\w\n]*(?:motion|medborgarförslag|interpellation|nämndinitiativ|enkel fråga)\b(?!.*\b(?:dnr|senast)\b)(?:[^.\n]|\bkap\.){0,70}$",
    re.I | re.M,
)
# A heading over what is told of a motion, in the letter that refers it: no motion stands under it.
_TELLS_OF_IT = re.compile(
    r"\bhar i en (?:motion|interpellation)\b|\bmotionärer(?:na)?\b|\bmotionären\b|\b(?:har|hade) (?:väckt|lämnat in|inkommit med) en motion\b|"
    r"\b(?:yttrande\w*|svar\w*|remiss\w*)\b[^.\n]{0,80}\b(?:senast|tillhanda)\b",
    re.I,
)


def _apart(main: Document) -> tuple[Document, tuple[Document, ...]]:
    """A paper that is pasted under the words that pass it on is a document of its own."""
    for found in _PASTED.finditer(main.text):
        cover, paper = main.text[: found.start()].strip(), main.text[found.start() :].strip()
        if _TELLS_OF_IT.search(paper):
            continue
        if len(cover.split()) >= 15 and len(paper.split()) >= 25 and genre_of(cover) != "protokoll":
            return Document(main.where, cover), (Document(main.where, paper, genre_of(paper)),)
    return main, ()


def _papers(document: Document) -> tuple[Document, ...]:
    """A file that holds a request and, from a later page on, the motion that it is about is two documents."""
    if document.genre in {"motion", "interpellation", "initiativ", "medborgarforslag", "protokoll"}:
        return (document,)
    for start in document.starts[1:6]:
        paper = Document(document.where, document.text[start:], genre_of(document.text[start : start + 600]))
        if paper.genre in {"motion", "interpellation", "initiativ", "medborgarforslag"} and _PASTED.search(paper.head):
            front = tuple(s for s in document.starts if s < start)
            return Document(document.where, document.text[:start], document.genre, front, document.seen), paper
    return (document,)


def _request(forwarded: tuple[Layer, ...]) -> Layer | None:
    """The innermost forward, past those that only say "se nedan"; one that says much itself is the request."""
    for layer in forwarded:
        if len(cut_signature(layer.text)[0].split()) >= 25:
            return layer
    return forwarded[-1] if forwarded else None


def _beneath(layers: tuple[Layer, ...]) -> tuple[Document, ...]:
    """The papers that stand under what has been written about them, mail below mail: minutes, a motion, a request."""
    papers = []
    for layer in layers:
        text = cut_signature(layer.text)[0]
        genre = genre_of(text, layer.subject)
        if genre not in {"other", "yttrande"} and len(text.split()) >= 25:
            papers.append(Document("forwarded", text, genre))
    return tuple(papers)


def _through_gateway(
    conversation: Conversation, head: Document, attached: tuple[Document, ...]
) -> tuple[Conversation, tuple[Document, ...]]:
    """A gateway that ships the letter as attachments: the header file tells who wrote it, the html file what."""
    text = next((d.text for d in attached if _HTML_FILE.match(d.where)), "")
    inner = split(f"{head.text.strip()}\n\n{text}", "VB:")
    rest = tuple(d for d in attached if not _HEADER_FILE.match(d.where) and not _HTML_FILE.match(d.where))
    return Conversation(conversation.answer, (*inner.layers, *conversation.layers)), rest


def _with_inner(conversation: Conversation, inner: Letter) -> Conversation:
    """A letter that lies in this one as message/rfc822 is a forward; so is one that lies in that."""
    return Conversation(conversation.answer, (*_layers(inner), *conversation.layers))


def _layers(inner: Letter) -> tuple[Layer, ...]:
    envelope = inner.envelope
    text = split(inner.body, envelope.subject)
    sent = envelope.sent.replace(tzinfo=None) if envelope.sent else None
    layer = Layer("forwarded", text.answer, envelope.from_, sent, envelope.subject)
    deeper = tuple(layer for further in inner.inner[:3] for layer in _layers(further))
    return (layer, *text.layers, *deeper)


def _enclosed(inner: Letter) -> Document:
    """A letter that is enclosed beside what is said, as a document under its subject."""
    subject = strip_prefixes(inner.envelope.subject)[0]
    whole = "\n\n".join([subject, inner.body, *(i.body for i in inner.inner[:3])])
    text = tidy(whole, MAX_ATTACHMENT_TEXT)
    return Document(f"{subject or 'bifogat brev'}.eml", text, genre_of(inner.body, subject))


def _day(moment: dt.datetime | None) -> dt.date | None:
    return moment.date() if moment else None
