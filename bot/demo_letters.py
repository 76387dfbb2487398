"""The invented letters of the demo: a motion sent on for a statement, what people answer, and what is decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bot.example import build

OFFICE = "Kommunstyrelsens kansli <kansli@ekeby.example>"
MAIL_SERVER = "mx.ekeby.example"
MAILBOX = "Socialnämnden <socialnamnden@ekeby.example>"

_REQUEST = """\
Hej!

Kommunstyrelsen översänder motion från Sixten Morgonsol (EL) om digitala trygghetslarm till socialnämnden för \
yttrande.

Kommunens mål är att motioner ska vara besvarade inom sex månader. Yttrandet ska ha kommit in till kansliet senast \
den 29 maj 2026.

Skicka yttrandet till kansli@ekeby.example med diarienummer KS 2026/00017 i ämnesraden.

Med vänlig hälsning

Rut Almgren
Kommunsekreterare
Kommunstyrelsens kansli, Ekeby kommun
"""
_MOTION = """\
# Motion till kommunfullmäktige i Ekeby

Digitala trygghetslarm till alla som behöver dem

Ekeby den 7 januari 2026

Fler äldre bor kvar hemma längre. I dag väntar nya sökande i Ekeby i genomsnitt fem veckor på ett trygghetslarm, och \
de äldsta larmen fungerar inte alls utanför hemmet.

Ekebylistan yrkar därför

att kommunen erbjuder mobila trygghetslarm med position till alla som beviljas larm,

att väntetiden från ansökan till installerat larm blir högst sju dagar.


Sixten Morgonsol (EL)
"""
_MINUTES = """\
# Socialnämnden

Protokollsutdrag                                      2026-05-21

§ 47     Dnr {dnr}

# Yttrande över motion om digitala trygghetslarm

Beslut

Socialnämnden föreslår kommunfullmäktige att bifalla motionen.

Ärendet

Kommunstyrelsen har översänt motionen från Sixten Morgonsol (EL) till nämnden för yttrande, KS 2026/00017.

Paragrafen är omedelbart justerad.

Expedieras till
Kommunstyrelsen
"""
_ANSWER = """\
# Yttrande

Till kommunstyrelsen                                  2026-05-25

Dnr {dnr}

Socialnämndens yttrande över motion om digitala trygghetslarm

Socialnämnden föreslår kommunfullmäktige att bifalla motionen.
"""
_DECISION = """\
# Kommunfullmäktige

Protokollsutdrag                                      2026-06-15

§ 83     Dnr KS 2026/00017

# Motion om digitala trygghetslarm

Beslut

Kommunfullmäktige bifaller motionen.

Paragrafen är justerad.

Expedieras till
Socialnämnden
Motionären
"""


def request(now: dt.datetime) -> bytes:
    """Return the begäran om yttrande with the motion attached."""
    return _made(
        "begaran",
        now,
        OFFICE,
        "Begäran om yttrande: motion om digitala trygghetslarm, KS 2026/00017",
        _REQUEST,
        pdf=("Motion om digitala trygghetslarm.pdf", _MOTION),
    )


def minutes(now: dt.datetime, dnr: str) -> bytes:
    """Return the nämnd's own minutes, as its secretary sends them to the mailbox."""
    return _made(
        "protokoll",
        now,
        "Vera Sandell <vera.sandell@ekeby.example>",
        f"Protokollsutdrag § 47, {dnr}",
        "Hej!\n\nUtdraget är justerat och bifogas.\n\nVera Sandell\nNämndsekreterare\n",
        pdf=("Protokollsutdrag § 47.pdf", _MINUTES.format(dnr=dnr)),
    )


def answer(now: dt.datetime, dnr: str, sender: str) -> bytes:
    """Return the nämnd's answer to the office, with a copy to the mailbox."""
    return _made(
        "yttrande",
        now,
        sender,
        f"Yttrande över motion om digitala trygghetslarm, KS 2026/00017 ({dnr})",
        "Hej!\n\nHär är socialnämndens yttrande över motionen.\n\nSocialförvaltningen, Ekeby kommun\n",
        to=OFFICE,
        pdf=("Yttrande.pdf", _ANSWER.format(dnr=dnr)),
        headers={"Cc": MAILBOX},
    )


def decision(now: dt.datetime) -> bytes:
    """Return fullmäktige's decision."""
    return _made(
        "beslut",
        now,
        OFFICE,
        "Beslut i kommunfullmäktige: motion om digitala trygghetslarm, KS 2026/00017",
        "Hej!\n\nFör kännedom skickas utdrag ur kommunfullmäktiges protokoll.\n\nKommunstyrelsens kansli\nEkeby kommun\n",
        pdf=("Utdrag KF § 83.pdf", _DECISION),
    )


def reply(now: dt.datetime, number: int, sender: str, subject: str, message_id: str, words: str) -> bytes:
    """Return what a person writes back to one of the bot's mails."""
    headers = {"In-Reply-To": message_id, "References": message_id}
    return _made(f"svar-{number}", now, sender, f"SV: {subject}", f"{words}\n", headers=headers)


def _made(
    name: str,
    now: dt.datetime,
    sender: str,
    subject: str,
    text: str,
    *,
    to: str = MAILBOX,
    pdf: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    fields: Mapping[str, str] = {
        "arrived": f"-0 {now:%H:%M}",
        # All letters of the demo are from the municipality itself, and its mail server says so.
        "Authentication-Results": f"{MAIL_SERVER}; dmarc=pass header.from=ekeby.example",
        "From": sender,
        "To": to,
        "Subject": subject,
        "Message-ID": f"<{name}.{now:%Y%m%d}@ekeby.example>",
        **(headers or {}),
    }
    sections = [("text", "", text), *([("pdf", *pdf)] if pdf else [])]
    return build.letter(name, dict(fields), sections, now)
