"""Titles: the ärendemening, from the subject or from where the document itself says what it is about."""

from __future__ import annotations

import re

from .characters import fold
from .diarienummer import Number
from .material import Document, Material
from .municipalities import by_its_name, region_or_agency
from .polish import bare, is_empty, polish
from .sentences import ATT, split_sentences

MAX_TITLE = 200

_GENERIC = frozenset(
    """motion motioner motionen remiss remissen remisser yttrande yttrandet begaran om av pa i till fran for och att den det en ett med protokollsutdrag protokoll beslut besluten ks kf ksau sn svar svaret
    angaende ang avseende gallande rorande senast interpellation interpellationen enkel fraga fragan medborgarforslag medborgarforslaget namndinitiativ ledamotsinitiativ initiativ tjansteskrivelse
    tjansteutlatande bifogat bifogas bilaga granskning granskningen revisionens revisorernas revisionsrapport rapport revision revisionen missiv kommunens kommunen kommunfullmaktige kommunstyrelsen kommunfullmaktiges
    kommunstyrelsens namnden namndens nytt ny nya obs viktigt paminnelse vb sv fwd re utlatande utl nr dnr kannedom expediering expedierat arende arendet hej forslag utdrag sammantradesprotokoll januari februari mars april maj juni juli augusti september oktober november december mandag tisdag onsdag torsdag fredag berors namnd punkt inlamnas harmed offentlighetsprincipen handlingar onskas hejsan arbetsutskott arbetsutskottets arbetsutskottet remittering besvarad anmalan fullmaktige fullmaktiges uppfoljande kommunrevisionen aterkoppling dokument expedierats utgaende tyck gallande arendehantering handling handlingar
    internremiss anstand svarstid uppdrag kallelse information inkommen inkommet skrivelse tva tre brev mail mejl meddelande scan dokument fil sida galler ert er var vart par datum ordforande ordforanden ordforandens avskrivning avskrivna personer besvarande besvaras kompletterande scan scanned skannat inskannat from reception forelaggande upplysningar
    oversandande oversands oversandes overlamnande overlamnas malnummer atgard kap kommunallagen kommunallag
    inbjudan samrad remissarende prot utdr direktionen direktion direktionens forbundsdirektionen
    revisorer moderaterna socialdemokraterna centerpartiet vansterpartiet liberalerna kristdemokraterna miljopartiet sverigedemokraterna
    begar underlag onskas foreslar besluta beslutar foljande yrkar infor nasta inkommande post initiativarende kommande revisionsskrivelse revisionsmissiv tjansten tjanst etjanst lamna lamnat inlamning skickat bif enligt ovan nedan expediering fyll hej mvh kommun stad fyi stadens socialnamndens socialnamnden protokollet kfs beslutet beslutade yttra sig kopia""".split()
)
_MATTER_WORD = (
    r"(?P<word>motion(?:en)?|interpellation(?:en)?|medborgarförslag(?:et)?|nämnds?initiativ(?:et)?|ledamotsinitiativ(?:et)?|enkel fråga|frågan?|remiss(?:en)?"
    r"|förslag(?:et)?|initiativ(?:et)?|samråd|e-förslag|invånarförslag)"
)
_ABOUT = re.compile(
    rf"\b{_MATTER_WORD}\b(?P<between>(?:[^\n.]|\.(?! [A-ZÅÄÖ])){{0,110}}?) (?P<about>(?:om|angående|ang\.?|avseende|gällande|rörande|kring) [^\n]{{4,220}})",
    re.I,
)
_RAISED = re.compile(
    r"\bväck\w+ [^\n]{0,30}\b(?P<word>ärende)t?\b[^\n]{0,60}? (?P<about>(?:om|angående|gällande|avseende|rörande) [^\n]{4,200})",
    re.I,
)
_BY_ABOUT = re.compile(
    r"\b(?:av|från) [A-ZÅÄÖ][\w-]+ [^\n]{2,60}?\([^)\n]{1,6}\),? (?P<about>(?:om|angående|ang\.?|avseende|gällande|rörande) [^\n]{4,200})"
)
_OVER = re.compile(
    r"\b(?P<word>granskning(?:en)?|revisionsrapport(?:en)?|uppföljning(?:en)?|yttrande|översyn)\b (?P<about>(?:av|över|om|kring|avseende|gällande|rörande) [^\n]{4,200})",
    re.I,
)
_BASE = {
    "motionen": "Motion",
    "interpellationen": "Interpellation",
    "medborgarförslaget": "Medborgarförslag",
    "nämndinitiativet": "Nämndinitiativ",
    "frågan": "Fråga",
    "remissen": "Remiss",
    "förslaget": "Förslag",
    "initiativet": "Initiativ",
    "granskningen": "Granskning",
}
_VERB = re.compile(
    r"\b(?:yrkar|föreslår|hemställer|reserverar|översänder|överlämnar|bifogas|beslutar|beslutade)\b", re.I
)
_BY = re.compile(r"\b(?:av|från|till) [A-ZÅÄÖ][\wé-]+(?: [A-ZÅÄÖ][\wé-]+){1,3}(?: m\.? ?fl\.?)?(?: ?\([^)]{1,6}\))?")
_PERSON = re.compile(
    r"^\W*(?:/|gm )?[A-ZÅÄÖ][\wé-]+(?: (?:von |af |de )?[A-ZÅÄÖ][\wé-]+){1,3}(?:,? ?\([\wåäöÅÄÖ-]{1,6}\))?(?:,.{0,40})?$"
)
_ORGAN = re.compile(
    r"^\W*(?:\w+ (?:kommuns?|stads?) )?(?:\w*revision(?:en|erna|skontoret)?|\w*revisorer(?:na)?|\w+nämnden|kommunstyrelsen|kommunfullmäktige|alliansen|kommunkansliet|\w*kansliet?|\w*förvaltningen|\w+partiet|\w+erna)\W*(?:i \w+(?: kommun)?)?$",
    re.I,
)
_HEAD_WORD = re.compile(
    r"^\W*(?:motion|interpellation|enkel fråga|medborgarförslag|(?:ett )?nämnds?initiativ|ledamotsinitiativ|skrivelse|missiv|tjänsteskrivelse|tjänsteutlåtande|protokollsutdrag|g-tjänsteskrivelse|remiss|begäran om yttrande|yttrande)\b(?P<tail>.{0,60}|.{0,140}\([A-ZÅÄÖa-z]{1,4}\))$",
    re.I,
)
# "Interpellation till nämndens ordförande Eva Ek (S)": to whom it is put; what it is about stands on the next line.
_PUT = re.compile(
    r"^\W*(?:interpellation|enkel fråga|skriftlig fråga|fråga|motion|medborgarförslag|nämndinitiativ|ledamotsinitiativ)(?: ställd| riktad)? till\b.{3,110}$",
    re.I,
)
_PUT_ABOUT = re.compile(r"^\W*till\b.{3,110}? (?P<about>(?:angående|om|gällande|rörande|avseende) .{4,120})$", re.I)
_WANTED = re.compile(
    r"\b(?:ta del av|få ut|begär(?:a|er)?(?: att få)? ut|lämna ut|kopi(?:a|or) (?:på|av)|utlämnande av)(?: följande(?: hos \w+)?:?\W*)?\s+(?P<what>[^.!?]{6,160})",
    re.I,
)
_ACRONYM = re.compile(r"\b[A-ZÅÄÖ]{2,5}\b")  # of a nämnd, a diary, a party
_NOT_TITLE = re.compile(
    r"^\W*(?:till\b|från\b|ställd till|riktad till|datum|dnr|diarie\w*|vår ref|vår referens|er ref|hej\b|för kännedom|handläggare|sida|\d+ ?\(\d+\)|ordförande|kommunfullmäktige(?: \d.*)?$|kommunstyrelsen(?: \d.*)?$|\w+nämnden(?: \d.*)?$|\w+ kommun\b.{0,30}$|\w+ stad$|förslag till beslut|beslut\W*$|beslutet (?:skickas|expedieras)|skickas till|expedieras|sammanfattning|bakgrund|se bifog\w*|bifogat?\b|adress|telefon|e-post|org\.?nr|box \d|inkom|[il1]nk\b|[\wåäö]{2,20}, [\wåäö]{0,20}(?:sekreterare|registrator|handläggare|chef|assistent|administratör)$|hlg\b|bästa\b|[A-ZÅÄÖ][\wåäö-]+,? (?:den )?\d{1,2}[/ ].{0,18}$|[A-ZÅÄÖ]\w+,? (?:den )?\d{4}-\d\d|20\d\d-|[A-ZÅÄÖ]\w+(?:vägen|gatan|stigen|gränd|torget|backen|allén) \d|\d{3} ?\d\d [A-ZÅÄÖ]|namn:|.*@|.*\b(?:box|telefon|tel\.?) ?\d|förslagsställare|ledamot\b|ersättare\b|gruppledare\b|[\wåäö ,-]{0,60}nämnden(?: i [\wåäö-]{2,30}(?: kommun| stad)?)?$|yttrandet? (?:beslutades|antogs)|justera\w*|utdragsbestyrk\w*|dok\.? ?id\b|bilag(?:a|or)\b.{0,3}:|.*\b(?-i:FÖRELÄGGANDE|FÖLJEBREV|MEDDELANDE)\b.{0,16}$|postadress|besöksadress|aktbilaga|.*\bmål nr\b|[\wåäö -]{0,40}domstolen\b|.*\bsammanträdesprotokoll\b.{0,20}$|.*\b(?:sida? )?\d{1,2} ?(?:\(\d{1,3}\)|av \d{1,3})$|ordf\w*\.? sign|sign\b|personnummer|protokollsutdrag|sammanträdes\w*|§ ?\d+ *$|utdrag)",
    re.I,
)
_PARAGRAPH = re.compile(r"^\W*§{1,2} ?\d+[a-z]?\W*(?P<title>.{4,250})$")
_LABELLED = re.compile(
    r"^\W*(?:ärende(?:mening)?|saken|typ av ärende|ärendetyp|rubrik(?: (?:på|för) \w+)?|titel|dokumenttitel|ärendetitel|ärenderubrik|dokumentnamn|förslaget i korthet|angående|ang\.?|ämne|rör|avser|gäller|förslag(?:ets)? (?:rubrik|titel)|beskriv ditt förslag(?: kort)?)\s*:\s*(?P<title>.{4,200})$|^\W*(?:rubrik(?: på förslaget)?|ärendetitel|ärenderubrik|ärendemening) (?P<bare>(?-i:[A-ZÅÄÖ]).{4,200})$",
    re.I,
)
_MINUTE_LEAD = re.compile(
    r"^\W*(?:protokollsutdrag|beslut|expediering(?: av beslut)?|utdrag ur protokoll)\W*(?-i:[A-ZÅÄÖ]{2,5}\b)?\W*(?:20\d\d-\d\d-\d\d)?\W*(?=§ ?\d+ \w)",
    re.I,
)
_ASK_LEAD = re.compile(
    r"^\W*begäran om yttrande\b\W*(?:(?:över|avseende|angående|gällande)\W+)?(?=motion|medborgarförslag)", re.I
)
_TRIM = " \t-–—:;,.*\"”“'_/|"
_DATE_TAIL = re.compile(r"[,;(\s–-]{0,5}(?:svar(?:a)? |yttrande |åter )?(?:senast|sista (?:svars)?dag\w*)\b.*$", re.I)


