"""The nouns: what the register holds, as frozen values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = Mapping[str, Any]
# stab: the central staff's function mailbox, which approves what goes on to KS and KF.
RoleName = Literal["registrator", "handlaggare", "manager", "forvaltningschef", "sekretess", "administrator", "stab"]
# How somebody has logged in: by a link that was mailed or printed, or by an account at a provider.
LoginWay = Literal["link", "account"]
# The roles that a nämnd cannot do without; a förvaltningschef it may have.
ROLES: tuple[RoleName, ...] = ("registrator", "handlaggare", "manager", "sekretess", "administrator")

# arrived: kept, not yet dealt with. registered: entered, with case and document. review: a person must look first.
# answer: somebody answered a question of ours by mail. secret: suspected individual matter, sekretess decides. ovrigt: not registered (auto-replies, newsletters).
# repetition: kept at its case as one more receipt. not_registered and handed_over: a person has decided so.
ArrivalState = Literal[
    "arrived", "registered", "review", "secret", "ovrigt", "repetition", "not_registered", "handed_over", "answer"
]
# waiting_dnr: the number comes from another system of record.
CaseState = Literal["open", "waiting_dnr", "closed", "makulerad"]
Direction = Literal["in", "ut", "upprattad"]
# Where a letter goes in the mailbox once it is dealt with; the names are what people see in Outlook.
# skickat: what has gone out from the mailbox, where the copies of our own mail lie too.
Folder = Literal["registrerat", "granska", "hemligt", "ovrigt", "skickat"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works with the namnd's post; email is the key that CSV files know them by."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role in a namnd, from and to (inclusive) dated days; valid_to None means until further notice."""

    person: Person
    namnd: str
    role: RoleName
    valid_from: dt.date
    valid_to: dt.date | None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """How a namnd's numbers look from one year on, and the number that year begins with."""

    namnd: str
    from_year: int
    prefix: str
    template: str
    first_number: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """One letter that came, before and after it is dealt with. It has an id, never a diarienummer."""

    id: int
    namnd: str
    mailbox_key: str
    raw_sha256: str
    received_at: dt.datetime
    seen_at: dt.datetime
    attempts: int
    state: ArrivalState
    reference: str
    folder: Folder | None = None
    moved_at: dt.datetime | None = None
    message_id: str | None = None
    fingerprint: str | None = None
    case_id: int | None = None
    document_id: int | None = None
    reading: Json | None = None
    reasons: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    proposed_case_id: int | None = None
    confirmed_at: dt.datetime | None = None
    decided_by: str | None = None
    decided_at: dt.datetime | None = None
    note: str | None = None

    @property
    def label(self) -> str:
        """How people see it: A-1043."""
        return f"A-{self.id}"


@dataclass(frozen=True, slots=True)
class Case:
    """An ärende. dnr is None only while it waits for the number of another system."""

    id: int
    namnd: str
    dnr: str | None
    year: int | None
    number: int | None
    state: CaseState
    kind: str
    matter: str | None
    title: str
    sender: str | None
    secret: bool
    inkommen_at: dt.datetime
    registered_at: dt.datetime
    raised: dt.date | None
    raised_which: str | None
    motionarer: tuple[str, ...]
    handlaggare_id: int | None
    version: int
    note: str | None = None
    waiting_for: str | None = None  # "KS" or "KF" once the nämnd has done its part: nobody's debt here
    paused_until: dt.date | None = None  # the last day that it rests; the law's time goes on

    @property
    def type(self) -> str:
        """The type of the case: what it is about, else what came."""
        return self.matter or self.kind


@dataclass(frozen=True, slots=True)
class Document:
    """A handling within a case, with its own number there. Four dates, never merged: dated, inkommen, registered;
    the fourth (väckt) belongs to the case."""

    id: int
    case_id: int
    number: int
    arrival_id: int | None
    attachment: bool
    direction: Direction
    kind: str
    title: str
    party: str | None
    dated: dt.date | None
    inkommen_at: dt.datetime | None
    registered_at: dt.datetime
    sha256: str | None
    media_type: str
    file_name: str
    size: int
    pages: int | None
    makulerad: bool


@dataclass(frozen=True, slots=True)
class ExternalNumber:
    """Somebody else's number for the matter; key is the normalised form that numbers are compared by."""

    case_id: int
    raw: str
    key: str


