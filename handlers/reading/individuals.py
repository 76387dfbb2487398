"""Individuals: is one private person singled out, and is it their life that is told of? Signs that secrecy weighs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .grouped import one_of
from .individual_words import FOREIGN, HARD, ONE, SOFT

MAX_CHARACTERS = 20_000

_WORD = re.compile(r"[^\W\d_]+")
_PRONOUN = one_of(r"\b(?:han|hon|honom|henne|hans|hennes|he|she|him|his|her|hun|ham|hende|hendes|henne)\b")
_EITHER = re.compile(
    r"\b(?:han|hon|hans|hennes|honom|henne)\s?(?:/|eller|och|el\.)\s?(?:han|hon|hans|hennes|honom|henne)\b", re.I
)
_KIN = re.compile(
    r"\b(?:min|mitt|mina|vår|våran|hans|hennes|deras|sin|sitt|sina|my|his|her|min egen)\s+(?:\w+\s+)?(?:(?:lilla|äldsta|yngsta|gamla|ena|före detta|ex)\s*-?)?"
    r"(?:son|sons|dotter|dotters|pojke|flicka|kille|tjej|unge|barn|barnbarn|mamma|pappa|mor|far|mors|fars|mammas|pappas|bror|brors|syster|systers|fru|man|mans|make|maka|sambo|särbo|ex|exman|exfru|mormor|morfar|farmor|farfar|moster|faster|granne|grannar|väninna|kompis|vän|elev|klient|huvudman|brukare|nephew|niece|brother|sister|mother|father|mum|mom|dad|svärmor|svärfar|husband|wife|son|daughter|child|kids|neighbou?r)\b",
    re.I,
)
_HELPER = re.compile(
    r"\b(?:min|hans|hennes) (?:handläggare|socialsekreterare|kontaktperson|boendestödjare|assistent)\b", re.I
)
_CAP = r"[A-ZÅÄÖÉØÆ][a-zåäöéøæ]{1,20}(?:-[A-ZÅÄÖ][a-zåäöé]{1,20})?"
_NAME = rf"{_CAP}(?: (?:von |af |de |al-?)?(?:{_CAP}|[A-ZÅÄÖ]\b\.?)){{1,2}}"
_SAID = re.compile(
    rf"\b(?i:gäller|gällande|avser|avseende|rörande|rör|angående|ang|beträffande|berörd|drabbad|utsatt(?: elev)?|elev(?:en)?(?: som uppges ha \w+)?|kund(?:en)?|brukare(?:n)?|boende|patient(?:en)?|klient(?:en)?|barn(?:et)?|pojken|flickan|dottern?|sonen|son|bror|syster|mamma|pappa|make|maka|granne|grannen|den enskilde|(?:den )?försäkrade|assistent(?:en)? hos|insats(?:en|er)? (?:hos|för)|hemma hos|sökande(?:n)?|hyresgäst(?:en)?|jag heter|heter|omhändertagande av|vård av|underrette om|vedr\.?|klagomål från|fråga efter|det är|vi har fått)\b[ \t.:,]{{1,24}}(?P<name>{_NAME}|(?<=familjen ){_CAP}|{_CAP}(?= (?:i min klass|i \d|, ?\d{{1,2}} år|född|f\. ?\d)))"
)
_RUNNING = re.compile(rf"(?<=[a-zåäö,:] ){_NAME}(?!\s?\((?:[A-ZÅÄÖ]{{1,4}}|-)\))")
_OFFICIAL = one_of(
    r"\b(?:ordförande\w*|ledamot|ersättare|handläggare\w*|rektor\w*|chef\w*|\w+chef(?:en)?|direktör\w*|\w+direktör(?:en)?|sekreterare\w*|\w+sekreterare\w*|utredare\w*|inspektör\w*|controller|vd|konsult\w*|revisor\w*|kommunalråd\w*|borgarråd\w*|minister\w*|jurist\w*|advokat\w*|journalist\w*|reporter|redaktör|projektledare|samordnare|strateg\w*|kontaktperson|kontakt|föredragande\w*|justera\w*|registrator|administratör|vid protokollet|förbund\w*|professor|forskare|docent|doktorand|föreläsare|talare|moderator|motion\w*|interpell\w*|yrka\w*|reserver\w*|biträd\w*|ombudsman|generaldirektör|landshövding|\w+råd|psykolog|författare\w*|vänliga?|hälsning\w*|mvh|undertecknad\w*)\b",
)
_PLACE = re.compile(
    r"(?:region|kommuns?|stads?|län|nämnden?|skola[n]?|skolan|gatan?|gränd|vägen|torget|parken|partiet|demokraterna|förvaltningen?|verket|styrelsen?|byrån|bolaget|föreningen|förbundet|universitet|sjukhus\w*|kyrkan?|hemmet|gården|ab|hb|rapporten|lagen|stiftelsen?|kontoret|utskottet|mvh|hälsning\w*|sverige|stockholm|göteborg|malmö|kontaktcenter|centrum|hus|bostäder|energi)$",
    re.I,
)
# Somebody at home: "hos Göransson på Blåklocksv 7".
_AT_HOME = re.compile(r"\b(?:hos|familjen|paret) [A-ZÅÄÖ][a-zåäö]{2,20}(?:s)? (?:på|i|nere|uppe|ovanför|bredvid)\b")
_AGE = re.compile(
    r"\b(?:född|født|f\.) ?(?:år |den )?(?:\d{1,2}/\d{1,2} ?)?(?:19|20)?\d\d|\b\d{1,2} ?år gammal|\bär (?:bara |runt |väl |ca )?\d{1,2}(?: år)?\b(?! (?:av|procent|%|st|till|elever|barn))|\b\d{1,2}-årig\w*|\b\d{1,2}-åring(?:en)?\b|, ?\d{1,2} år\b|\b(?:son|dotter|pojke|flicka|barn|child|boy|girl|son)\s(?:på )?\d{1,2} (?:år|year|månader)"
)
_CLASS = re.compile(
    r"\b(?:klass|åk|årskurs)? ?[1-9] ?[A-Da-d]\b|\bi [1-9]:an\b|\bi min klass\b|\bi (?:åk|årskurs|klass) [1-9]\b|\bmentor\b"
)
_BIRTHDAY = re.compile(r"(?<![\d-])(?:19|20)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\d-])")
# A name with six or eight figures of birth beside or below it: an identity, whatever else is said. Who signs in to
# make a proposal gives both too, in a field that says only "Namn".
_IDENTITY = re.compile(
    rf"(?<!Namn: )(?P<name>{_NAME}),?\s{{1,3}}(?:[Pp]erson(?:nummer|nr|-nr):?\s{{1,3}})?(?:19|20)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\d])"
)
# A table of people: its head names clients or pupils, its rows begin with names.
_TABLE = re.compile(
    rf"^(?:brukare|klient|elev|boende|kund|barn|patient|vårdtagare)\b[^\n]*\n(?:[^\n]*\n)??(?P<name>(?-i:{_NAME}))\b",
    re.I | re.M,
)
# Somebody who is only hinted at: "månadsrapporten för E.", "ni vet vilken".
_HINTED = re.compile(
    r"\b(?:för|om|kring|angående|gällande) [A-ZÅÄÖ]\.(?= [a-zåäö]| ?$)|\bni vet v(?:em|ilken)\b",
    re.M,
)
_PHONE = re.compile(r"(?<!\d)07\d[ -]?\d{3}[ -]?\d{2,3}[ -]?\d{2}(?!\d)")
_LONG_AGO = re.compile(
    r"\b(?:född|född år|f\.|år|anno|sedan|från|som|protokoll\w*) (?:den )?(?:\d{1,2}/\d{1,2} ?)?1[6-8]\d\d\b", re.I
)
_ME = one_of(r"\b(?:jag|mig|my|me|i|jeg|mej|mitt|min)\b")
_HUSH = one_of(
    r"\b(?:säg inte|ring inte|svara inte|ring (?:på )?jobbet|vet inget|får inte veta|vill vara anonym|vågar inte|inte ringa hem|han läser|hon läser|läser min|do not (?:phone|call|tell)|don'?t (?:phone|call|tell)|i hemlighet|ingen får veta|akut hjälp|hjälp mig|snälla hjälp|please help|en natt|inget kvar|inga pengar|har ingenstans|kan n(?:ån|ågon)(?: vuxen)? (?:ringa|hjälpa)|inte hem\b|when you call|står inte ut)\b",
)


_Group = tuple[str, tuple[str, ...], frozenset[str]]  # its name, beginnings of words, whole words
_LISTS = (("hard", HARD), ("soft", SOFT), ("foreign", FOREIGN), ("one", ONE))


def _buckets(lists: Iterable[tuple[str, list[str]]]) -> dict[str, tuple[_Group, ...]]:
    """The groups' stems by their first two letters: a word is held against those that it can begin with."""
    found: dict[str, dict[str, tuple[list[str], list[str]]]] = {}
    for name, stems in lists:
        for stem in stems:
            begins, whole = found.setdefault(stem[:2], {}).setdefault(name, ([], []))
            (whole if stem.endswith(".") else begins).append(stem.rstrip("."))
    return {
        key: tuple((name, tuple(begins), frozenset(whole)) for name, (begins, whole) in groups.items())
        for key, groups in found.items()
    }