def ordered_title(material: Material, kind: str, numbers: list[Number]) -> str:
    """Return the ärendemening, at most 200 characters: without prefixes, dnr, and what only says how the letter came."""
    chosen = _chosen(material, kind, numbers)
    if kind in {"autosvar", "studs", "nyhetsbrev", "skrap"}:
        return chosen
    if is_empty(chosen):
        chosen = next((h for h in (clean_title(h, numbers) for h in _headings(material, kind)) if telling(h)), "")
    return polish(chosen) if not is_empty(chosen) else bare(kind, material.subject)


def _chosen(material: Material, kind: str, numbers: list[Number]) -> str:
    """Where the title stands.

    The subject where it says something of its own, else the document's heading, else the first sentence that does.
    """
    subject = clean_title(material.subject, numbers)
    if fold(region_or_agency(subject) or "") == fold(subject):
        subject = ""  # only who writes
    if re.match(r"\W*(?:begäran|ansökan|önskemål|fråga) om (?:anstånd|förlängd|uppskov)", subject, re.I):
        return _fit(subject)
    original = clean_title(material.original_subject, numbers)
    headings = [h for h in (clean_title(h, numbers) for h in _headings(material, kind)) if h]
    headings = [h for h in headings if not _PERSON.match(h) and not _ORGAN.match(h)]  # a letterhead without its number
    headings = [h for h in headings if not _PUT.match(h) or re.search(r"\b(?:om|angående|gällande|rörande)\b", h)]
    if _PUT.match(subject) and not re.search(r"\b(?:om|angående|ang|gällande|avseende|rörande)\b", subject, re.I):
        subject = ""
    if kind == "utlamnande" and not telling(subject):
        wanted = _WANTED.search(material.main.text[:3000])
        if wanted:
            return _fit(f"Begäran om allmänna handlingar: {_upto(' '.join(wanted['what'].split()))}")
    best = next((s for s in (subject, original) if telling(s) >= 2), "")
    said = next(
        (
            t["title"] or t["bare"]
            for d in (material.main, *material.attached)
            for t in map(_LABELLED.match, d.lines[:30])
            if t and telling(t["title"] or t["bare"])
        ),
        "",
    )
    if (
        kind
        in {
            "revisionsforfragan",
            "utlamnande",
            "kallelse",
            "autosvar",
            "studs",
            "nyhetsbrev",
            "skrap",
            "kalender",
        }
        and (telling(subject) or telling(original) or kind not in {"utlamnande"})
        and (subject or original)
    ):
        return _fit(subject if telling(subject) or not original else original)
    if said and telling(subject) < 3:
        return _fit(clean_title(said, numbers))
    about = r"\b(?:om|av|angående|ang|gällande|avseende|över|rörande|för)\b"
    if not best and telling(subject) == 1 and (re.search(about, subject, re.I) or _long(subject)):
        best = subject
    if best:
        longer = next((h for h in headings if telling(h) > telling(best) and fold(best)[:40] in fold(h)), None)
        return _fit(longer or best)
    for least in (2, 1):
        heading = next(
            (h for h in headings if telling(h) >= least or (telling(h) and re.search(about, h, re.I) and _long(h))),
            None,
        )
        if heading and (least == 2 or telling(subject) == 0):
            longer = next(
                (h for h in headings if h != heading and fold(heading) in fold(h) and telling(h) > telling(heading)),
                None,
            )
            return _fit(longer or heading)
    if kind in {"synpunkt", "other"} and telling(subject) <= 1 and not telling(original):
        sentence = _first_sentence(material)
        if telling(sentence) >= 3:
            return _fit(clean_title(sentence, numbers))
    if telling(subject) or telling(original):
        return _fit(subject if telling(subject) else original)
    if kind in {
        "remiss",
        "protokollsutdrag",
        "synpunkt",
        "utlamnande",
        "medborgarforslag",
        "interpellation",
        "other",
    } and not subject.lower().startswith("anstånd"):
        sentence = _first_sentence(material)
        if sentence and (telling(sentence) >= 2):
            return _fit(clean_title(sentence, numbers))
    return _fit(subject or original or (headings[0] if headings else ""))