@dataclass(frozen=True, slots=True)
class CaseDeadline:
    """A day that the case must keep. clock: stated (stands in a letter), goal or law (follows from a rule)."""

    id: int
    case_id: int
    document_id: int | None
    date: dt.date | None
    text: str | None
    purpose: str
    clock: str
    sentence: str
    source: str
    state: Literal["active", "replaced", "met", "dropped"]
    moved_from: dt.date | None
    confirmed_by: str | None


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """What was read in a letter, where, how surely, and who has confirmed or corrected it."""

    id: int
    arrival_id: int
    field: str
    value: str
    certainty: float
    sentence: str
    source: str
    confirmed_by: str | None
    corrected_to: str | None


DemandState = Literal["begun", "waiting", "done"]


@dataclass(frozen=True, slots=True)
class CaseDemand:
    """An att-sats, a recommendation or a question, in the letter's order; and what is done about it.

    A struck one was never asked for: it stays, crossed out. due is when the measure is to be done, done_on when it was.
    """

    case_id: int
    position: int
    text: str
    outcome: str | None
    read_as: str | None = None  # as the letter has it, where the words have been put right
    struck: bool = False
    measure: str | None = None
    responsible_id: int | None = None
    due: dt.date | None = None
    state: DemandState | None = None
    waits_for: str | None = None
    done_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class CaseDecision:
    """A decision on the case that a letter told of."""

    case_id: int
    document_id: int | None
    body: str | None
    date: dt.date | None
    paragraph: str | None
    outcome: str | None
    is_proposal: bool


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step on the way; met_on is the day it was done, document_id what proved it.

    planned is the last day for it by the case's plan, meeting_id its meeting in the calendar, why the reason for the day.
    """

    id: int
    case_id: int
    kind: str
    met_on: dt.date | None
    document_id: int | None
    planned: dt.date | None = None
    meeting_id: int | None = None
    why: str = ""


MeetingState = Literal["planned", "cancelled"]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of a body: presidium, au, namnd (of a nämnd), ksau, ks, kf (namnd is then empty).

    stop is the last day for its papers; moved_from the day that it was first to be held.
    """

    id: int
    namnd: str
    body: str
    day: dt.date
    stop: dt.date | None
    state: MeetingState
    moved_from: dt.date | None


@dataclass(frozen=True, slots=True)
class CasePlan:
    """How a case's plan stands. state: ok, tight (a step is late or the time to write is short), lost (the target cannot
    be kept; the steps lead to the next day that can).

    target: the day that the decision must fall; deadline_id the clock that says so. ends: the plan's last step. lost:
    ids of the clocks that cannot be kept. assumed: bodies whose calendar is not there.
    """

    case_id: int
    state: Literal["ok", "tight", "lost"]
    target: dt.date
    deadline_id: int | None
    ends: dt.date | None
    lost: tuple[int, ...]
    assumed: tuple[str, ...]
    made_on: dt.date
    review_on: dt.date | None  # the first day on which it may stand otherwise if nothing happens
    news: tuple[str, ...] = ()  # what people are still to be told: "lost", "meeting:17", "stop:17"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell somebody: kind, ids and key; the words are made when it is sent."""

    id: int
    key: str
    kind: str
    namnd: str
    case_id: int | None
    arrival_id: int | None
    person_id: int | None
    address: str
    data: Json
    created_at: dt.datetime
    state: Literal["queued", "sent", "dead"]
    attempts: int
    message_id: str
    token: int
    error: str | None = None
    sent_at: dt.datetime | None = None
    evidence: str | None = None  # what the server said when it took the message
    bounced_at: dt.datetime | None = None
    bounce: str | None = None  # the status of the mail that came back
    channel: Literal["mail", "chat"] = "mail"
    fell_back: str | None = None  # why it goes by mail, where a chat was meant
    sent_as: tuple[str, ...] = ()  # hashes of each form it was sent in: a copy that comes to us is known by them


