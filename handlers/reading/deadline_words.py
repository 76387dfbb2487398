"""Words around a day that make it a deadline, or that tell that it is none."""

from __future__ import annotations

import re

from .grouped import one_of

I = re.I  # noqa: E741 - the tables below are read more easily so

BY = one_of(r"\b(?:senast|allra senast|seneast|senest|(?:no|not) later than|at the latest by)\b:?(?: \S+){0,7}? ?$")
LAST = one_of(
    r"\b(?:sista (?:svars)?dag(?:en)?|svarsdag(?:en)?|sista datum|svarsdatum|svarstid(?:en)?|remisstid(?:en)?|samrådstid(?:en)?|granskningstid(?:en)?|svarsfrist(?:en)?|deadline|sista inlämningsdag|sista remissdag|tidsfrist(?:en)?|frist(?:en)?|sista dag för (?:svar|yttrande|synpunkter)|svar senast|datum för svar|åter senast|yttrande senast)\b[^.!?]{0,70}$",
)
BEFORE = re.compile(
    r"\b(?:före|innan|till och med|t\.? ?o\.? ?m\.?|fram till|tillhanda|inför|till|vid)\b(?: [^\s.!?]+){0,7}? ?$", I
)
GRANTED = one_of(
    r"\b(?:anstånd|hålla öppet|väntar (?:gärna )?in|kan vänta|sträcka oss|ligger fast|kvarstår|längre (?:svars|remiss)?tid|mer tid|uppskov|förläng\w+|framflytta\w*|flytta[st]?\w*|flyttad|ändra[st]?\w*|ny (?:svars|remiss)?(?:tid|dag)\w*|nytt datum|rätt datum|korrekt datum|rätt dag|utökad tid|respit|skjuts upp|senareläg\w+)\b",
)
ANSWERS = one_of(
    r"\b(?:svar\w*|yttra\w*|yttrande\w*|besvar\w+|synpunkt\w*|återkom\w*|återrapport\w*|redovis\w+|redogör\w*|inkom\w*|(?:kommit|komma) in|meddela\w* (?:oss|myndigheten|\w+verket|\w+inspektionen|till)|tillhanda|emotse\w*|rapporter\w*|(?:betalas?|betala) tillbaka|återbetal\w*|remiss\w*|handlingsplan\w*|åtgärd\w*|komplett\w*|behandla\w*|beredas?|skicka\w*|insän\w+|lämna\w*|inlämn\w+|önska\w*|begär\w*|uppgifter|underlag\w*|ställningstagande\w*|åter|beslut\w*|återredovis\w*|tjänsteskrivelse\w*|presenter\w*|uppfyll\w*|avstämning\w*|respond|reply|answer|statement|comments?)\b",
)
MUST = one_of(
    r"\b(?:ska|skall|måste|behöver|bör|får i uppdrag|uppdra|uppdras|uppdrar|ges i uppdrag|anmodas|förväntas|förväntar (?:oss|sig)|önskar|önskas|emotser|ber|begär|vill)\b",
)
REPORTS = one_of(
    r"\b(?:återrapport\w+|presenter\w*|återkom\w+|redovis\w+|rapporter\w+|återredovis\w+|svara|besvara\w*|yttra\w*|behandla\w*|inkomma|lämna\w*|lämnas)\b",
)
RECENTLY = one_of(
    r"\b(?:har(?! (?:möjlighet|rätt|tid|att|till|på))|hade|blev|var|reviderad\w*|uppdaterad\w*|ändrad\w*|skärpts?|antogs|behandlades|granskades|besöktes|skedde|gjordes|granskade|fastställd\w*|beslutades|kontrollerades|genomfördes|uppmärksammades|nu)\b[^.,;]{0,45}\bsenast\b[^.,;]{0,12}$|\bsenast (?:under|i|vid|19\d\d|20[0-2]\d(?!-)|reviderad|ändrad|uppdaterad|antagen|granskad|genomförd)\b[^.,;]{0,14}$",
)
OTHER = one_of(
    r"\b(?:anmäl(?:an|ning|er|ning(?:en)?)? (?:\w+ ){0,4}senast|anmäl (?:er|dig)|sista anmälning\w*|kurs\w*|utbildningstillfälle|seminari\w+|webbinari\w+|föreläsning\w*|överklaga\w*|laga kraft|anslag\w*|giltig\w*|revider\w*|åter den|semester\w*|informationstillfälle|dialogmöte\w*|konferens\w*|faktura\w*|öppet|nominer\w*|justera[ds]?\w*|protokollet justeras|gallr\w+|träder i kraft|trädde i kraft|gäller från|tidsperiod\w*|under perioden|intervju\w*|studiebesök\w*|o\.s\.a|osa)\b",
)
GENERAL = one_of(
    r"\b(?:motioner (?:ska|skall|bör|besvaras)|medborgarförslag (?:ska|skall|bör)|interpellationer (?:ska|bör)|målsättning\w*|enligt (?:[\wåäö]{2,40} )?(?:[\wåäö]{0,40}(?:regler|principer|policyn?)(?:na)?) (?:ska|skall|bör)|nämnd(?:er)? som|enligt (?:kommunallagen|lag|arbetsordningen|förvaltningslagen|SoL|socialtjänstlagen|riktlinjen?|reglementet)|kommunallagen|lagstadga\w*|lagen|lagkrav\w*|förhandsbedömning\w*|skyddsbedömning\w*|utredning(?:ar|en)? (?:ska|skall|bör)|inom (?:24|48) timmar|verkställ\w*|rutin(?:en)?|alltid|normalt|vanligtvis|regel)\b",
)
US = one_of(
    r"\b(?:svar(?:et|en)?|yttrande(?:t|na)?|synpunkter(?:na)?|återkom\w*|inkomma|inkom|komm(?:a|er|it) in(?: med)?|svarar?|yttrar?|återrapport\w*|redovis\w+|redogör\w*|tillhanda|emotser|handlingsplan|komplettera\w*|presenter\w*|avstämning\w*|åtgärdsplan\w*|lämna in|skriftligt meddela|meddela oss|remissvar\w*|svaren|uppfyll\w*|avge|avger|underteckn\w+|underskrift\w*|høringssvar\w*|uttalelse\w*|behöver (?:\w+ ){0,3}besked\w*|vill ha (?:\w+ ){0,3}besked\w*|vill få (?:\w+ ){0,3}besked\w*|önskar? (?:\w+ ){0,3}besked\w*|önskas (?:\w+ ){0,3}besked\w*|ber om (?:\w+ ){0,3}besked\w*|emotser (?:\w+ ){0,3}besked\w*|inväntar (?:\w+ ){0,3}besked\w*|lämna (?:\w+ ){0,3}besked\w*|ge (?:\w+ ){0,3}besked\w*|besked (?:skulle|behöver|önskas|vill|ska)|undertecknat|reach us|reply|respond|response|comments)\b",
)
VAGUE = one_of(
    r"\b(?:snarast(?: möjligt)?|omgående|så snart som möjligt|så fort som möjligt|skyndsamt|utan dröjsmål|med vändande post|i god tid|(?:före|innan|inför) (?:sommaren|sommaruppehållet|sommarledighet\w*|sommarsemest\w*|semest\w+|midsommar|jul(?:en|uppehållet|helgen)?|påsk(?:en)?)|under (?:våren|sommaren|hösten|vintern))\b|\b(?:till|inför|vid|senast vid|senast till) (?:nästa|nästkommande|kommande|närmast(?:e)?) (?:sammanträde|nämndsammanträde|möte|fullmäktige\w*|kommunfullmäktige\w*|kommunstyrelse\w*)\b",
)
CHAIN = one_of(
    r"\b(?:av|i|till|innan|före|inför|vid) (?P<body>kommunstyrelsens arbetsutskott|kommunstyrelsen|kommunfullmäktige|fullmäktige|regionfullmäktige|regionstyrelsen|KSAU|KS|KF)(?:s)?\b",
)
NAMND = re.compile(
    r"\b(?:(?:tekniska|sociala|gemensamma|kulturella) |[\wåäö]{1,40}- (?:och|samt) )?[\wåäö-]{0,40}(?:nämnden|nämnderna|nämnd|styrelsen|bolaget|förvaltningen|KSAU)\b",
    re.I,
)
OLD = one_of(
    r"\b(?:tidigare (?:angiv\w+|datum\w*|svarsdag\w*|svarstid\w*|meddela\w*)?|angavs|angetts|angav|bortse från|i stället för|istället för|ursprunglig\w*|det var fel|felaktig\w*|gamla|från(?! och med)|inte längre|ersätter|stod)\b[^.]{0,50}$",
)
HEADING = re.compile(
    r"\b(?:sista (?:svars)?dag|svarsdatum|svar senast|svarstid|remisstid|yttrande senast|senast|tillhanda|slutredovisning|återrapportering|svar enligt följande|svarstider|svarsdagar)\b",
    I,
)
NEXT = re.compile(
    r"^\W*(?:sista (?:svars)?dag\w*|svarsdatum|svar senast|svarstid|remisstid|deadline|yttrande senast|senast|svar önskas senast|datum för svar)\W*$",
    I,
)
DUTY = re.compile(
    r"^\W*(?:\d+[.)] ?)?(?P<who>(?:(?:[\wåäö]{1,40}-|[\wåäö]{3,40}nämnden|[\wåäö]{3,40}styrelsen) (?:och|samt) )?[\wåäö-]{0,40}(?:styrelsen|nämnden|bolaget)) (?:(?:ska|skall|bör|har att|ombeds|behöver) (?:svara|yttra|besvara|inkomma|lämna|redovisa|återkomma|rapportera|återrapportera|ta fram)|lämnar (?:sitt|sina|ett) (?:svar|yttrande)|svarar|yttrar sig|inkommer|(?:får|ges|har) i uppdrag|uppdras|åläggs|ansvarar för)\b",
    I,
)
RANGE = re.compile(
    r"\W*(?:[-–—]|till(?: och med)?|t\.?o\.?m\.?)\W*(?:den )?(?:\w{2,3}dag(?:en)? )?(?:den )?", I
)  # "16 februari - 31 maj"
# The day that has passed: a reminder tells of it, and it counts only where no new day is given.
OVERDUE = one_of(
    r"\b(?:skulle (?:ha |egentligen |senast |varit|lämna|inkomm|komm|svara)|borde (?:ha|varit)|(?:gick|gått|löpte|löpt) ut|passera\w*|förföll|förfallit|försena\w*|svarsdag\w* var|(?:svars|remiss)?(?:tid|frist)en var|sista (?:svars)?dag(?:en)?(?: för \w+)? var)\b",
)
# A day that takes an older one's place: said of the answer's day, not of what the letter is about.
CORRECTS = re.compile(
    r"\b(?:fel(?:aktig\w*|aktigt)? (?:sista )?(?:svars?|remiss|sista )?(?:dag\w*|datum\w*|tid\w*)|rätt (?:svars?)?(?:dag|datum|tid)\b|korrekt (?:svars?)?(?:dag|datum)|rätta[rst]* (?:svarsdag\w*|datum\w*|svarstid\w*)"
    r"|(?:svars|remiss|samråds)(?:tiden|dagen|datumet|fristen|tid|dag|datum) (?:[\wåäöÅÄÖ]{1,30} ){0,6}?(?:förläng|ändra|flytta|framflytta|skjut|senarelägg|utöka|felaktig|fel\b)\w*|(?:förläng|ändra|flytta|framflytta|senarelägg|utöka)\w* (?:vi )?(?:härmed )?(?:sista )?(?:svars|remiss|samråds)(?:tid|dag|datum|frist)\w*"
    r"|ny(?:tt)? (?:sista )?(?:svars|remiss)(?:tid|dag|datum|frist)\w*|ny(?:tt)? (?:sista dag|datum|tid) för (?:svar|yttrande)\w*|(?:får|beviljas|beviljar|beviljats|medges|medger|ges|ger) (?:\w+ ){0,3}(?:anstånd|förlängd \w*tid|respit)|anstånd (?:beviljas|medges|till)\b|bortse från (?:tidigare|det|den)|(?:får|ges|har) (?:\w+ ){0,2}längre tid|ska i stället (?:vara|lämnas|skickas)|(?:fel|felaktig\w*) (?:angiv\w+|uppgift|i vårt utskick))",
    I,
)
ASKS_GRACE = re.compile(
    r"\b(?:kan (?:vi|ni)|skulle (?:vi|ni)|begär|ansöker|anhåller|ber om|hinner inte|önskar få|möjligt att få)\b", I
)

