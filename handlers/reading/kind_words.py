"""Words by which a letter's kind is known, each a pattern that one can read."""

from __future__ import annotations

import re

from .grouped import one_of

I = re.I  # noqa: E741 - the tables below are read more easily so

REVISION = one_of(
    r"\b(?:revisor\w*|revisionen(?:s)?|revision(?:s)?(?:granskning\w*|rapport\w*|skrivelse\w*|missiv\w*|fråg\w+|kontor\w*)|(?:kommun|stads|region|lekmanna)revision\w*|(?:kommun|stads)revisor\w*|stadsrevisionen)\b",
)
FIRMS = one_of(r"\b(?:kpmg|pwc|deloitte|ernst & young|ey|helseplan|pricewaterhouse\w*)\b")
MOTION = re.compile(r"\bmotion(?:en|er|erna|ens|är\w*|stext\w*)?\b", I)
CITIZEN = re.compile(r"\bmedborgarförslag\w*|\be-förslag\w*|\binvånarförslag\w*", I)
# An enkel fråga that does not call itself one: by whom it is put to.
PUT_TO = re.compile(
    r"^[^\w\n]*(?:skriftlig )?fråga(?: ställd)? till\b.{0,60}\b(?:ordförande\w*|kommunalråd\w*|oppositionsråd\w*|inför KF)",
    re.I | re.M,
)
RAISES = re.compile(
    r"\b(?:ledam[oö]t\w*|ersättare|vi \w+(?:demokrater|partister)|vi i \w+)\b[^.\n]{0,80}\b(?:vill |önskar |ber att få )?väck(?:er|a) (?:frågan|ett ärende|ärendet|följande)",
    re.I,
)
QUESTION = re.compile(r"\binterpellation\w*|\benkel fråga\b|\benkla frågor\b|\benkla frågan\b", I)
INITIATIVE = one_of(
    r"\b(?:nämnds?initiativ|ledamotsinitiativ|ledamotsförslag|initiativärende|utskottsinitiativ)\w*|\binitiativ (?:från|av|om|till nämnden)\b|\bväck(?:er|t|a) (?:därför |härmed )?(?:ett )?ärende|\bärende väckt av",
)
REFERS = re.compile(
    r"\bbegär(?:an)? om (?:yttrande|synpunkter|remissvar|svar|ett yttrande)|\bför (?:ert |nämndens |ett )?yttrande\b|\bpå remiss (?:till|från|hos er)|\b(?:skickas|sänds|går|ute|ligger) (?:nu |härmed )?(?:ut )?på remiss\b|\bremitter(?:as|ar|at|ats|ing)\b"
    r"|\b(?:remissvar|svar på remissen|remissen|remissinstans\w*|remisstid\w*|remiss från|remiss:|internremiss\w*|remissmissiv|remissomgång\w*)|\byttrande(?:t)? (?:ska|skall|önskas|emotses|begärs|lämnas|över .{0,80} lämnas|behöver|förväntas|inlämnas|sänds)"
    r"|\bbegär\w* [\wåäö -]{0,40}(?:yttrande|svar|synpunkter)\b|\b(?:vill ha|behöver|önskar|efterfrågar|ber om|inhämtar) (?:[\wåäö-]+ ){0,3}(?:yttrande|synpunkter)\b|\b(?:yttra sig|yttra er|inkomma med (?:ett )?yttrande|lämna (?:sitt|ert|ett)? ?yttrande|nämndens yttrande|ert yttrande|anmodas)\b|\b(?:ges|bereds|får(?: nu)?|erbjuds|har|ger) (?:er |nämnden |härmed )?(?:tillfälle|möjlighet(?:en)?) att (?:yttra|lämna (?:in )?synpunkter|inkomma|svara)"
    r"|\b(?:synpunkter|svar) (?:ska|önskas|emotses|lämnas|behöver|skickas)|\btill nämnden för beredning\b|\bför beredning till (?:nämnden|er)\b|\bbered(?:a|er) motionen\b|\bvälkom(?:nar|na) (?:era|nämndens|remissvar|synpunkter)|\blämna synpunkter på\b|\bsamråd(?:et)? (?:om|av|enligt|gällande|för|kring)\b|\binbjudan till samråd|\binbjud(?:s|er)? (?:er |ni |härmed |kommunen |nämnden )*(?:till |att )?(?:att )?(?:yttra|lämna synpunkter|svara)|\btjänsteskrivelse .{0,40} till kommunstyrelsen",
    I,
)
REFERS_SUBJECT = one_of(
    r"\b(?:remiss(?!var)\w*|begäran om (?:yttrande|svar|synpunkter)|för yttrande|yttrande (?:senast|begärs|önskas|emotses)|samråd(?:shandling\w*|sremiss)?|internremiss|inbjudan att (?:lämna|yttra|svara)|lämna synpunkter på|påminnelse\b.*(?:yttrande|remiss|svar)|(?:ny|förlängd|ändrad|ändrat) (?:svarstid|remisstid|svarsdag|svarsdatum))",
)
NOT_REFERS = one_of(
    r"\b(?:återkoppling på (?:\w+ )?yttrande\w*|hur (?:ert|nämndens|vårt) (?:remissvar|yttrande|svar) (?:har )?(?:hanterats|beaktats|behandlats)|kan komma (?:senare|att)|kommer (?:därefter|sedan|sen|så småningom|i höst|i vår|senare) (?:ut )?på remiss|inte göra något ännu|var på remiss|varit på remiss|var ute på remiss|har varit ute på remiss|kommer (?:eventuellt )?senare|har (?:getts|fått|beretts|givits) (?:tillfälle|möjlighet) att (?:yttra|lämna)|inte på remiss|inget yttrande|inte något yttrande|behöver inte yttra|begär inte|inte något ytterligare|som tillfredsställande|har vid sammanträde\w* [^.]{0,40}behandlat det yttrande|ska inte besvaras|för kännedom\b.{0,60}\binget svar)",
)
EXTENDS = one_of(
    r"\b(?:anstånd|längre (?:svars|remiss)tid|uppskov|ny svarstid|förlängd (?:svarstid|remisstid|tid)|svarstiden (?:förlängs|ändras|flyttas)|påminnelse|påminner om|vi saknar (?:ert|nämndens|svar)|har (?:ännu )?inte (?:fått|inkommit|mottagit|svarat))",
)
MINUTES = one_of(
    r"\b(?:protokollsutdrag|sammanträdesprotokoll|utdrag ur (?:sammanträdes)?protokoll|protokoll(?:et)? från|beslutsexpediering|expediering av beslut|beslutsmeddelande|beslutsunderrättelse|expediering|utdrag från protokoll)\b",
)
MINUTES_SUBJECT = re.compile(
    r"^\W*(?:beslut\b|§ ?\d+|(?:KF|KS|kommunstyrelsens?|kommunfullmäktiges?)\b.{0,30}(?:beslut|§)|.{0,40}\bbeslut (?:i (?:ärende|motion|\w{0,20}utskott)|(?:i )?(?=KF|KS|kommun|\w*nämnden)|från|av|KF|KS|kommun\w+|\w*nämnden)\b|utl(?:åtande|\.)? \d{4}:)|§ ?\d+",
    I,
)
BODY = r"(?:kommunfullmäktige|kommunstyrelsen(?:s arbetsutskott)?|regionfullmäktige|regionstyrelsen|fullmäktige|stadsdelsnämnden|\w{0,40}nämnden|\w{0,40}utskottet|KF|KS)"
DECIDED = re.compile(
    rf"\b{BODY}\b(?: i [A-ZÅÄÖ]\w+)? (?:har )?(?:vid (?:sitt )?sammanträde\w* )?(?:den )?(?:\d{{1,2}} \w+ )?(?:\d{{4}}[-\d]* )?(?:§ ?\d+ )?(?:har |att )?(?:beslutade|beslutar|beslöt|beslutat|avslog|biföll|bordlade|återremitterade|avskrev|ställde sig bakom|godkände|antog|föreslår (?:kommun|region)?fullmäktige)",
    I,
)
DECISION_HEAD = re.compile(rf"^\W*(?:{BODY}s? beslut(?:ar)?|beslut|utlåtande \d{{4}}:\d+.*)\s*:?\s*$", I)
ANSWER = re.compile(
    r"^\W*(?:(?:dnr:? ?)?[A-ZÅÄÖ]{1,6}[ -]?\d{4}[/:-]\d[\d-]{0,12}\W+)?(?:(?:remiss)?(?:yttrande|svar)(?:et)?\b(?! senast| önskas| emotses| krävs| saknas| begärs| ska\b| behövs| från er| till oss)|(?:\w+nämndens|kommunstyrelsens|nämndens|vårt|förvaltningens) (?:remiss)?(?:yttrande|svar)\b(?! ska| skall| önskas| senast)|svar på\b|yttrande över|remissvar|återkoppling (?:på|av)|återrapportering|redovisning av åtgärder|(?:[\wåäö]+s )återkoppling (?:på|av)|översänder (?:härmed )?(?:nämndens )?(?:yttrande|svar))",
    I,
)
ANSWERS = one_of(
    r"\b(?:bifogat|bifogas|här kommer|översänd(?:er|s)|överlämna[rs]|lämnar) (?:härmed |finns |här )?(?:\w+nämndens|nämndens|kommunstyrelsens|vårt|förvaltningens|ett)? ?(?:remissvar|svar|yttrande)\b|\bhar inga synpunkter\b|\bavstår från att (?:yttra|svara|lämna)|\bavstyrker\b|\btillstyrker\b|\bnämnden lämnar följande (?:svar|yttrande)",
)
OUR_ANSWER = re.compile(
    r"\bsom (?:sitt|nämndens|eget|svar)\b.{0,12}\b(?:svar|yttrande|på)\b|\bsitt svar på|^\W*(?:tjänsteutlåtande\W+)?svar på (?:remiss|begäran)",
    I,
)
OFFICE = one_of(r"\b(?:tjänsteskrivelse|tjänsteutlåtande|ärendeunderlag)\w*")
COMING = one_of(
    r"\b(?:intervju\w*|frågorna (?:hittar|finns|bifogas|framgår)|presidiedialog\w*|(?:årets|årlig) dialog\w*|svarar? (?:skriftligt )?på (?:frågorna|följande frågor|nedanstående)|inför (?:mötet|träffen|dialogen|besöket|intervjun)|(?:mötet|träffen|dialogen) [^.]{0,60}\b(?:äger rum|hålls)|vill (?:revisorerna|vi) träffa|kontaktperson\w*|kontaktuppgift\w*|inhämta|underlag för granskningen|kommer att (?:granska|genomföra|inleda)|ska (?:granska|genomföra en)|har (?:fått|givits) i uppdrag|fått i uppdrag|givits i uppdrag|påbörja\w*|inled(?:er|s|ande)|uppstart\w*|planera\w* granskning|granskningsplan|faktakontroll\w*|faktagranska\w*|sakgransk\w*|faktaavstäm\w*|enkät\w*|besvara (?:bifogade |följande |nedanstående )?frågor\w*|inför (?:vår |revisorernas |kommande )?granskning\w*|ta del av (?:följande )?(?:dokument|underlag)|skicka (?:följande )?(?:dokument|underlag))\b",
)
DONE = one_of(
    r"\b(?:rekommend\w+|har (?:med [^.]{0,60} )?(?:granskat|genomfört)|genomförd granskning|genomfört en|emotser|önskar (?:svar|nämndens svar|ett svar|yttrande|få svar|få ta del)|yttrande (?:senast|från nämnden)|för yttrande|missiv|granskningsrapport\w*|revisionsrapport\w*|rapporten|överlämnar|slutsats\w*|översänd\w+)\b",
)
QUALITY = one_of(
    r"\b(?:kvalitetsgranskning\w*|kvalitetsuppföljning\w*|avtalsuppföljning\w*|verksamhetsuppföljning\w*|socialtjänstinspektör\w*|kvalitetscontroller\w*|verksamhetsgranskning\w*|kvalitetsberättelse\w*|kvalitetsrapport\w*)\b|^\W*(?:granskning|uppföljning) av\b",
)
HANDOUT = one_of(
    r"\b(?:begär(?:an|a)?(?: att)?(?: om)?(?: att)?(?: få)?(?: ut| ta del av)|utlämnande av|ta del av|få ut|få ta del av|lämna ut|begäran om)\b[^.\n]{0,80}\b(?:allmän(?:na)? handling\w*|handlingar(?:na)?|e-postlogg\w*|e-postlista\w*|diarielist\w*|postlist\w*|[\wåäö]*avtal\w*|protokoll\w*|tjänsteskrivels\w*|dokument\w*|kopi\w+)|\benligt (?:offentlighetsprincipen|2 kap\. tryckfrihetsförordningen|tryckfrihetsförordningen)|\bmed stöd av offentlighetsprincipen|\boffentlighetsprincipen\b",
)
SUMMONS = re.compile(
    r"^\W*(?:kallelse|föredragningslista|dagordning|sammanträdeshandlingar|kallelse och handlingar|inbjudan till (?:sammanträde|nämndmöte))\b|\bkallelse till\b|\bkallas (?:härmed )?till sammanträde",
    I,
)
OPINION = one_of(
    r"\b(?:synpunkt(?:er)?(?: på)?|klagomål|felanmälan|beröm|frågor? om|undrar|missnöjd|lägga ner|lyssna på oss|nedläggning\w*|besviken|upprörd|(?:jag|vi) (?:tycker|anser|protesterar))\b",
)
PRESS = one_of(
    r"\b(?:avregistrera|avprenumerera|unsubscribe|prenumer\w+|nyhetsbrev\w*|läs (?:det )?i (?:din )?webbläsare\w*|view in browser|newsletter|veckobrev|månadsbrev)\b",
)
JUNK = one_of(
    r"\b(?:erbjudande\w*|rabatt\w*|kampanjpris\w*|klicka här|vinnare|vunnit|lotteri|bitcoin|krypto\w*|casino|viagra|lån utan|boka (?:en )?demo|gratis (?:demo|provperiod|konsultation)|köp nu|limited offer|click here|inheritance|million (?:usd|dollars|euro)|seo|search engine|dear (?:friend|sir|beneficiary|customer)|ert konto|ditt konto|verifiera (?:ert|ditt)|lösenord(?:et)? (?:går|upphör|har gått)|vi erbjuder er|prisvärda|specialpris|säljare|marknadsledande|offert\w*|uppgradera er|key account manager|visste du att|till en demo|för en demo|minuter för en|lediga platser|svara stopp|tipsa en kollega|avropa\w*|kr/dygn|fri entré|boka plats|anmälan är bindande|kostnad: ?\d[\d ]*kr|pris:? \d[\d ]*kr|avregistrera dig|i publiken|lediga dagar|mailbox (?:is )?full)\b",
)
DECIDED_BY = re.compile(
    rf"\b(?:återremitterades|bordlades|avslogs|bifölls|avskrevs|godkändes|beslutades) (?:av|i|vid) {BODY}", I
)
FOLLOWING = one_of(
    r"\b(?:lämnar|avger|yttrar sig|svarar|anför)\b[^.\n]{0,40}\bföljande\b|\bhar behandlat (?:remissen|ärendet|motionen)\b|\böverlämnar (?:härmed )?(?:sitt |detta )?(?:svar|yttrande)\b",
)
MAY_BE_PUT = re.compile(
    r"\b(?:får|fick|medges?|medgav|kan) (?:att )?(?:interpellationen |frågan )?(?:ställas|framställas)\b", I
)
SUPERVISOR = re.compile(
    r"\b(?:Inspektionen för vård och omsorg|IVO|Arbetsmiljöverket|Skolinspektionen|Skolväsendets överklagandenämnd|Integritetsskyddsmyndigheten|IMY|Riksdagens ombudsmän|Justitieombudsmannen|JO|Justitiekanslern|JK|Diskrimineringsombudsmannen|Barn- och elevombudet|Livsmedelsverket|Konkurrensverket|Upphandlingsmyndigheten|Elsäkerhetsverket|Riksarkivet)\b"
)
SUPERVISES = one_of(
    r"\b(?:ska|skall|föreläg\w+|anmoda\w*|begär\w*|bereds|ges|ombeds|måste|uppmana\w*)\b[^\n]{0,160}\b(?:yttra\w*|(?:be)?svara?\w*|redovisa\w*|redogör\w*|inkomma|komma in|kommit in|inkommit|meddela\w*|lämna\w*|skicka\w*|åtgärda\w*|vidta\w*|synpunkter|tillhanda|uppfyll\w*)\b|\b(?:yttrande|svar|redovisning|synpunkter|handlingar|uppgifter)\b[^\n]{0,80}\bska\b",
)
INVITES = re.compile(
    r"^\W*(?:inbjudan|inbjuder|(?:utbildning|konferens|seminarium|webbinarium|nätverksträff|frukostmöte|informationsmöte|temadag)\b(?: om|:| -| –)|välkommen (?:till|på)|välkomna till|save the date)\b|\binbjudan till\b(?! samråd| att)",
    I,
)
APPLIES = re.compile(
    r"\bansökan om (?:[\wåäö-]+ ){0,3}?[\wåäö-]{0,30}(?:bidrag\w*|medel|tillstånd|sponsring|upplåtelse|dispens|planbesked|projektmedel|föreningsstöd|verksamhetsstöd)\b",
    I,
)
AGREES = one_of(r"\b(?:[\wåäö]{0,30}avtal(?:et|sförslag)?|överenskommelse(?:n)?|avsiktsförklaring(?:en)?)\b")
RESIGNS = one_of(r"\b(?:avsägelse\w*|avsäger mig|entledigande\w*)\b")
AWAY = one_of(
    r"\b(?:jag är (?:på )?(?:semester|ledig|tjänstledig|föräldraledig|sjuk\w*|borta|bortrest|frånvarande|inte på)|åter (?:på|i|den|igen|\w+dag)|tillbaka (?:på|i|den|igen|\w+dag)|läser inte (?:min |mina )?(?:e-?post|mejl|mail)\w*|har semester|nås (?:inte|på))\b",
)