@dataclass(frozen=True, slots=True)
class Chat:
    """A place in a chat service where people can be spoken to. address is the driver's, opaque."""

    id: int
    tenant: str
    chat_id: str
    kind: Literal["personal", "group", "channel"]
    object_id: str  # whose a personal chat is, by the directory's id
    address: Json
    seen_at: dt.datetime
    gone_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card that somebody has before them."""

    id: int
    notice_id: int
    chat: Chat
    message_id: str
    shown: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something outside that is out of reach: a nämnd's mailbox, its way out. Or one letter that needs a person."""

    name: str
    namnd: str
    what: str  # Swedish, for people
    since: dt.datetime
    told_at: dt.datetime | None = None

    @property
    def of_letter(self) -> bool:
        """Whether it is one letter's."""
        return self.name.startswith("brev:")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. personal is None when there was none, or, when weeded says so, when it has been weeded
    (gallrad); the chain stands all the same."""

    namnd: str
    seq: int
    at: dt.datetime
    actor: str
    what: str
    case_id: int | None
    arrival_id: int | None
    data: Json
    personal: Json | None
    hash: str
    weeded: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do a piece of work alone until a time; token rises at each change of holder (fencing)."""

    name: str
    holder: str
    token: int
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A login on the pages; csrf is what every form must send back."""

    person: Person
    csrf: str
    expires_at: dt.datetime
    last_seen_at: dt.datetime
    how: LoginWay = "link"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login as its owner sees it. key: what it is ended by; it opens nothing."""

    key: str
    how: LoginWay
    agent: str
    created_at: dt.datetime
    last_seen_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """That somebody opened something, or was not let. what: "arende", "brev" or "handling", as in the address."""

    at: dt.datetime
    person: Person
    what: str
    number: int
    namnd: str
    case_id: int | None
    arrival_id: int | None
    secret: bool
    allowed: bool


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What a handler gives to have a handling entered; the number is given by the book."""

    kind: str
    title: str
    direction: Direction = "in"
    attachment: bool = False
    arrival_id: int | None = None
    party: str | None = None
    dated: dt.date | None = None
    inkommen_at: dt.datetime | None = None
    sha256: str | None = None
    media_type: str = "message/rfc822"
    file_name: str = ""
    size: int = 0
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows, and in what order; None means all.

    words: see `storage.search`; what they find comes in the order of the search where no other is chosen.
    late_on: those with an active day before it. unassigned: those that nobody handles. waiting: whether somebody outside
    the nämnd has the case. unanswered: what is asked of the nämnd and open, see `storage.case_lists`. came_from, came_to:
    days in Stockholm (inclusive). In the orders that tell of content (bradskande, titel, handlaggare) secret cases
    stand last, by number.
    """

    namnder: tuple[str, ...] = ()
    states: tuple[CaseState, ...] = ()
    words: str = ""
    year: int | None = None
    type: str | None = None
    handlaggare_id: int | None = None
    include_secret: bool = False
    limit: int = 50
    offset: int = 0
    late_on: dt.date | None = None
    unassigned: bool = False
    waiting: bool | None = None
    unanswered: bool = False
    sort: Literal["bradskande", "nummer", "inkommet", "titel", "handlaggare"] = "bradskande"
    descending: bool = False
    came_from: dt.date | None = None
    came_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as a list shows it, with its nearest active deadline and its handläggare."""

    case: Case
    deadline: CaseDeadline | None = None
    handlaggare: Person | None = None
    external: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class DayEntry:
    """A letter or handling in a day's post. A letter that lies in no case has no document; what was entered by hand and
    what was drawn up in the house has no arrival."""

    arrival: Arrival | None
    document: Document | None
    case: Case | None
    handlaggare: str


@dataclass(frozen=True, slots=True)
class Namnd:
    """A board as the settings name it. key stands in the database and in folder names; the rest may change."""

    key: str
    name: str
    organisation: str
    addresses: tuple[str, ...]
    diarium: Literal["own", "external"] = "own"
    confirm_senders: bool = False
    domain: str = "namndbot.example"  # of our own Message-IDs
    url: str = ""  # where the pages are reached, without a slash at the end
    # Whether anybody may read the register without a login, and whether it then tells from whom and what about.
    public_register: bool = False
    public_senders: bool = False
    public_titles: bool = False
    # What the tokens of answers by mail are made with, the first; the others are still taken. Without one nothing that
    # is sent can be answered by mail.
    token_keys: tuple[bytes, ...] = field(default=(), repr=False)
    reply_plus: bool = False  # the mailbox takes what is sent to name+anything@domain
    authserv_id: str = ""  # how our own mail server names itself in Authentication-Results
    trust_exchange_internal: bool = False  # the border takes away X-MS-Exchange-Organization-AuthAs of others


@dataclass(frozen=True, slots=True)
class Route:
    """A line that proposes a handläggare or a unit's: those of a nämnd whose conditions hold. Empty means any."""

    id: int
    namnd: str
    position: int
    matter: str
    words: str
    sender: str
    unit: str  # the handläggare's unit that is proposed, where no person is named
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Absence:
    """Days (inclusive) that somebody is away, and who answers meanwhile."""

    id: int
    person_id: int
    from_day: dt.date
    to_day: dt.date
    substitute_id: int | None


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question about a case that people are asked until one has answered. kind: handlaggare, lage (about a day or a
    step), chef and stab (approvals),
    stammer (is it so that something is done), antecknat (what the bot has taken for done, and may be undone).

    round counts up each time the question is passed on; the first answer that finds it open closes it.
    """

    id: int
    namnd: str
    case_id: int
    kind: str
    state: Literal["open", "answered", "dropped"]
    round: int
    deadline_id: int | None
    milestone_id: int | None
    asked_at: dt.datetime
    answer: str | None
    answer_data: Json
    answered_by: int | None
    answered_at: dt.datetime | None
    answered_how: str | None


@dataclass(frozen=True, slots=True)
class Asking:
    """One person being asked a question: the day, the step of the ladder, and the message that asked."""

    id: int
    question_id: int
    person_id: int
    step: int
    asked_on: dt.date
    message_id: str


@dataclass(frozen=True, slots=True)
class Reminded:
    """That a person was reminded of a day at a step of its ladder."""

    case_id: int
    deadline_id: int
    step: int
    person_id: int
    day: dt.date


@dataclass(frozen=True, slots=True)
class StepReminded:
    """That a person was reminded of a step of a plan, at the day that the step then had."""

    milestone_id: int
    planned: dt.date
    step: int
    person_id: int
    day: dt.date


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands for those who remind of it."""

    case_id: int
    state: CaseState
    waiting_for: str | None
    secret: bool
    handlaggare_id: int | None
    done: bool  # the handläggare's part is
    paused_until: dt.date | None
    type: str = ""  # what the case is about, else what came

    @property
    def at_work(self) -> bool:
        """Whether it is the nämnd's to do."""
        return self.state in ("open", "waiting_dnr") and self.waiting_for is None

    def rests_until(self, today: dt.date) -> dt.date | None:
        """Return the last day of a rest that holds on a day; None when the case does not rest."""
        return self.paused_until if self.paused_until and self.paused_until >= today else None


