"""Secrecy: is this an individual's matter (OSL 26 kap. 1 §), or politics about such matters? In doubt, secret."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from .grouped import one_of
from .individuals import signs
from .kind_words import SUPERVISOR
from .languages import foreign
from .material import Material

I = re.I  # noqa: E741

_NUMBER = re.compile(
    r"(?<![\d/.-])(?:19|20)?(\d{2})(\d{2})(\d{2}) ?[-+–] ?(?:\d{4}|[xX]{4}|[A-Z]\d{3})(?!\d)|(?<![\d/.-])(?:19|20)(\d{2})(\d{2})(\d{2})\d{4}(?!\d)"
)
_FORM = re.compile(
    r"^[^\w\n]*(?:barnets (?:namn|personnummer|adress|uppgifter|födelse\w+)|barn(?:et)?|personnummer|person-?nr|pnr|födelsedatum|vårdnadshavare(?:ns)?\b[^:]{0,20}|anmälare(?:ns namn)?|anmälarens \w+|uppgiftslämnare|beskriv (?:din )?oro\w*|orsak till (?:anmälan|oron?)|vad oroar\w*|klient(?:en)?|den enskilde\w*|sökande|den försäkrade|patient(?:en)?|brukare(?:ns namn)?|elev(?:ens namn)?|mamma|pappa|mor|far|syskon|förskola/skola|huvudman|barnets namn)\s*:",
    I | re.M,
)
_REPORT = one_of(
    r"\b(?:oros?-?anmälan|anmälan om (?:oro|barn som (?:far|misstänks|riskerar)|misstanke|misstänkt|missförhållande för)|oro för (?:ett |en |mitt |min |barnet|barn\b)|anmälan (?:enligt|jml|jmf|jämlikt)? ?(?:14|19) kap\.? ?1|enligt (?:14|19) kap\.? ?1 ?[§a-c ]*.{0,6}(?:sol|socialtjänstlagen)|(?:14|19):1 sol|barn som far illa|far illa|anonym anmälan|anmälan gällande (?:barn|vuxen|missbruk)|polisanmälan gällande|skyddsbehov|orosanm)\b",
)
_ORDERED = one_of(
    r"\b(?:LVU|LVM|LSS-insats|ekonomiskt bistånd|försörjningsstöd|boendestöd|kontaktfamilj|familjehem\w*|placering\w*|hemtjänst\w*|färdtjänst\w*|personlig assistans|särskilt boende|biståndsbeslut|vårdnad\w*|umgänge\w*|faderskap\w*|skyddat boende|skyddade personuppgifter|vårdplan\w*|utredning enligt 11 kap|förhandsbedömning|missbruksvård|behandlingshem\w*|umgängesrätt\w*|god man|förvaltare|avhysning\w*|vräkning\w*|vräkt\w*|bistånd\w*)\b",
)
_PERSON = one_of(
    r"\b(?:\d{1,2}-åring(?:en|ens)?|pojken|flickan|eleven|barnet|sonen|dottern|mamman|pappan|modern|fadern|föräldern|vårdnadshavaren|brukaren|klienten|patienten|hyresgästen|syskonen|lillebror|lillasyster|grannen|kvinnan|mannen|tonåringen|ynglingen|min granne|mina grannar\w*|våra grannar|min son|min dotter|min syster|min bror|min mamma|min pappa|min mor|min far|min (?:fru|man|sambo)|mitt barn|mina barn|mitt barnbarn|mina barnbarn|mitt ex|min exman|min väninna|min vän|min kollega|min elev|min moster|min faster|min farmor|min mormor|min farfar|min morfar|min svärmor|min sambo|vår son|vår dotter|vår elev|vår granne|en mamma|en pappa|en äldre man|en äldre dam|en äldre kvinna|en tonåring|en kille i|en tjej i|en pojke|en flicka|en elev|ett barn i (?:vår|min)|en kvinna i|en man i|familjen i|familjen på|grannfamiljen|deras (?:barn|son|dotter|små\w*)|hennes (?:barn|son|dotter|mamma|pappa)|hans (?:barn|son|dotter|mamma|pappa))\b",
)
_WORRY = one_of(
    r"\b(?:orolig\w*|oroade?|oron|slår|slog|slagit|slagen|blåmärk\w*|narkotika\w*|anträffa\w+|stulit|snatt\w*|gripen|gripits|hemgång\w*|våld\w*|misshand\w+|full|berusad\w*|dricker|dricka|druckit|supit|super|alkohol\w*|sover hos|missbruk\w*|droger|drogpåverkad\w*|knark\w*|påverkad\w*|hungrig\w*|smutsig\w*|ensam(?:ma)? hemma|lämnas ensam\w*|skriker|skrik|låser in|låsts in|instängd\w*|ramlade|gråter|grät|rädd\w*|hotad\w*|hotar|utsatt\w*|far illa|självmord\w*|självskad\w*|svält\w*|utan mat|inte ätit|ytterkläder|sjukskriven|frånvaro|skolkar|sovit|vägrar gå hem|vågar inte|skulder|hyran|uppsagd|vräks|diagnos\w*|depress\w*|demen\w*|ramlat|fallit|ligger kvar|orkar inte|medicin(?:en)?|ta sitt liv|ta livet|mår (?:mycket |så |jätte)?dåligt|skrämd|kniv\w*|undernärd|tappat (?:mycket )?(?:i )?vikt|abstinens|rymt|sover ute|hemlös|misshandlas|svimma\w*|smärt\w*)\b",
)
_MINE = one_of(
    r"\b(?:inte råd med (?:hyran|mat|medicin\w*|räkning\w*)|(?:blir|bli|blivit) (?:vräkt|hemlös|bostadslös)|(?:fick|fått) avslag på (?:färdtjänst|hemtjänst|bistånd\w*|försörjning\w*|parkeringstillstånd|skolskjuts|min|mitt)|fått nej (?:från er|av er|på min)|pengarna (?:räcker inte|är slut)|har (?:ingen inkomst|inga pengar|ingenstans att (?:bo|ta vägen))|behöver hjälp med (?:hyran|mat|pengar)|min (?:klient|huvudman)|jag (?:företräder|är (?:ombud|god man|förvaltare|offentligt biträde|kontaktperson) (?:för|åt|till))|(?:ombud|offentligt biträde|god man) för (?:min|[A-ZÅÄÖ][a-zåäö]+ [A-ZÅÄÖ])|mitt ärende|min ansökan|min utredning|mitt beslut|min handläggare|min socialsekreterare|mitt försörjningsstöd|min utbetalning|jag (?:har )?(?:sökt|ansökt|söker|ansöker|fått avslag|överklagar|är sjuk\w*|har ingen mat|lever på|blev av med|behöver hjälp)|vi (?:har )?(?:sökt|ansökt|överklagar) (?:om )?|överklagar (?:härmed )?(?:beslutet|ert beslut|nämndens beslut|socialnämndens beslut)|beslut om avslag på (?:min|mitt|bistånd|försörjning)|avslag på min|mina barn är omhändertag\w+|omhändertag\w+ (?:mina|mitt|min|vår)|min (?:biståndshandläggare|boendestödjare|kontaktperson)|min son har|min dotter har|min mans|min mors|min fars|min mammas|min pappas)\b",
)
_AGENCY = one_of(
    r"\b(?:(?:polisen|polismyndigheten|åklagar\w*|kriminalvården|frivården|hälso- och sjukvården|kronofogden|kronofogdemyndigheten|migrationsverket|försäkringskassan) (?:underrättar|anmäler|meddelar|begär upplysning\w*)|\d{4}-K\d{4,7}(?:-\d\d)?|begäran om (?:yttrande|upplysningar|handlingar|registerutdrag) (?:i mål|enligt|gällande|angående|avseende|ang|rörande)|i mål(?:et)? (?:nr )?(?:[A-ZÖÄ]{1,3} ?)?\d+|LUL|lagen om unga lagöverträdare|misstänkt för|förhör med|LOB|omhändertag\w+ enligt|underställning|ansökan om vård|vårdnadsutredning|snabbupplysning\w*|körkortsärende\w*|lämplighetsprövning\w*|avhysning\w*|12 kap\.? 44 §|underrättelse om (?:uppsägning|avhysning)|dödsbo\w*|dödsboanmälan|adoptions?\w*|medgivandeutredning\w*|personutredning\w*|yttrande enligt 11 §|överflytt\w* (?:av )?(?:ett )?ärende\w*|personakt\w*)\b",
)
_NEAR = one_of(
    r"\b(?:mitt barnbarn|mina barnbarn|min (?:son|dotter|mamma|pappa|mor|far|syster|bror|fru|man|sambo|mormor|farmor|morfar|farfar|moster|faster|svärmor|svärfar|elev|före detta|ex\w*)|vår (?:son|dotter|elev)|mitt (?:barn|ex)|mina barn|deras (?:son|dotter|barn))\b",
)
_PRONOUN = re.compile(r"\b(?:han|hon|honom|henne|hans|hennes)\b", I)
_FAMILY = re.compile(r"\b[Ff]amiljen [A-ZÅÄÖ][a-zåäö]+")  # a family by its name
_ENGLISH = one_of(
    r"\b(?:worried about|concern(?:ed)? (?:about|for) (?:a|the|my|his|her|their)|child (?:abuse|neglect|protection|is being)|neglected|bruis\w+|crying|beaten|hits? (?:her|his|the)|drunk|daughter|son|nephew|niece|mum|mom|boyfriend|his mother|her mother|neighbou?r'?s?|little (?:boy|girl)|the (?:boy|girl|child|mother|father|kids|children)|my (?:ex|child|kids|husband|wife)|left alone|domestic violence|social services|report(?:ing)? (?:a )?concern)\b",
)

_POLITICS = one_of(
    r"\b(?:motion(?:en|er|är\w*)?|interpellation\w*|enkel fråga|nämnds?initiativ\w*|ledamotsinitiativ\w*|medborgarförslag\w*|yrkar|kommunfullmäktige|fullmäktige|kommunstyrelsen|revisor\w*|revisionen|kommunrevision\w*|granskning\w*|kvalitetsgranskning\w*|remiss\w*|protokollsutdrag|tjänsteskrivelse\w*|tjänsteutlåtande\w*|riktlinj\w*|rutin(?:er|en|erna)?|statistik\w*|verksamhetsberättelse|delårsrapport\w*|internkontroll\w*|handlingsplan\w*|samverkan\w*|verksamhetsplan\w*|nyckeltal|enkät\w*|utbildning(?:en|stillfälle\w*)?|kurs(?:en)?|föreläsning\w*|webbinari\w+|konferens\w*|seminari\w+|kampanj\w*|blankett\w*|forskning\w*|projekt\w*|orosanmälningar(?:na)?|andelen|antalet|lagförslag\w*|proposition\w*|betänkande\w*|överenskommelse\w*|reglemente\w*|nyhetsbrev\w*|budget\w*|uppföljning\w*|tillsyn\w*|medborgare|arbetsrutin\w*|e-tjänst\w*|webbplats\w*|journalist\w*|allmän(?:na)? handling\w*|diarie\w*|mall(?:en|ar)?|checklista\w*|lathund\w*|broschyr\w*|informera gärna|systemstöd\w*|välkommen till|bjuder in|inbjudan|policy\w*|verksamhet(?:en|er)|beslutsunderlag|sammanträde\w*)\b",
)
_PLURAL = one_of(
    r"\b(?:orosanmälningar\w*|anmälningar\w*|barn och unga|barns|familjer|ungdomar|elever|barnen i kommunen|utsatta barn|vårdnadshavare\b(?!:)|äldre|brukare)\b",
)
_PARTY = re.compile(r"\b[A-ZÅÄÖ][\wåäö-]{1,30} \((?:S|M|SD|C|V|KD|L|MP|FI|FP|-|[A-ZÅÄÖ]{1,4})\)")
_PAPER = frozenset({"motion", "interpellation", "initiativ", "medborgarforslag", "missiv", "rapport", "begaran"})
_TITLE = one_of(
    r"\b(?:motion|interpellation|enkel fråga|nämnds?initiativ|ledamotsinitiativ|medborgarförslag|remiss|begäran om yttrande|protokollsutdrag|revision\w*|granskning\w*|statistik|utbildning|kurs|riktlinj\w*|rutin\w*|rapport\w*|nyhetsbrev|cirkulär\w*|öppet brev|kallelse|uppföljning (?:av|för|\d)|verksamhetsberättelse|orosanmälningar|synpunkt\w*|fråga om|frågor om|delårsrapport|begäran om allmän|begäran om statistik|enkät\w*|webbinari\w+|blankett\w*|information\w*|kampanj\w*|föreläsning\w*|inbjudan|seminari\w+|konferens\w*|nätverk\w*|mall|checklista|lathund|film|broschyr\w*|e-tjänst\w*|systemstöd\w*|digital\w*|utveckling\w*|projekt\w*)\b",
)
_CASE_PAPER = re.compile(
    r"\b(?:individärende\w*|individutskott\w*|sekretessprövn\w*|utdrag ur sekretess\w*|sekretess(?:belag\w*|markerad|ärende)?\b.{0,40}\b(?:26 kap|OSL)|LVU|LVM|personakt\w*|§ ?\d+ .{0,40}(?:LVU|LVM|umgänge|placering))\b"
)
# A report of what befell one person in school or care, and the person: a name, a year of birth.
_INCIDENT = one_of(
    r"\b(?:lex[ -](?:sarah|maria)\w*|kränkande (?:behandling|särbehandling)|kränkningsanmälan|kränkningsärende\w*|avvikelse(?:rapport|anmälan)?|tillbud\w*|skolplikt\w*|frånvaro|frånvaroutredning|frånvaroanmälan|elevärende\w*|åtgärdsprogram\w*|särskilt stöd|tilläggsbelopp|patientskada|dödsfall|suicid\w*|olycksfall\w*|vårdskada|fallolycka|missförhållande\w*)\b",
)
_NAMED_ONE = re.compile(
    r"\b(?:[Ee]lev|[Bb]oende|[Bb]rukare|[Bb]arn|[Pp]atient|[Kk]und|[Oo]msorgstagare|[Vv]årdtagare|[Hh]yresgäst|[Kk]lient|[Ss]on|[Dd]otter|[Ff]lickan?|[Pp]ojken?|[Kk]vinnan?|[Mm]annen|[Ee]nskilde|[Dd]eltagare|[Vv]årdnadshavare)(?:n|en|ns|ens|s)?(?: namn)?[:,]? (?:är |heter )?[A-ZÅÄÖ][a-zåäöé]+\b|\b(?:född|f\.) ?(?:år )?(?:19|20)\d\d\b|\b[A-ZÅÄÖ][a-zåäöé]+ [A-ZÅÄÖ][a-zåäö]+ (?:i (?:klass )?|, ?(?:åk|klass|årskurs) ?)\d|\b[A-ZÅÄÖ][a-zåäöé]+ i (?:(?:klass|årskurs|åk) ?\d|\d ?[A-Fa-f]\b)"
)
_UNNAMED = re.compile(
    r"\b(?:avidentifier\w+|anonymiser\w+|slumpvis\w*|stickprov\w*|fingera\w+|påhitta\w+|typfall\w*)\b", I
)
# Culture and history: a named artist, a book about a childhood, a forefather in the archives.
_CULTURE = one_of(
    r"\b(?:utställning\w*|vernissage\w*|akvarell\w*|målningar\w*|konstförening\w*|ställt ut|konstnär\w*|galleri\w*|författar\w*|romanen?|bok(?:en)?|föreställning\w*|pjäs\w*|turné\w*|ensemble|regi|teater\w*|konsert\w*|musei\w*|museum|hembygd\w*|släktforsk\w*|årsbok\w*|fri entré|entré|kyrkbok\w*|arkivet|stadsarkiv\w*|ljuständning\w*|biljett\w*|minnesstund\w*|reporter\w*|redaktion\w*|tidning(?:en)?|artikel\w*)\b",
)
_IN_GENERAL = one_of(
    r"\b(?:ingen av oss|i allmänhet|generellt|studiecirkel\w*|av nyfikenhet|bara nyfiken\w*|rent hypotetiskt|på ett allmänt plan|inget särskilt fall|gäller ingen särskild)\b",
)
# People at work, at study and in associations: they write of themselves and of many, and of nobody's care.
_WORK = one_of(
    r"\b(?:spontanansökan\w*|söker (?:arbete|tjänst\w*|jobb|praktik\w*)|arbetslivserfarenhet\w*|referenser lämnas|CV|tjänstledighet\w*|min tjänst som|anställning\w*|löneanspråk\w*|personligt brev|praktikplats\w*|sjukanmäl\w*|platsannons\w*|skyddsombud\w*|huvudskyddsombud\w*|arbetsmiljölagen)\b",
)
_STUDY = one_of(
    r"\b(?:hemuppgift\w*|läser till|uppsats\w*|gymnasiearbete\w*|examensarbete\w*|doktorand\w*|avhandling\w*|forskningsstudie\w*|forskningsprojekt\w*|etikprövning\w*|rent allmän|min fråga är allmän)\b",
)
_PARTIES = one_of(
    r"\b(?:parterna|åtaganden|avtalstid\w*|giltighetstid\w*|överenskommelse\w*|idéburet|för underskrift|föräldraförening\w*|medlemsmöte\w*|samfällighet\w*)\b",
)
_FICTION = one_of(r"\b(?:fiktiv\w*|övningsfall\w*|påhitta\w*|fingera\w*|all likhet med|rollspel\w*|typfall\w*)\b")
# What is said to many: a course to come to, a law to learn, figures to send in, a crowd's thanks or protest.
_TO_MANY = one_of(
    r"\b(?:anmäl dig|anmälan är bindande|målgrupp|föreläsare|avregistrera\w*|utbildningsdag\w*|heldagsutbildning\w*|workshop\w*|kostnadsfri\w*|exkl\.? moms|cirkulär\w*|nya bestämmelser\w*|träder i kraft|allmänna råd|vägledning\w*|meddelandeblad\w*|förbundsjurist\w*|registeransvarig\w*|registret över|individnivå|nolluppgift\w*|inrapportering\w*|insamling(?:en)? av uppgifter|öppet brev|insändare|vi kräver|namnlist\w*|namninsamling\w*|undertecknats av|byalag\w*|telefontid\w*|öppettid\w*|nedläggning\w*|lägga ned|lägga ner|mitt förslag|key account manager|för en demo|boka en demo|visste du att|stort tack|varmt tack|god jul|gott nytt år|succé|årsmöte\w*|styrelsen för|medlemmar\w*|gästerna?)\b",
)
# What a person applies for at the social services; a robot's notice of one tells nothing else.
_APPLIES_FOR = one_of(
    r"\b(?:ansökan|anmälan|begäran) om (?:stöd (?:till|för)|bistånd|ekonomiskt bistånd|försörjningsstöd|hemtjänst|boendestöd|kontakt(?:familj|person)|särskilt boende|insats\w*|LSS|färdtjänst|personlig assistans|avlös\w+|ledsag\w+|korttids\w*|familjerätt\w*|faderskap\w*|vårdnad\w*|samarbetssamtal|budgetråd\w*|skyddat boende)\b",
)
_MANY = one_of(
    r"\b(?:sammanställning\w*|statistik\w*|kvartalsrapport\w*|årsrapport\w*|antal(?:et)?|avidentifierad\w*|rutin(?:en|er)? för|riktlinje\w* för)\b",
)


# What the street is to do with, of which many complain.
_STREETS = one_of(
    r"\b(?:snöröj\w*|plog\w*|halk\w*|sandning\w*|gator\w*|gatan|trottoar\w*|gångbana\w*|cykelväg\w*|potthål\w*|belysning\w*|lyktstolp\w*|"
    r"entreprenör\w*|felanmäl\w*|sopor\w*|sophämtning\w*|sopkärl\w*|parkering\w*|lekplats\w*|hastighet\w*|farthinder\w*|övergångsställe\w*|"
    r"busshållplats\w*|rondell\w*|detaljplan\w*|bygglov\w*|buller\w*|badplats\w*|va-taxa\w*|vattenläck\w*|avlopp\w*)\b",
)
_POLICE = re.compile(r"\b(?:polis|patrull)\w*", I)  # what the police tell of a child is a report, whatever it is called
_SINGLED, _LIVED = 1.2, 1.2  # from here on somebody's life is told of; lower values meet ordinary letters too


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the letter is an individual's matter, why (words of ours), and whether it is a report of worry."""

    secret: bool
    reasons: tuple[str, ...] = ()
    report: bool = False
    doubtful: bool = False