def telling(text: str) -> int:
    """Count the words that tell something of their own.

    >>> telling("Motion om gratis cykelhjälmar"), telling("Protokollsutdrag KS 2022-05-03 § 145")
    (2, 0)
    """
    plain = text if text.isupper() else _ACRONYM.sub(" ", text)
    words = re.findall(r"[a-z]{3,}", fold(_BY.sub(" ", plain)))
    return sum(
        1 for w in dict.fromkeys(words) if w not in _GENERIC and "namnd" not in w and not w.startswith("sammantrad")
    )


def _long(text: str) -> bool:
    """Is the one word that tells something a long one, a subject of its own ("färdtjänsthandläggningen")?"""
    return any(len(w) > 10 and telling(w) for w in re.findall(r"[\w-]+", text))


def clean_title(text: str, numbers: list[Number]) -> str:
    """Return a title without diarienummer, dates of answering and empty brackets."""
    for number in numbers:
        for raw in (number.document, number.raw):
            if raw:
                text = re.sub(
                    rf"[\[(]?\s*(?:\b(?:dnr|diarienr|diarienummer)\b[.:]?\s*)?{re.escape(raw)}\s*[\])]?",
                    " ",
                    text,
                    flags=re.I,
                )
    text = re.sub(r"\b(?:dnr|diarienr|diarienummer)\b[.:]?\s*$", "", text, flags=re.I)
    text = re.sub(r"\bi mål(?: nr)?\s*$", "", _DATE_TAIL.sub("", text))
    text = _MINUTE_LEAD.sub("", re.sub(r"^\W*\d{1,2}[.)] +", "", text))
    text = _ASK_LEAD.sub("", text).replace("(-)", " ").replace(" - - ", " - ").replace("  -", " -")
    text = re.sub(r"^\W*§{1,2} ?\d+[a-z]?\b\W*(?=\w)", "", text)
    text = re.sub(r"\b(?:och|samt)\s*(?=[,;]|$)", "", text)  # what stood between two numbers
    return " ".join(text.split()).strip(_TRIM)


