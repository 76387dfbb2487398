"""The letters that come: readings as the reader would hand them over, of every kind, each with words of its own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass

from handlers.reading.reading import Deadline, Decision, Party, Raised, Reading
from storage.records import Namnd
from tests.builders import reading
from tests.year.almanac import DAY

_PARTS = ("bo", "da", "fi", "gu", "ka", "lu", "mi", "no", "ra", "se", "ty", "vo")


@dataclass(frozen=True, slots=True)
class Known:
    """What a sender remembers of a letter that was sent before."""

    namnd: str
    word: str
    read: Reading
    dnr: str = ""
    external: str = ""
    day: dt.date | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Want:
    """What a letter is made of: chance, the nämnd, its number among all, today, and an older letter to speak of."""

    chance: random.Random
    namnd: Namnd
    number: int
    today: dt.date
    about: Known | None

    @property
    def word(self) -> str:
        """A word that no other letter has."""
        figures, number = [], self.number + 1000
        while number:
            number, figure = divmod(number, len(_PARTS))
            figures.append(_PARTS[figure])
        return f"{''.join(reversed(figures))}x"

    @property
    def outside(self) -> str:
        """An address of somebody outside."""
        return f"avsandare{self.number}@annan.example"

    @property
    def inside(self) -> str:
        """The municipality's own office."""
        return "kansliet@ekeby.example"

    @property
    def external(self) -> str:
        """Another's number for the matter."""
        return f"KLK {self.today.year}-{self.number + 1}"


def _stated(w: Want, days: tuple[int, int], purpose: str = "yttrande") -> Deadline:
    day = w.today + w.chance.randrange(*days) * DAY
    return Deadline(day, purpose, "stated", f"Svara om {w.word} senast {day.isoformat()}.", "body")


def motion(w: Want) -> Reading:
    raised = Raised(w.today - w.chance.randrange(0, 120) * DAY, "motionens datum")
    days = (_stated(w, (20, 150)),) if w.chance.random() < 0.5 else ()
    return reading(
        f"Motion om {w.word}",
        matter="motion",
        raised=raised,
        external_dnr=(w.external,),
        deadlines=days,
        sender=w.inside,
        motionarer=("Ebba Påhitt",),
        demands=(f"att {w.word} rustas",),
    )


def old_motion(w: Want) -> Reading:
    """One that has lain elsewhere nearly for its year."""
    raised = Raised(w.today - w.chance.randrange(200, 380) * DAY, "inkom till kansliet")
    return reading(f"Motion om {w.word}", matter="motion", raised=raised, external_dnr=(w.external,), sender=w.inside)


def medborgarforslag(w: Want) -> Reading:
    return reading(f"Förslag om {w.word}", kind="medborgarforslag", matter="medborgarforslag", sender=w.outside)


def remiss(w: Want) -> Reading:
    return reading(
        f"Remiss om {w.word}", external_dnr=(w.external,), deadlines=(_stated(w, (2, 110)),), sender=w.outside
    )


def remiss_without_a_day(w: Want) -> Reading:
    soon = Deadline(None, "yttrande", "stated", "Svara snarast.", "body", text="snarast")
    days = (soon,) if w.chance.random() < 0.5 else ()
    return reading(f"Remiss om {w.word}", deadlines=days, sender=w.outside)


def audit(w: Want) -> Reading:
    return reading(
        f"Granskning av {w.word}",
        kind="revisionsgranskning",
        matter="revision",
        deadlines=(_stated(w, (25, 130), "yttrande till revisorerna"),),
        demands=(f"säkerställa {w.word}",),
        sender="revisorerna@ekeby.example",
    )


def announced_audit(w: Want) -> Reading:
    return reading(f"Revision av {w.word}", kind="revisionsforfragan", matter="revision", sender=w.inside)


def other(w: Want) -> Reading:
    kind = w.chance.choice(("synpunkt", "interpellation", "namndinitiativ", "utlamnande", "other", "kallelse"))
    matter = kind if kind in ("interpellation", "namndinitiativ") else None
    return reading(f"Skrivelse om {w.word}", kind=kind, matter=matter, sender=w.outside)


def forwarded(w: Want) -> Reading:
    """A remiss that a registrator passes on to the mailbox: she gets a receipt."""
    made = remiss(w)
    return dataclasses.replace(made, sender=Party("Myndigheten", w.outside))


def with_doubtful_days(w: Want) -> Reading:
    return dataclasses.replace(remiss(w), review=("Brevet nämner två dagar",))


def doubtful(w: Want) -> Reading:
    return dataclasses.replace(remiss(w), review=("Osäkert vad brevet är",), certainty=0.4)


def unreadable(w: Want) -> Reading:
    return Reading(unreadable=True, review=("Kunde inte tolkas",), warnings=("Kunde inte tolkas.",))


def secret(w: Want) -> Reading:
    return reading(
        f"Oro för {w.word}", kind="orosanmalan", secret=True, secret_reasons=("personnummer",), sender=w.outside
    )