def weigh(material: Material, unread: bool, away: bool = False, to_many: bool = False) -> Verdict:
    """Weigh the signs of an individual's matter against those of politics; in doubt it is secret.

    `unread` = an attachment could not be read, so that the words may stand where we do not see them. `away`, `to_many` =
    an auto-reply or a newsletter, by its headers and by its own words: a header alone weighs nothing.
    """
    texts = [material.subject, material.original_subject, material.main.text, material.preface.text, material.signature]
    texts += [d.text for d in material.quoted[:3]]
    whole = "\n".join([*texts, *(f"{d.where}\n{d.text[:12000]}" for d in material.attached)])[:120_000]
    title = f"{material.subject}\n{material.original_subject}\n" + "\n".join(
        d.head[:120] for d in (material.main, *material.attached)
    )
    political = _political(material, whole, title)
    reasons: list[str] = []
    numbers = sum(1 for m in _NUMBER.finditer(whole) if _born(m))
    fields = len({f.group(0).strip(" :*-").lower() for f in _FORM.finditer(whole)})
    people, worry = {p.lower() for p in _PERSON.findall(whole)}, {w.lower() for w in _WORRY.findall(whole)}
    people |= {f.lower() for f in _FAMILY.findall(whole)}
    mine, agency, ordered = bool(_MINE.search(whole)), bool(_AGENCY.search(whole)), bool(_ORDERED.search(whole))
    report_title, report = bool(_REPORT.search(title)), bool(_REPORT.search(whole))
    english = {e.lower() for e in _ENGLISH.findall(whole)}
    score = 0.0
    if numbers:
        score += 2.5 if political < 3 or ordered or _CASE_PAPER.search(whole) else 0.8
        reasons.append("personnummer")
    if fields >= 2:
        score += 2.5
        reasons.append("uppgifter om en enskild i ett formulär")
    elif fields == 1:
        score += 0.7
    if report_title:
        score += 2.2
        reasons.append("anmälan om oro i rubriken")
    elif report:
        score += 0.9
        reasons.append("anmälan om oro")
    if people and worry:
        score += min(3.0, 0.7 * len(people) + 0.6 * len(worry))
        reasons.append("iakttagelser om en enskild")
    if len(people) >= 2:
        score += 0.8
    if _NEAR.search(whole) and len(_PRONOUN.findall(whole[:20_000])) >= 3:
        score += 1.3
        reasons.append("någons närstående")
    if mine:
        score += 1.3 + (1.0 if ordered or worry else 0)
        reasons.append("någons eget ärende")
    if agency and (numbers or people or ordered):
        score += 2.0
        reasons.append("en myndighets fråga om en enskild")
    if len(english) >= 3:
        score += 2.2
        reasons.append("iakttagelser om en enskild, på engelska")
    if _CASE_PAPER.search(whole) and (numbers or re.search(r"individutskott|individärende", whole, I)):
        score += 2.0
        reasons.append("handling i ett individärende")
    if _INCIDENT.search(whole) and _NAMED_ONE.search(whole) and not _MANY.search(title):
        score += 3.6
        political = max(0.0, political - 2.5)  # "rapport" in its title makes it no politics
        reasons.append("rapport om en namngiven person")
    told = signs(whole, known_names(material))
    alive = told.person >= _SINGLED and told.life >= _LIVED
    if alive and SUPERVISOR.search(whole) and told.person >= 2.5:
        political = max(
            0.0, political - 3.0
        )  # a supervisor who asks about one person's matter asks for a statement too
    if alive and numbers:
        political = max(0.0, political - 2.5)  # a personnummer beside somebody's life leaves nothing in general
    elif alive and told.person >= 3.5 and not _a_paper(material) and not _of_nobody(whole):
        political = max(0.0, political - 1.5)
    if _APPLIES_FOR.search(f"{material.subject}\n{material.original_subject}") and not _a_paper(material):
        score += 2.6
        political = max(0.0, political - 1.5)  # "e-tjänst" and "stöd" are words of politics too
        reasons.append("en enskilds ansökan")
    doubtful = False
    if report_title and unread and political < 2:
        score += 1.0
    if alive:
        lived = (min(told.person, 4.0) + min(told.life, 4.0)) / 2
        if lived > score:
            score = lived
            doubtful = lived - political < 1.6 and not reasons
            reasons.append("det rör en enskilds liv")
    if alive and reasons == ["det rör en enskilds liv"]:
        # A complaint of streets and snow tells of neighbours too.
        political += min(2.4, 0.6 * len({t.lower() for t in _STREETS.findall(whole)}))
    if away and told.person < 1:
        political += 3.0  # an absent colleague tells where reports of worry go
    if to_many and told.person < 2 and not numbers:
        political += 5.0  # what is sent to many tells of nobody that they know
    secret = score - political >= 0.9 and (score >= 1.6 or (score >= 1.2 and political < 0.4))
    if (
        not secret
        and score >= 2.0
        and political < 2.5
        and (told.person >= 2.0 or mine or not alive)
        and score - political >= -0.2
    ):
        secret = doubtful = True
    if secret and reasons == ["någons närstående"]:
        doubtful = True  # a parent's complaint may speak so too
    if not secret and political < 1.0 and foreign(_own_words(material)):
        secret = doubtful = True
        reasons.append("brev på ett språk som boten inte läser")
    worried = report or bool((people or told.person >= 2.5) and worry) or len(english) >= 3 or fields >= 2
    return Verdict(
        secret,
        tuple(reasons) if secret else (),
        worried and not (mine and not report) and not (agency and not report and not (worry and _POLICE.search(whole))),
        doubtful,
    )