_STEMS = _buckets(_LISTS)


@dataclass(frozen=True, slots=True)
class Signs:
    """How strongly one person is singled out, and how much of what is told is that person's life; 0 and up."""

    person: float = 0.0
    life: float = 0.0


def signs(text: str, known: frozenset[str]) -> Signs:
    """Weigh the signs in a letter's words; `known` = lower-case names that are the letter's own writers and receivers.

    >>> signs("Min granne slår sin son. Han är 5 år och gråter.", frozenset()).person > 1
    True
    >>> signs("Nämnden ska redovisa hur många barn som far illa.", frozenset()).person
    0.0
    """
    text = text[:MAX_CHARACTERS]
    met = _met({w.lower() for w in _WORD.findall(text)})
    hard, soft = met["hard"], met["soft"] | met["foreign"]
    life = 1.0 * len(hard) + 0.4 * len(soft)
    person = _person(text, met["one"], known)
    told = [m for p in (_IDENTITY, _TABLE) for m in p.finditer(text)]
    if any(_private(m["name"], "", 0, 0, known) for m in told):
        person, life = person + 2.0, life + 1.2
    if _CLASS.search(text) and _HUSH.search(text):
        life += 1.2  # a pupil who asks for a grown-up
    if _LONG_AGO.search(text):
        person = max(0.0, person - 2.5)  # the secrecy of their lives has ended with time
    return Signs(round(person, 2), round(min(4.0, life), 2))


