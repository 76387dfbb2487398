"""The municipalities and regions of Sweden: how each is written, found from the mail domain it writes from."""

from __future__ import annotations

import re

from .characters import fold

_NAMES = """Ale Alingsås Alvesta Aneby Arboga Arjeplog Arvidsjaur Arvika Askersund Avesta Bengtsfors Berg Bjurholm Bjuv Boden Bollebygd Bollnäs Borgholm Borlänge Borås Botkyrka
Boxholm Bromölla Bräcke Burlöv Båstad Dals-Ed Danderyd Degerfors Dorotea Eda Ekerö Eksjö Emmaboda Enköping Eskilstuna Eslöv Essunga Fagersta Falkenberg Falköping Falun Filipstad
Finspång Flen Forshaga Färgelanda Gagnef Gislaved Gnesta Gnosjö Gotland Grums Grästorp Gullspång Gällivare Gävle Göteborg Götene Habo Hagfors Hallsberg Hallstahammar Halmstad Hammarö
Haninge Haparanda Heby Hedemora Helsingborg Herrljunga Hjo Hofors Huddinge Hudiksvall Hultsfred Hylte Håbo Hällefors Härjedalen Härnösand Härryda Hässleholm Höganäs Högsby Hörby Höör
Jokkmokk Järfälla Jönköping Kalix Kalmar Karlsborg Karlshamn Karlskoga Karlskrona Karlstad Katrineholm Kil Kinda Kiruna Klippan Knivsta Kramfors Kristianstad Kristinehamn Krokom Kumla
Kungsbacka Kungsör Kungälv Kävlinge Köping Laholm Landskrona Laxå Lekeberg Leksand Lerum Lessebo Lidingö Lidköping Lindesberg Linköping Ljungby Ljusdal Ljusnarsberg
Lomma Ludvika Luleå Lund Lycksele Lysekil Malmö Malung-Sälen Malå Mariestad Mark Markaryd Mellerud Mjölby Mora Motala Mullsjö Munkedal Munkfors Mölndal Mönsterås Mörbylånga Nacka Nora
Norberg Nordanstig Nordmaling Norrköping Norrtälje Norsjö Nybro Nykvarn Nyköping Nynäshamn Nässjö Ockelbo Olofström Orsa Orust Osby Oskarshamn Ovanåker Oxelösund Pajala Partille Perstorp
Piteå Ragunda Robertsfors Ronneby Rättvik Sala Salem Sandviken Sigtuna Simrishamn Sjöbo Skara Skellefteå Skinnskatteberg Skurup Skövde Smedjebacken Sollefteå Sollentuna Solna Sorsele
Sotenäs Staffanstorp Stenungsund Stockholm Storfors Storuman Strängnäs Strömstad Strömsund Sundbyberg Sundsvall Sunne Surahammar Svalöv Svedala Svenljunga Säffle Säter Sävsjö Söderhamn
Söderköping Södertälje Sölvesborg Tanum Tibro Tidaholm Tierp Timrå Tingsryd Tjörn Tomelilla Torsby Torsås Tranemo Tranås Trelleborg Trollhättan Trosa Tyresö Täby Töreboda Uddevalla
Ulricehamn Umeå Upplands-Bro Uppsala Uppvidinge Vadstena Vaggeryd Valdemarsvik Vallentuna Vansbro Vara Varberg Vaxholm Vellinge Vetlanda Vilhelmina Vimmerby Vindeln Vingåker Vårgårda
Vänersborg Vännäs Värmdö Värnamo Västervik Västerås Växjö Ydre Ystad Åmål Ånge Åre Årjäng Åsele Åstorp Åtvidaberg Älmhult Älvdalen Älvkarleby Älvsbyn Ängelholm Öckerö Ödeshög Örebro
Örkelljunga Örnsköldsvik Östersund Österåker Östhammar"""
_CITIES = frozenset(
    "Stockholm Göteborg Malmö Solna Sundbyberg Lidingö Borås Vaxholm Trollhättan Helsingborg Mölndal Västerås Haparanda Landskrona".split()
)
_NO_S = frozenset({"Kalmar", "Mora"})
KNOWN = {re.sub(r"[^a-z]", "", fold(name)): name for name in _NAMES.split()} | {
    "upplandsvasby": "Upplands Väsby", "lillaedet": "Lilla Edet", "ostragoinge": "Östra Göinge", "ostersund": "Östersund",
}  # fmt: skip
# Domains that belong to nobody's authority, or to one that says its own name.
_NOT = frozenset(
    "gmail hotmail outlook live yahoo telia icloud me msn spray bredband comhem tele2 parti partiet epost mail post privat hem foretag utskick nyhetsbrev skola skolan lst region kommun stad kpmg pwc ey deloitte konsult revision"
    " google protonmail proton passagen listan riksdagen regeringskansliet gov stadsdel exempel example bolag forening folk person tidning media privatperson avsandare brev eposten vardcentral polisen domstol".split()
)