def _of_nobody(whole: str) -> bool:
    """Is what is told made up, made anonymous, or an artist's own story?"""
    return bool(_FICTION.search(whole) or _UNNAMED.search(whole)) or len({*_CULTURE.findall(whole)}) > 1


def _a_paper(material: Material) -> bool:
    """Is there a motion, a missiv, a referral: a paper that politics is made of?"""
    return any(d.genre in _PAPER for d in (material.main, *material.attached))


def known_names(material: Material) -> frozenset[str]:
    """The names of those who write and are written to, word by word in lower case: no one else's are meant."""
    parties = [material.author, material.forwarded_by, *material.addressees]
    names = " ".join(f"{p.name or ''} {(p.address or '').split('@')[0]}" for p in parties if p)
    signed = " ".join(line for line in material.signature.split("\n")[:2])
    return frozenset(w for w in re.findall(r"[^\W\d_]{3,}", f"{names} {signed}".lower()))


def _own_words(material: Material) -> str:
    return "\n".join([material.subject, material.main.text, material.preface.text])


def _political(material: Material, whole: str, title: str) -> float:
    """How much speaks for politics or administration: papers, words, parties."""
    score = 0.0
    if _TITLE.search(f"{material.subject}\n{material.original_subject}"):
        score += 2.2
    elif _TITLE.search(title):
        score += 1.4
    if _a_paper(material):
        score += 1.5
    met = {w.lower() for w in _POLITICS.findall(whole)}
    score += min(2.5, 0.35 * len(met))
    if _PARTY.search(whole):
        score += 1.5
    if _PLURAL.search(whole):
        score += 0.4
    if _UNNAMED.search(whole):
        score += 1.5
    if _IN_GENERAL.search(whole):
        score += 1.5
    score += 2.5 if _WORK.search(whole) else 0.0
    score += min(3.0, 1.5 * len({s.lower() for s in _STUDY.findall(whole)}))
    parties = {p.lower() for p in _PARTIES.findall(whole)}
    score += min(2.4, 0.8 * len(parties)) if len(parties) > 1 else 0.0
    score += 2.0 if _FICTION.search(whole) else 0.0
    score += min(3.0, 0.9 * len({m.lower() for m in _TO_MANY.findall(whole)}))
    score += min(4.0, 1.1 * len({c.lower() for c in _CULTURE.findall(whole)}))
    if (
        _CASE_PAPER.search(whole)
        and re.search(r"individutskott|individärende|sekretess", whole, I)
        and any(_born(m) for m in _NUMBER.finditer(whole))
    ):
        score -= 2.5
    return max(0.0, score)


def _born(match: re.Match[str]) -> bool:
    """Is it a personnummer or samordningsnummer: does it begin with a day?"""
    year, month, day = (int(g) for g in (match[1] or match[4], match[2] or match[5], match[3] or match[6]))
    day -= 60 if day > 60 else 0
    try:
        dt.date(2000 + year, month, day)
    except ValueError:
        return month == 2 and day == 29
    return True