def _met(words: set[str]) -> dict[str, set[str]]:
    """The stems of each group that some word begins with, each once."""
    met: dict[str, set[str]] = {name: set() for name, _ in _LISTS}
    for word in words:
        for name, begins, whole in _STEMS.get(word[:2], ()):
            if word in whole:
                met[name].add(word)
            elif begins and word.startswith(begins):
                met[name].add(next(b for b in begins if word.startswith(b)))
    return met


def _person(text: str, one: set[str], known: frozenset[str]) -> float:
    plain = _EITHER.sub(" ", text)
    pronouns = len(_PRONOUN.findall(plain))
    kin = {k.lower() for p in (_KIN, _HELPER) for k in p.findall(plain)}
    score = min(1.8, 0.55 * len(one)) + min(1.6, 0.9 * len(kin))
    score += 1.5 if pronouns >= 4 else 1.0 if pronouns >= 2 else 0.4 if pronouns else 0.0
    said = {m["name"] for m in _SAID.finditer(text) if _private(m["name"], text, m.start("name"), m.end("name"), known)}
    running = {m[0] for m in _RUNNING.finditer(text) if _private(m[0], text, m.start(), m.end(), known)}
    score += 1.4 if said else 0.0
    score += min(1.2, 0.6 * len(running - said))
    score += 0.9 if _AT_HOME.search(text) else 0.0
    score += 1.0 if _HINTED.search(text) else 0.0
    score += 0.8 if _AGE.search(text) else 0.0
    score += 0.5 if _CLASS.search(text) else 0.0
    score += 0.6 if _BIRTHDAY.search(text) else 0.0
    score += 1.0 if _HUSH.search(text) else 0.0
    score += 0.4 if _PHONE.search(text) and len(text) < 600 else 0.0
    return score + (0.7 if len(_ME.findall(text)) >= 3 else 0.0)


def _private(name: str, text: str, start: int, end: int, known: frozenset[str]) -> bool:
    """Is it the name of somebody who is neither an official nor the letter's own writer or receiver, nor a place?"""
    words = name.lower().split()
    if any(w in known for w in words) or any(_PLACE.search(w) for w in words):
        return False
    if re.match(r"\s?\((?:[A-ZÅÄÖ]{1,4}|-)\)", text[end : end + 8]):
        return False
    around = text[max(0, start - 40) : start] + " " + text[end : end + 40]
    return _OFFICIAL.search(around) is None
