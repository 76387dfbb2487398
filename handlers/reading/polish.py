"""Polish: a title as a good ärendemening, without what only says how the letter came."""

from __future__ import annotations

import re

_CAP = r"[A-ZÅÄÖÉ][\wé’'-]{0,30}"
_NAME = rf"{_CAP}(?: (?:von |af |de )?{_CAP}){{1,3}}"
_PARTY = r" ?\([A-Za-zÅÄÖåäö+-]{1,6}\)"
_BODY = r"(?:kommunfullmäktiges?|regionfullmäktiges?|fullmäktiges?|kommunstyrelsens?(?: arbetsutskotts?)?|[\wåäö]{0,30}nämndens?|KSAU|KF|KS|[A-ZÅÄÖ]{1,4}N)"

# What stands before the matter itself; each is taken away as long as something telling is left.
_LEADS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"^\W*(?:påminnelse|påminner|rättelse|korrigering|obs|viktigt|brådskande|kompletterande utskick|nytt utskick|komplettering)\b ?(?:\d )?(?:ang\w*|om|gällande|avseende)?\W+", re.I),
        (r"^\W*(?:ny(?:tt)?|förlängd|ändrad|ändrat|rättad|rättat|utökad|framflyttad) (?:sista )?(?:svarstid|svarsdag|svarsdatum|remisstid|datum|tid)\b(?: för| på| till| gällande| avseende)?\W+", re.I),
        (r"^\W*(?:nytt ärende|ärende|för (?:kännedom|yttrande|åtgärd|beslut)|till nämnden|fyi)\s*[:–-]\W*", re.I),
        (r"^\W*anstånd (?:med|för|gällande|avseende|på) (?:(?:svar|yttrande|remissvar)(?:et)? ?(?:på|över|till|gällande|avseende)? ?)?(?=\w)", re.I),
        (r"^\W*(?:svarsdatum(?:et)?|svarsdag(?:en)?|svarstid(?:en)?|remisstid(?:en)?) (?:är |har )?(?:ändra|flytta|förläng|framflytta)\w*\W+", re.I),
        (r"^\W*(?:utgående|inkommande|inkommen|upprättad) handling\b\W*", re.I),
        (r"^\W*20\d\d (?=[A-ZÅÄÖ])", 0),
        (r"^\W*fel (?:svarsdag|dag|datum|svarsdatum|uppgift\w*) i (?:vår |vårt )?(?:utskick(?:et)? )?", re.I),
        (rf"^\W*{_BODY} (?:beslut|protokoll\w*)\W*(?:(?:den )?20\d\d-\d\d-\d\d)?\W*(?:§{{1,2}} ?\d+)?\W*(?=[\wåäö])", re.I),
        (rf"^\W*(?:protokollsutdrag|utdrag(?: ur protokoll| ur sammanträdesprotokoll)?|expediering(?: av beslut)?|beslut(?: (?:i|från|av))?|beslutsmeddelande|delgivning)\b\W*(?:{_BODY}\b)?\W*(?:(?:den )?20\d\d-\d\d-\d\d)?\W*(?:§{{1,2}} ?\d+(?:[/ ]20\d\d\b|/\d+)?)?\s*[:,–—-]\s*(?=\w)", re.I),
        (rf"^\W*(?:(?:protokollsutdrag|utdrag|expediering|beslut(?: (?:i|från|av))?)\b\W*)?(?:{_BODY}\b)?\W*(?:(?:den )?20\d\d-\d\d-\d\d)?\W*§{{1,2}} ?\d+(?:[/ ]20\d\d\b|/\d+)?\W*(?=[\wåäö])", re.I),
    )
)  # fmt: skip
_NEW = re.compile(
    r"^\W*(?:ett )?(?:nytt?|inkomme[nt]|inkomna|inlämna[dt]|remitterad) (?=(?:motion|medborgarförslag|interpellation|nämndinitiativ|ledamotsinitiativ|remiss|revisionsrapport|e-förslag)\b)",
    re.I,
)
_PEOPLE = re.compile(
    rf",? \b(?:av|från|ställd av|väckt av|inlämnad av|till) {_NAME}{_PARTY}(?:(?:,| och| samt) (?:{_NAME}){_PARTY})*(?: m\.? ?fl\.?)?(?= (?:om|angående|ang|gällande|avseende|rörande)\b|$|,| till )"
)
_BEHIND = re.compile(rf"(?:[,–-]? ?(?:av|från)?|,) {_NAME}{_PARTY}(?:(?:,| och| samt) {_NAME}{_PARTY})*$")
_NEXT = re.compile(  # a heading that the margin has run together with what follows it
    r"(?<=[a-zåäö)\d]) (?=(?:Vi|Jag) (?:har|vill|är|anser)\b|(?:Kommunfullmäktiges|Kommunstyrelsens|Arbetsutskottets|Nämndens) beslut\b|På uppdrag av|Revisorerna har|Kommunens revisorer har|Förslag(?: till beslut)?$|Sammanfattning\b)"
)
_TAILS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r",? (?:överlämnas|översänds|skickas|remitteras)(?: (?:för|till) (?:ert )?\w+)?$",
        r",? till (?:[\wåäö]{1,30}-,? (?:och|samt) )?[\wåäö]{0,30}nämnden$",
        r"[,–-]? ?\(?(?:för|till) (?:ert |nämndens )?(?:yttrande|kännedom|beredning|åtgärd|svar|besvarande|beslut|undertecknande|påskrift|signering|godkännande)\)?$",
        r" (?:till|för|av|om|på|med|i|över|den|och)$",
        r"[,;(]? ?\b(?:er|ert|vårt|vår)(?: dnr| ref\w*| diarie\w+)?\)?$",
        r"[,–-] ?(?:svar|yttrande)(?: önskas| begärs)?$",
    )
)
_EMPTY = re.compile(
    r"^\W*(?:scan(?:ned)?|skann\w*|inskann\w*|attached image|dokument(?:et)? från|document)\b.{0,40}$|^\W*(?:se )?(?:bifoga\w*|bilag\w*|bif\b)\W*(?:fil\w*|dokument\w*|skrivelse\w*|handling\w*|pdf)?\W*$|^\W*(?:fil|dokument|doc|scan|mail|mejl|brev|hej|\(?inget ämne\)?|no subject)\W*$",
    re.I,
)
_TRIM = " \t-–—:;,.*\"”“'_/|"
_NAMED = {
    "motion": "Motion", "remiss": "Remiss", "revisionsgranskning": "Revisorernas granskning", "namndinitiativ": "Nämndinitiativ",
    "medborgarforslag": "Medborgarförslag", "interpellation": "Interpellation", "protokollsutdrag": "Protokollsutdrag",
    "svar": "Svar", "tjansteskrivelse": "Tjänsteskrivelse",
}  # fmt: skip