def genitive(name: str, form: str = "kommun") -> str:
    """Return the name as it stands before kommun or stad.

    >>> genitive("Linköping"), genitive("Malmö", "stad"), genitive("Kalmar")
    ('Linköpings kommun', 'Malmö stad', 'Kalmar kommun')
    """
    if name == "Gotland":
        return "Region Gotland"
    needs = name[-1].lower() not in "aeiouyåäösxz" and name not in _NO_S
    return f"{name}{'s' if needs else ''} {form}"


def label_of(address: str | None) -> str:
    """Return the owner's part of a mail domain: "linkoping" of info@social.linkoping.se, or ""."""
    domain = (address or "").rpartition("@")[2].lower().strip(".")
    parts = domain.split(".")
    return re.sub(r"[^a-z0-9åäö-]", "", parts[-2]) if len(parts) >= 2 else ""


def organisation(address: str | None, texts: str = "") -> str | None:
    """Return the municipality behind an address, written as it writes itself in the texts where it does.

    >>> organisation("info@linkoping.se")
    'Linköpings kommun'
    >>> organisation("info@bjorkvik.example", "Registrator, Björkviks kommun")
    'Björkviks kommun'
    """
    label = label_of(address)
    plain = re.sub(r"(?:s)?kommun$", "", re.sub(r"[^a-z]", "", fold(label)))
    if not plain or plain in _NOT or re.search(r"parti|politik|revision|skola|forening", plain):
        return None
    for match in re.finditer(
        r"\b([A-ZÅÄÖ][\wåäöÅÄÖ-]{1,30}(?: [A-ZÅÄÖ][\wåäö]{1,20})?)[ \n](kommun|stad|KOMMUN|STAD)\b", texts
    ):
        name = re.sub(r"[^a-z]", "", fold(match[1]))
        if name in {plain, plain + "s"}:
            return f"{match[1].title() if match[1].isupper() else match[1]} {match[2].lower()}"
    known = KNOWN.get(plain)
    if known:
        return genitive(known, "stad" if known in _CITIES else "kommun")
    words = re.findall(r"\b[A-ZÅÄÖ][a-zåäö]{2,30}\b", texts[:20_000])
    named = next((word for word in words if re.sub(r"[^a-z]", "", fold(word)) == plain), label.capitalize())
    return genitive(named)


def region_or_agency(text: str) -> str | None:
    """Return the state authority, region or company of auditors that a sender's name tells, or None.

    >>> region_or_agency("Länsstyrelsen i Jönköpings län")
    'Länsstyrelsen i Jönköpings län'
    """
    plain = text.strip()
    if plain.isascii() and fold(plain) in _PLAIN:
        return _PLAIN[fold(plain)]
    for pattern in _AGENCIES:
        # "Länsstyrelsen bjuder in …" above, "Länsstyrelsen Dalarna" below: the one that says most.
        match = max(pattern.finditer(text), key=lambda m: len(m[0].split()), default=None)
        if match:
            named = " ".join(match[0].split()).strip(" ,.-")
            return _IN_FULL.get(named, named)
    return None


# What calls itself as authorities and companies of several municipalities do, whatever its name.
_BY_FORM = re.compile(
    r"\b[A-ZÅÄÖ][a-zåäö]{2,24}(?:verket|inspektionen|myndigheten)\b|\b(?!Kommun|Region|Läns|Stads|Lands|Bolags|Förbunds|Skol)[A-ZÅÄÖ][a-zåäö]{3,20}styrelsen\b|"
    r"\b[A-ZÅÄÖ][\wåäöÅÄÖ&-]{1,30}(?: [A-ZÅÄÖ&][\wåäöÅÄÖ&-]{0,30}){0,3} (?:AB|Aktiebolag|Kommunalförbund|kommunalförbund|Räddningstjänst)\b"
)


def by_its_name(name: str) -> str | None:
    """Return the authority or company that a sender's name is, by its form alone; for senders of no municipality.

    >>> by_its_name("Registrator Naturverket"), by_its_name("Renova Syd AB"), by_its_name("Kommunstyrelsen Ekeby")
    ('Naturverket', 'Renova Syd AB', None)
    """
    found = _BY_FORM.search(name)
    return found[0] if found else None


_IN_FULL = {
    "JO": "Riksdagens ombudsmän (JO)",
    "IVO": "Inspektionen för vård och omsorg (IVO)",
    "SKR": "Sveriges Kommuner och Regioner (SKR)",
}


# Robots write their own names without å, ä and ö.
_PLAIN = {
    fold(name): name
    for name in (
        "Arbetsmiljöverket", "Naturvårdsverket", "Integritetsskyddsmyndigheten", "Migrationsverket", "Försäkringskassan",
        "Arbetsförmedlingen", "Folkhälsomyndigheten", "Lantmäteriet", "Livsmedelsverket", "Jämställdhetsmyndigheten",
    )
}  # fmt: skip


def agency_of(address: str | None) -> str | None:
    """Return the state authority whose own domain an address is of.

    >>> agency_of("elin.ek@trafikverket.se")
    'Trafikverket'
    """
    return _BY_DOMAIN.get(label_of(address))