def _headings(material: Material, kind: str) -> list[str]:
    found: list[str] = []
    first = {
        "remiss": ("begaran", "motion", "medborgarforslag", "interpellation", "initiativ", "protokoll", "missiv"),
        "revisionsgranskning": ("missiv", "rapport"),
    }.get(
        kind,
        ("protokoll", "motion", "interpellation", "initiativ", "medborgarforslag", "skrivelse", "yttrande", "missiv"),
    )
    ordered = sorted(material.attached, key=lambda d: first.index(d.genre) if d.genre in first else len(first))
    covering = material.main.genre == "other" and (
        kind == "motion" or (bool(ordered) and ordered[0].genre in first and len(material.main.text.split()) < 40)
    )
    documents = [*ordered, material.main] if covering else [material.main, *ordered]
    for document in documents:
        found.extend(_in_document(document, kind, telling(material.subject) == 0))
    for document in ordered:
        name = re.sub(r"\.\w{2,5}$", "", re.sub(r"[_]+", " ", document.where))
        if telling(name) >= 2:
            found.append(name)
    return found


def _in_document(document: Document, kind: str, bare_subject: bool) -> list[str]:
    lines = [line for line in document.lines if line]
    found: list[str] = []
    plain: list[str] = []
    prose = False  # past the first sentence no plain line is a heading any more
    for at, line in enumerate(lines[:14]):
        labelled = _LABELLED.match(line)
        paragraph = _PARAGRAPH.match(line)
        if labelled:
            found.append(labelled["title"] or labelled["bare"])
        elif paragraph and not re.match(r"^\W*dnr", paragraph["title"], re.I):
            found.append(paragraph["title"])
        elif len(line) < 260 and (
            (_HEAD_WORD.match(line) and telling(line) == 0) or (_PUT.match(line) and not _ABOUT.search(line))
        ):
            put = next((m for n in lines[at + 1 : at + 2] if (m := _PUT_ABOUT.match(n))), None)
            if put:
                found.append(f"{line.strip(_TRIM).capitalize()} {put['about']}")
            following = next((n for n in lines[at + 1 : at + 4] if not _NOT_TITLE.match(n)), "")
            if (
                following
                and not _PERSON.match(following)
                and not _ORGAN.match(following)
                and len(following) < 200
                and not following.endswith(".")
                and telling(following)
            ):
                found.append(following)
        elif (
            len(line) < 230
            and not ATT.match(line)
            and not _VERB.search(line[:70])
            and not _NOT_TITLE.match(line)
            and telling(line) >= 1
            and not _PERSON.match(line)
            and not _ORGAN.match(line)
            and not _agency_only(line)
        ):
            heading = re.match(
                r"^\W*(?:motion|interpellation|enkel fråga|medborgarförslag|nämnds?initiativ|ledamotsinitiativ|remiss|revision\w*|granskning|svar (?:på|angående|gällande|avseende|om|ang)|yttrande|uppföljning|ärende väckt|utlåtande|samråd|ansökan om|förslag till|begäran om|anmälan av|fråga|hemställan|kvalitetsgranskning|återrapportering|rapport|redovisning|tillsyn|inspektion|föreläggande)\b",
                line,
                re.I,
            )
            if heading and len(split_sentences(line)) == 1:
                found.append(line)
            elif (
                not prose
                and not line.endswith((".", ":", "?", ","))
                and len(line) < 160
                and at < 10
                and not _VERB.search(line)
            ):
                plain.append(line)
            prose = prose or (line.endswith(".") and len(line) > 50)
    if (
        bare_subject
        or document.where not in {"body"}
        or kind
        in {
            "protokollsutdrag",
            "revisionsgranskning",
            "namndinitiativ",
            "kvalitetsgranskning",
            "motion",
            "interpellation",
            "medborgarforslag",
        }
    ):
        found.extend(plain[:2])
    if not found:
        found.extend(_standing_alone(document))
    about = next((a for line in lines[:60] if (a := _about(line))), "")
    return [*found, about] if about else found