# Said every year, month or week: a routine, no last day of this letter.
RECURRING = re.compile(r"^\W{0,3}(?:varje|vart(?:annat)?|årligen|respektive|per) ?(?:år|månad|vecka|termin|läsår)?", I)
# Counted back from a meeting: "senast en vecka före träffen".
BACK_FROM = re.compile(
    r"\b(?:senast )?(?P<n>en|ett|två|tre|fyra|fem|tio|fjorton|\d{1,2}) (?P<unit>arbetsdag(?:ar)?|dag(?:ar)?|veck(?:a|or)) (?:före|innan|inför) (?:\w+ )?(?:träffen|mötet|besöket|intervjun|sammanträdet|dialogen|samtalet|nämndmötet)\b",
    re.I,
)
# "Rätt ska vara torsdagen den 30 juni."
RIGHTED = re.compile(
    r"\b(?:rätt|korrekt|riktig[at]?)\b[^.]{0,40}\b(?:ska vara|är|datum|dag|blir)\b|\bska (?:det )?(?:vara|stå)\b", I
)
# What shall be done stands in the sentence before: "De behöver vara hos oss …".
POINTS_BACK = re.compile(r"^\W*(?:de|det|den|dessa|detta|denna|allt|båda)\b(?! \w+(?:ska|skall)? beslut)", I)
# Nothing but a body and a day: a row of a table.
ROW_WORDS = re.compile(r"[^\W\d_]{2,}")

# The same day once more: "på fredag nästa vecka, alltså den 11 februari", "torsdag nästa vecka (14/10)".
SAME_DAY = re.compile(
    r" ?(?:nästa vecka|i nästa vecka)?[ ,(]*(?:alltså|dvs\.?|d\.v\.s\.|det vill säga|närmare bestämt)? ?(?:den )?\(?", I
)
# What was moved in the debate and may have fallen.
MOVED = re.compile(r"\b(?:yrkar|yrkade|reserverar sig|deltar inte)\b", I)

# Another body answers, and wants ours first.
OURS_TOO = re.compile(r"\b(?:behöver|önskar|vill ha|emotser)\b[^.]{0,30}\b(?:nämndens|nämndernas|er|ert|era)\b", I)

# What comes of it if the day is not kept: "annars hinner ärendet inte med till kommunstyrelsen i juni".
ELSE = re.compile(r"\b(?:annars|i annat fall|för att (?:\w+ ){0,4}(?:hinna|kunna)|så att (?:ärendet|vi))\b[^.]*$", I)
# A correction's "4 december (i stället för 21 november)".
NOT_THE_OLD = re.compile(r"\W{0,3}(?:i stället för|istället för|och inte|inte)\b", I)