_BY_DOMAIN = {
    "trafikverket": "Trafikverket", "ivo": "Inspektionen för vård och omsorg (IVO)", "socialstyrelsen": "Socialstyrelsen",
    "skolinspektionen": "Skolinspektionen", "skolverket": "Skolverket", "jo": "Riksdagens ombudsmän (JO)", "imy": "Integritetsskyddsmyndigheten",
    "av": "Arbetsmiljöverket", "boverket": "Boverket", "naturvardsverket": "Naturvårdsverket", "polisen": "Polismyndigheten",
    "migrationsverket": "Migrationsverket", "forsakringskassan": "Försäkringskassan", "arbetsformedlingen": "Arbetsförmedlingen",
    "folkhalsomyndigheten": "Folkhälsomyndigheten", "lantmateriet": "Lantmäteriet", "msb": "Myndigheten för samhällsskydd och beredskap",
    "skr": "Sveriges Kommuner och Regioner (SKR)", "skogsstyrelsen": "Skogsstyrelsen", "konkurrensverket": "Konkurrensverket",
    "riksarkivet": "Riksarkivet", "spsm": "Specialpedagogiska skolmyndigheten", "livsmedelsverket": "Livsmedelsverket",
    "kronoberg": "Region Kronoberg", "skane": "Region Skåne", "vgregion": "Västra Götalandsregionen", "rjl": "Region Jönköpings län",
    "regionostergotland": "Region Östergötland", "regionsormland": "Region Sörmland", "regiondalarna": "Region Dalarna",
    "regiongavleborg": "Region Gävleborg", "regionvarmland": "Region Värmland", "regionhalland": "Region Halland",
    "regionblekinge": "Region Blekinge", "regionuppsala": "Region Uppsala", "regionstockholm": "Region Stockholm", "rvn": "Region Västernorrland",
    "regionvasterbotten": "Region Västerbotten", "norrbotten": "Region Norrbotten", "regionkalmar": "Region Kalmar län",
    "regionvastmanland": "Region Västmanland", "regionorebrolan": "Region Örebro län", "regionjh": "Region Jämtland Härjedalen",
    "kronofogden": "Kronofogdemyndigheten", "energimyndigheten": "Energimyndigheten", "sametinget": "Sametinget",
}  # fmt: skip
_AGENCIES = (
    re.compile(r"\bLänsstyrelsen(?: i)? [A-ZÅÄÖ][\wåäö]+(?: och [A-ZÅÄÖ]\w+)?(?: län)?|\bLänsstyrelsen\b"),
    re.compile(r"\bRegion(?:en)? (?!Mitt\b|Nord\b|Syd\b|Väst\b|Öst\b|Sydväst\b|Sydöst\b)(?:[A-ZÅÄÖ][\wåäö]+(?: [Ll]än)?|[A-ZÅÄÖ]\w+)(?:,? \w*(?:nämnden|styrelsen|fullmäktige))?"),
    re.compile(r"\b[A-ZÅÄÖ][a-zåäö]+departementet\b|\bRegeringskansliet\b|\bRegeringen\b"),
    re.compile(r"\b(?:Inspektionen för vård och omsorg|IVO|Socialstyrelsen|Skolinspektionen|Skolverket|Riksdagens ombudsmän|Justitieombudsmannen|JO|Justitiekanslern|Naturvårdsverket|Boverket|Trafikverket|Myndigheten för [\wåäö ]{3,50}?(?=[,.\n<(]|$)"
               r"|Integritetsskyddsmyndigheten|Arbetsmiljöverket|Folkhälsomyndigheten|Försäkringskassan|Arbetsförmedlingen|Polismyndigheten|Polisen|Migrationsverket|Konkurrensverket|Upphandlingsmyndigheten|Riksarkivet|Barnombudsmannen|Diskrimineringsombudsmannen|Jämställdhetsmyndigheten|Sveriges Kommuner och Regioner|SKR|Lantmäteriet|Kammarrätten i [A-ZÅÄÖ]\w+|Förvaltningsrätten i [A-ZÅÄÖ]\w+|[A-ZÅÄÖ]\w+ tingsrätt|Statskontoret|Riksrevisionen|Brottsförebyggande rådet|Specialpedagogiska skolmyndigheten|Livsmedelsverket|Energimyndigheten|Kommunförbundet [A-ZÅÄÖ]\w+|Storsthlm|Räddningstjänsten [A-ZÅÄÖ]\w+|[A-ZÅÄÖ][a-zåäö]*förbundet [A-ZÅÄÖ][\wåäö]+|[A-ZÅÄÖ][\wåäö]+ (?:avfalls|räddnings|samordnings|miljö|vatten)förbund|Sametinget|Skogsstyrelsen|Kronofogdemyndigheten|Pensionsmyndigheten|Skatteverket|Kulturrådet|Riksantikvarieämbetet|Post- och telestyrelsen|Transportstyrelsen|Elsäkerhetsverket|Konsumentverket|Kriminalvården|Åklagarmyndigheten|Domstolsverket|Valmyndigheten|Läkemedelsverket|Havs- och vattenmyndigheten|Sveriges geologiska undersökning|SMHI|MSB)(?![\w])"),
)  # fmt: skip