def _standing_alone(document: Document) -> list[str]:
    """Short lines without a full stop, with nothing beside them above or below: headings in the middle of a mail."""
    lines = document.lines
    found = []
    for at in range(1, min(len(lines) - 1, 30)):
        line = lines[at]
        alone = line and not lines[at + 1] and (not lines[at - 1] or lines[at - 1].isupper())
        if (
            alone
            and 12 < len(line) < 110
            and not line.endswith((".", ":", "?", ",", "!"))
            and telling(line) >= 2
            and not _NOT_TITLE.match(line)
            and not _PERSON.match(line)
            and not _ORGAN.match(line)
            and not ATT.match(line)
            and not line.isupper()
        ):
            found.append(line)
    return found[:1]


def _agency_only(line: str) -> bool:
    """Is the line a letterhead: an authority's name, or a department of one?"""
    named = region_or_agency(line) or by_its_name(line)
    return (named is not None and len(line) < len(named) + 12) or re.match(
        r"^\W*(?:avdelning(?:en)?|enhet(?:en)?|sektion(?:en)?)\b.{0,50}$", line, re.I
    ) is not None


def _about(line: str) -> str:
    """What a sentence says that a motion, question or audit is about: "Motion om …"."""
    match = _ABOUT.search(line) or _OVER.search(line) or _RAISED.search(line)
    if match:
        word = match["word"]
        return f"{_BASE.get(word.lower(), word[:1].upper() + word[1:])} {_upto(match['about'])}"
    by = _BY_ABOUT.search(line)
    return _upto(by["about"])[:1].upper() + _upto(by["about"])[1:] if by else ""


