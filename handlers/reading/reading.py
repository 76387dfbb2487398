"""What a letter says: the one value that the reading child hands to the handlers, frozen and plain JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from .sameness import of_author

Clock = Literal["stated", "goal", "law"]

KINDS = (
    "motion",
    "remiss",
    "revisionsgranskning",
    "revisionsforfragan",
    "namndinitiativ",
    "medborgarforslag",
    "interpellation",
    "protokollsutdrag",
    "kvalitetsgranskning",
    "svar",
    "orosanmalan",
    "tjansteskrivelse",
    "kallelse",
    "utlamnande",
    "synpunkt",
    "kalender",
    "autosvar",
    "studs",
    "nyhetsbrev",
    "skrap",
    "other",
)
MATTERS = ("motion", "medborgarforslag", "interpellation", "namndinitiativ", "revision")
OUTCOMES = (
    "bifall",
    "delvis bifall",
    "avslag",
    "besvarad",
    "återremiss",
    "bordlagd",
    "avskriven",
    "lagd till handlingarna",
    "godkänd",
)


@dataclass(frozen=True, slots=True)
class Context:
    """What the reader is told of the receiver; everything may be empty (`namndbot read` without an installation)."""

    namnd_names: tuple[str, ...] = ()  # "Socialnämnden", "socialnämnden i Ekeby", "SN"
    organisation: str | None = None  # "Ekeby kommun"
    own_addresses: tuple[str, ...] = ()  # addr-specs, lower case: the namnd's mailboxes and the bot's own
    own_prefixes: tuple[str, ...] = ()  # "SN", "ASN": what the namnd's own diarienummer begin with
    received: dt.datetime | None = None  # when the server got the letter, aware
    authserv_id: str = ""  # how our own mail server names itself in Authentication-Results
    trust_exchange_internal: bool = False  # AuthAs: Internal counts: the border takes away others'


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a name, an address, or both; None where the letter does not tell."""

    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something shall be done, and where that stands."""

    date: dt.date | None  # None when it cannot be dated ("snarast"): then text says how it was put
    purpose: str  # Swedish: "yttrande till revisorerna"
    clock: Clock  # what is written in the letter is stated; what follows from a rule is goal or law
    sentence: str
    where: str  # "body" or the attachment's name
    moved_from: dt.date | None = None  # the day that this one replaces
    text: str | None = None
    replaces: bool = False  # a correction or a granted extension: the matter's earlier day no longer holds


@dataclass(frozen=True, slots=True)
class Raised:
    """The day a motion was väckt, and by what (its date, in at the kansli, the meeting that received it)."""

    date: dt.date
    which: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that the letter brings or recites."""

    body: str | None
    date: dt.date | None
    paragraph: str | None


@dataclass(frozen=True, slots=True)
class PlannedMeeting:
    date: dt.date
    body: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the field it fills, its value as text, 0..1, the sentence and where it stands."""

    field: str
    value: str
    certainty: float
    sentence: str
    where: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """The headers that the gates and the joining need; addresses are lower-case addr-specs."""

    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    from_: Party = Party()
    to: tuple[Party, ...] = ()
    cc: tuple[Party, ...] = ()
    sent: dt.datetime | None = None  # the Date header, aware; never used as inkommen
    automatic: str | None = None  # why no machine may be answered: "auto-submitted", "list", "bounce" … or None
    from_bot: bool = False  # carries our own X-Namndbot header
    # Of a mail that came back: what may be the Message-ID of ours, whom it did not reach, the status (RFC 3463).
    bounce_of: tuple[str, ...] = ()
    bounce_to: str = ""
    bounce_status: str = ""
    bounce_final: bool = False  # given up; else the server goes on trying
    # Who it is from, where it says one sender and no more; with `auth` the only thing that answers go by.
    one_sender: str = ""
    auth: str = "none"  # "internal", "pass", "fail" or "none": see authentication.py
    tokens: tuple[str, ...] = ()  # of the messages of ours that it replies to; never kept


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part with content of its own. Inline pictures of a signature are not listed."""

    name: str  # cleaned for display; never a path
    media_type: str
    size: int  # bytes, decoded
    sha256: str
    pages: int | None = None
    characters: int = 0  # of text that could be read; 0 = none


