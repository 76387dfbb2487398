"""What the steps of a plan are called, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping

# As a line of the plan: what is to be done by the day.
NAMES: Mapping[str, str] = {
    "start": "Börja skriva",
    "utkast": "Utkast till chefen",
    "chef": "Chefens godkännande",
    "stab": "Stabens godkännande",
    "tjansteskrivelse": "Tjänsteskrivelsen klar",
    "presidium": "Presidiet",
    "au": "Arbetsutskottet",
    "beslut": "Nämnden beslutar",
    "svar_skickat": "Svaret framme",
    "ksau": "Kommunstyrelsens arbetsutskott",
    "ks": "Kommunstyrelsen",
    "kf": "Fullmäktige beslutar",
}
# As something that is done.
DONE: Mapping[str, str] = {
    "start": "Handläggaren har börjat",
    "utkast": "Utkastet är lämnat till chefen",
    "chef": "Chefen har godkänt",
    "stab": "Staben har godkänt",
    "tjansteskrivelse": "Tjänsteskrivelsen är klar",
    "handlaggare_klar": "Handläggaren är klar",
    "presidium": "Presidiet har berett",
    "au": "Arbetsutskottet har berett",
    "beslut": "Nämnden har beslutat",
    "svar_skickat": "Svaret är skickat",
    "ks": "Kommunstyrelsen har behandlat",
    "kf": "Fullmäktige har beslutat",
}
# The steps that a handläggare does; the others are a manager's, the central staff's, or a meeting's.
HANDLAGGARE = ("start", "utkast", "tjansteskrivelse", "svar_skickat")
# Those that a handläggare is reminded of; the answer's day is a clock and has a ladder of its own.
REMINDED = ("start", "utkast", "tjansteskrivelse")
APPROVALS = ("chef", "stab")