def polish(title: str) -> str:
    """Take away what is no part of the matter, and begin with a capital.

    >>> polish("Påminnelse: yttrande över motion om anhörigstöd")
    'Yttrande över motion om anhörigstöd'
    >>> polish("Motion om bemannade skolbibliotek från Britta Sandvall (LP) till barn- och utbildningsnämnden")
    'Motion om bemannade skolbibliotek'
    >>> polish("Beslut i kommunfullmäktige: motion om trygg skolväg")
    'Motion om trygg skolväg'
    """
    title = _less(title, _NEXT.split(title)[0].rstrip(_TRIM))
    for _ in range(3):
        before = title
        for lead in _LEADS:
            title = _less(title, lead.sub("", title, count=1))
        for tail in _TAILS:
            title = _less(title, tail.sub("", title).rstrip(_TRIM))
        if title == before:
            break
    title = _NEW.sub("", title)
    title = _less(title, _PEOPLE.sub("", title))
    title = _less(title, _BEHIND.sub("", title).rstrip(_TRIM))
    for tail in _TAILS:
        title = _less(title, tail.sub("", title).rstrip(_TRIM))
    if re.search(r"\bm\.? ?fl$", title):
        title += "."
    return title[:1].upper() + title[1:]


def is_empty(title: str) -> bool:
    """Does a subject say nothing: "Se bifogad fil", "Scan"?"""
    return not title.strip() or _EMPTY.match(title) is not None


def bare(kind: str, subject: str = "") -> str:
    """Return the title of a letter that says nothing of itself."""
    scanned = re.search(r"scan|skann", subject, re.I)
    return _NAMED.get(kind, "Inskannat dokument" if scanned else "Skrivelse")


def _less(before: str, after: str) -> str:
    """The shorter title, where it still says something: two words, or one long one."""
    words = re.findall(r"[\wåäöÅÄÖ-]{3,}", after)
    return after if len(words) >= 2 or any(len(w) > 8 for w in words) else before