RuleState = Literal["proposed", "accepted", "declined", "retired"]


@dataclass(frozen=True, slots=True)
class Correction:
    """That a person put right what the bot read or proposed. Of a secret letter only the field and the letter's hash.

    sender and words are what rules are learned from. rule_id names the rule whose result was put right. For the field
    handlaggare was and became are people's ids, for case they are cases' (empty: a new case).
    """

    id: int
    namnd: str
    field: str
    was: str
    became: str
    at: dt.datetime
    person_id: int
    secret: bool
    sha256: str | None
    arrival_id: int | None
    document_id: int | None
    case_id: int | None
    sender: str
    words: tuple[str, ...]
    rule_id: int | None


@dataclass(frozen=True, slots=True)
class LearnedRule:
    """A line that corrections have taught, and what a person has said of it. Only an accepted one acts.

    shape sender: condition is an address or "*@domain", field kind or matter. shape word: condition is a word of the
    title, field handlaggare and value a person's id. evidence: ids of corrections. kept_after: how often it had been
    put right when somebody last chose to keep it.
    """

    id: int
    namnd: str
    shape: Literal["sender", "word"]
    condition: str
    field: str
    value: str
    state: RuleState
    evidence: tuple[int, ...]
    proposed_at: dt.datetime
    decided_by: int | None
    decided_at: dt.datetime | None
    kept_after: int


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A registered letter of a sender, and what it stands as."""

    arrival_id: int
    kind: str
    matter: str | None


@dataclass(frozen=True, slots=True)
class DeskAct:
    """What somebody did with a letter at the desk; before holds how it stood, until it is undone or too long ago."""

    id: int
    namnd: str
    arrival_id: int
    person_id: int
    act: str
    at: dt.datetime
    before: Json
    undone_by: int | None = None
    undone_at: dt.datetime | None = None