@dataclass(frozen=True, slots=True)
class Text:
    """What could be read as text, and where it stands: "body", "forwarded", or the attachment's name."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Matter:
    """One of several matters in one letter: the keys that may differ between them."""

    kind: str
    matter: str | None
    title: str
    external_dnr: tuple[str, ...] = ()
    own_dnr: tuple[str, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    motionarer: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that one letter says. Field names and meanings are those that `namndbot read --json` prints."""

    kind: str = "other"
    certainty: float = 0.0
    matter: str | None = None
    title: str = ""
    sender_authority: str | None = None
    sender: Party | None = None
    forwarded_by: Party | None = None
    original_received: dt.datetime | None = None  # when a forward tells it; naive = Swedish wall time as written
    dated: dt.date | None = None
    raised: Raised | None = None
    external_dnr: tuple[str, ...] = ()
    own_dnr: tuple[str, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    motionarer: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    outcome: str | None = None
    outcome_is_proposal: bool = False
    outcome_per_demand: tuple[str, ...] = ()
    meeting: Decision | None = None
    decisions: tuple[Decision, ...] = ()
    sent_to: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    asks_for: str | None = None
    questions: tuple[str, ...] = ()  # an auditor's questions when an audit is announced; never demands
    plan: tuple[PlannedMeeting, ...] = ()
    documents: tuple[str, ...] = ()
    secret: bool = False
    secret_reasons: tuple[str, ...] = ()  # words of ours ("personnummer", "anmälan enligt SoL"), never the letter's
    register: bool = True
    review: tuple[str, ...] = ()
    matters: tuple[Matter, ...] = ()
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    unreadable: bool = False  # nothing could be made of the bytes: kept, and shown as "kunde inte tolkas"
    envelope: Envelope = Envelope()
    attachments: tuple[Attachment, ...] = ()
    texts: tuple[Text, ...] = ()
    reply: str = ""  # of a reply to a message of ours: what its sender wrote, nothing that is quoted
    fingerprint: str = ""  # SHA-256 of all that the letter says and carries (sameness.py): equal = the very same letter
    author: str = ""  # of a hidden letter: who wrote it, as a hash to compare with (sameness.of_author)

    def written_by(self) -> str:
        """Return who wrote the letter, as a hash that two letters with the same fingerprint share; "" where it is unknown.

        The original author's address, not that of who passed it on; a name alone is told apart by who sent it.
        """
        if self.author:
            return self.author
        one = self.sender if self.sender and (self.sender.address or self.sender.name) else self.envelope.from_
        name = one.address or (f"{one.name} {self.envelope.from_.address or ''}" if one.name else "")
        return of_author(name.lower(), self.fingerprint)

    def hidden(self) -> Reading:
        """Return what may be kept and shown of an individual's matter: that it is one, and nothing of it.

        OSL (2009:400) 26 kap. 1 §: secrecy is the presumption. Message ids and hashes stay, so that a repetition
        is known again; they are stored, never shown.
        """
        return Reading(
            kind=self.kind if self.kind == "orosanmalan" else "other",
            certainty=self.certainty,
            secret=True,
            secret_reasons=self.secret_reasons,
            register=self.register,
            review=self.review,
            envelope=Envelope(
                message_id=self.envelope.message_id,
                in_reply_to=self.envelope.in_reply_to,
                automatic=self.envelope.automatic,
                from_bot=self.envelope.from_bot,
                auth=self.envelope.auth,
            ),
            fingerprint=self.fingerprint,
            author=self.written_by(),
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON: dates as ISO, tuples as lists. The inverse of `from_json`."""
        return {name: _plain(getattr(self, name)) for name in _names(type(self))}

    def to_brief(self) -> dict[str, Any]:
        """Return plain JSON without the fields that have their default; `from_json` puts them back."""
        return {n: _plain(v) for n in _names(Reading) if (v := getattr(self, n)) != _UNSAID[n]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Build a Reading from `to_json`'s value; keys it does not know are ignored, missing ones get defaults."""
        made = _build(cls, data)
        assert isinstance(made, cls)
        return made


def _names(cls: type) -> tuple[str, ...]:
    known = _NAMES.get(cls)
    if known is None:
        known = _NAMES[cls] = tuple(f.name for f in dataclasses.fields(cls))
    return known


_NAMES: dict[type, tuple[str, ...]] = {}  # asked for thousands of times a second


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in _SIMPLE:
        return value
    if kind is tuple:
        return [_plain(v) for v in value]
    if kind in _MOMENTS:
        return value.isoformat()
    return {name: _plain(getattr(value, name)) for name in _names(kind)}


_SIMPLE = frozenset({str, int, float, bool})
_MOMENTS = frozenset({dt.date, dt.datetime})
_UNSAID = {name: getattr(Reading(), name) for name in _names(Reading)}


_PARTS: dict[str, type] = {
    "sender": Party,
    "forwarded_by": Party,
    "from_": Party,
    "to": Party,
    "cc": Party,
    "raised": Raised,
    "deadlines": Deadline,
    "meeting": Decision,
    "decisions": Decision,
    "plan": PlannedMeeting,
    "matters": Matter,
    "findings": Finding,
    "envelope": Envelope,
    "attachments": Attachment,
    "texts": Text,
}
_DATES = {"date", "dated", "moved_from"}
_TIMES = {"original_received", "sent", "received"}


def _build(cls: type, data: Mapping[str, Any]) -> Any:
    made: dict[str, Any] = {}
    for name in _names(cls):
        if name in data:
            made[name] = _value(name, data[name])
    return cls(**made)


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(_value(name, v) for v in value)
    if isinstance(value, Mapping):
        return _build(_PARTS[name], value)
    if name in _DATES:
        return dt.date.fromisoformat(value)
    if name in _TIMES:
        return dt.datetime.fromisoformat(value)
    return value


@dataclass(frozen=True, slots=True)
class Packed:
    """A file that lay in another one."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the text room got out of one attachment."""

    text: str = ""
    pages: int | None = None
    page_starts: tuple[int, ...] = field(default=())  # offset in text where each page begins
    warnings: tuple[str, ...] = ()  # Swedish, for people: "Bilagan är en bild utan text."
    inside: tuple[Packed, ...] = ()  # the files of an archive, as far as they were taken out
    letter: bytes = b""  # the attachment is a letter in another form (.msg, winmail.dat, S/MIME): here it is as MIME
    silent: bool = False  # is no document and is missed by nobody: a signature
    read_elsewhere: bool = False  # its words were taken up with those of the letter that it is
    seen: bool = False  # the text was read from a picture (OCR): letters and figures may be wrong