def about_a_secret(w: Want) -> Reading:
    """Somebody answers a letter that is secret, without saying so."""
    before = w.about
    if before is None or not before.secret:
        return secret(w)
    ids = (before.read.envelope.message_id or "",)
    return reading(f"Sv: frågan om {w.word}", kind="svar", in_reply_to=ids, sender=w.outside)


def newsletter(w: Want) -> Reading:
    kind = w.chance.choice(("nyhetsbrev", "skrap"))
    return reading(f"Nyheter om {w.word}", kind=kind, register=False, automatic="list", sender=w.outside)


def auto_reply(w: Want) -> Reading:
    kind = w.chance.choice(("autosvar", "studs"))
    return reading(f"Frånvarande {w.word}", kind=kind, register=False, automatic="auto-replied", sender=w.outside)


def own_letter(w: Want) -> Reading:
    made = reading(f"Påminnelse {w.word}", kind="other", sender=w.namnd.addresses[0], automatic="auto-generated")
    return dataclasses.replace(made, envelope=dataclasses.replace(made.envelope, from_bot=True))


def repetition(w: Want) -> Reading:
    return w.about.read if w.about else remiss(w)


def follows_by_number(w: Want) -> Reading:
    if w.about is None or not w.about.dnr:
        return remiss(w)
    return reading(f"Komplettering {w.word}", kind="synpunkt", own_dnr=(w.about.dnr,), sender=w.outside)


def follows_by_answering(w: Want) -> Reading:
    if w.about is None:
        return remiss(w)
    ids = (w.about.read.envelope.message_id or "",)
    return reading(f"Sv: om {w.word}", kind="synpunkt", in_reply_to=ids, sender=w.outside)


def moved_day(w: Want) -> Reading:
    """A new day: from inside it holds at once, from outside when a registrator has looked."""
    if w.about is None or not w.about.dnr or w.about.day is None:
        return remiss(w)
    day = max(w.about.day, w.today) + w.chance.randrange(10, 60) * DAY
    moved = Deadline(day, "yttrande", "stated", f"Ny svarstid {day.isoformat()}.", "body", w.about.day)
    sender = w.inside if w.chance.random() < 0.6 else w.outside
    return reading(
        f"Förlängd svarstid {w.word}", kind="remiss", own_dnr=(w.about.dnr,), deadlines=(moved,), sender=sender
    )


def own_minutes(w: Want) -> Reading:
    if w.about is None or not w.about.dnr:
        return remiss(w)
    return reading(
        f"Protokollsutdrag {w.word}",
        kind="protokollsutdrag",
        own_dnr=(w.about.dnr,),
        outcome=w.chance.choice(("bifall", "avslag", "besvarad", "återremiss", "godkänd")),
        meeting=Decision(w.namnd.name, w.today - 2 * DAY, f"§ {w.number}"),
        sender=w.inside if w.chance.random() < 0.8 else w.outside,
    )


def fullmaktiges_minutes(w: Want) -> Reading:
    """Fullmäktige has decided: it is over, it comes back, or it gives the nämnd a new day."""
    if w.about is None or not w.about.dnr:
        return motion(w)
    outcome = w.chance.choice(("bifall", "avslag", "besvarad", "återremiss", "bordlagd", "delvis bifall"))
    task = (_stated(w, (30, 120), "återrapport"),) if w.chance.random() < 0.25 else ()
    return reading(
        f"Fullmäktiges beslut {w.word}",
        kind="protokollsutdrag",
        own_dnr=(w.about.dnr,),
        outcome=outcome,
        deadlines=task,
        meeting=Decision("Kommunfullmäktige", w.today - 3 * DAY, f"§ {w.number}"),
        sender=w.inside,
    )


def tjansteskrivelse(w: Want) -> Reading:
    if w.about is None or not w.about.dnr:
        return remiss(w)
    return reading(f"Tjänsteskrivelse {w.word}", kind="tjansteskrivelse", own_dnr=(w.about.dnr,), sender=w.inside)


Maker = Callable[[Want], Reading]

# How often each comes. Whoever adds a kind adds a line.
KINDS: tuple[tuple[int, Maker], ...] = (
    (10, motion),
    (2, old_motion),
    (4, medborgarforslag),
    (19, remiss),
    (4, remiss_without_a_day),
    (6, audit),
    (2, announced_audit),
    (5, other),
    (3, forwarded),
    (3, with_doubtful_days),
    (5, doubtful),
    (1, unreadable),
    (4, secret),
    (1, about_a_secret),
    (5, newsletter),
    (3, auto_reply),
    (1, own_letter),
    (5, repetition),
    (6, follows_by_number),
    (3, follows_by_answering),
    (4, moved_day),
    (3, own_minutes),
    (3, fullmaktiges_minutes),
    (1, tjansteskrivelse),
)


def make(want: Want) -> Reading:
    """Return a letter of some kind."""
    makers = [maker for weight, maker in KINDS for _ in range(weight)]
    return want.chance.choice(makers)(want)