def _upto(text: str) -> str:
    """The phrase up to where the sentence turns to something else."""
    text = split_sentences(text)[0]
    text = re.split(
        r"(?:,? (?:för|till) (?:yttrande|kännedom|beredning)\b|, (?:och|som|med|vilken|genom|enligt|där)\b| (?:ska|skall) (?:besvaras|behandlas)\b| (?:besvaras|bifalls|avslås|anses|avskrivs|har (?:inkommit|remitterats|lämnats)|inkom|som (?:lämnats|väckts|inkom)|är (?:nu |utsänd))\b| \(KS| överlämnas\b| skickas\b| remitteras\b)",
        text,
    )[0]
    return text.strip(_TRIM)


def _first_sentence(material: Material) -> str:
    for document in (material.main, *material.attached):
        for sentence in document.sentences[:12]:
            if (
                len(sentence.split()) >= 4
                and telling(sentence) >= 2
                and not _NOT_TITLE.match(sentence[:300])
                and not re.match(
                    r"^\W*(?:hej|bifogat|se bifog|för kännedom|inkomme[nt]|inlämna|inskann|vidarebefordra|här kommer|översänd|jag (?:bifogar|skickar|översänder)|med vänlig|dnr|till\b.{0,40}$)",
                    sentence[:300],
                    re.I,
                )
            ):
                short = re.sub(
                    r"^.{0,90}?\b(?:beslutade|beslutar|beslöt|föreslår|vill)\b(?: den)?(?: \d{1,2} \w+ \d{4})?(?: ?§ ?\d+)?,? att ",
                    "",
                    sentence,
                )
                short = re.split(r", (?:det|jag|vi|så|eftersom|gärna|för|då|man) ", short)[0]
                return short[:1].upper() + short[1:] if telling(short) >= 2 else sentence
    return ""


def _fit(title: str) -> str:
    title = title.strip(_TRIM)
    if title.isupper() and len(title) > 20:
        title = title.capitalize()
    if title.count("(") < title.count(")"):
        title = title.rstrip(")")
    return title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1].rsplit(" ", 1)[0].rstrip(_TRIM) + "…"
