"""The Swedish words of an export: LÄS-MIG.txt, and what the command says when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.report import words_for
from handlers.handing_over import CaseFile

if TYPE_CHECKING:
    from bot.case_export import Exported

_FILES = """\
Filerna
  arende.json            allt som registret har om ärendet
  arende.csv             ärendet på en rad
  handlingar.csv         en rad per handling
  handelser.csv          en rad per händelse i journalen, äldst först
  {papers}
  kontrollsummor.sha256  SHA-256 för varje annan fil; kontrollera med: sha256sum -c kontrollsummor.sha256

CSV-filerna har semikolon, UTF-8 och går att öppna i Excel. En cell som börjar med =, +, - eller @ har en apostrof
framför sig, så att inget kalkylprogram tar den för en formel. Tider är svensk tid med tidszon.
"""

_HAND_OVER = """\
{head}

Det här är ett ärende ur Nämndbot, för att läsas in eller läggas in i ett annat system eller i ett arkiv. Inget är
borttaget eller ändrat i Nämndbot.

{files}
Vilken uppgift är vilken
  arende.diarienummer      vårt nummer. andras_nummer är de nummer som andra har för samma sak.
  arende.arendemening      ärendets rubrik
  dagar                    fyra dagar som aldrig slås ihop:
    handlingens_dag        den dag som står i den första handlingen
    vackt                  den dag ärendet väcktes; vackt_genom säger hur (till exempel inlämnad)
    inkom                  när handlingen nådde myndigheten (förvaltningslagen 22 §)
    registrerad            när den fördes in i diariet
  handlingar               nummer i ärendet, riktning (inkommen, utgående, upprättad), part (från eller till vem), fil och
                           filens SHA-256. handlingens_dag, inkom och registrerad finns också för varje handling.
  uppgifter                vad boten läste i breven: mening och star_i säger var, sakerhet hur säkert (0 till 1),
                           bekraftad_av vem som har sett det, rattad_till vad en person satte i stället
  frister                  alla dagar, också de som är ersatta; sort säger om dagen står i brevet, är kommunens mål eller
                           lagens tid. mening och kalla säger varför.
  krav, beslut, steg       vad som begärs och hur det gick; beslut och förslag till beslut; vad som är gjort
  fragor                   vem som frågades när, och vem som svarade vad
  journal                  varje händelse med vem, när och hash. Hashen ingår i nämndens kedja, som kontrolleras i Nämndbot
                           med namndbot verify. Personuppgifter som är gallrade saknas.
Utskrifter av ärendet, som den här, står i journalen i Nämndbot men inte här: så blir två utskrifter av samma ärende lika,
och deras kontrollsumma går att jämföra med den som journalen har.

Till FGS Ärendehantering
Det här är inte ett paket enligt FGS. Riksarkivets FGS Ärendehantering 2.0 är CITS ERMS, och FGS Paketstruktur 2.0 är
E-ARK CSIP och SIP; sådan XML skriver Nämndbot inte. Uppgifterna är avsedda att kunna föras över: arende motsvarar ett
ärende, handlingar dess handlingar med sina filer, personer och part de som har en roll i dem, sekretess en restriktion och
kontrollsummor.sha256 filernas kontrollsummor. Vilket element som är rätt avgör den som tar emot.
"""

_RELEASE = """\
{head}

FÖRSLAG TILL UTLÄMNANDE. EN PERSON MÅSTE PRÖVA SEKRETESSEN INNAN NÅGOT LÄMNAS UT.

Boten föreslår, du bestämmer. Pröva varje handling mot offentlighets- och sekretesslagen (2009:400). Boten tar inte
ställning till om en uppgift är hemlig: den täcker det som kan gälla en enskild.
  - Något kan vara täckt utan att det finns stöd för det i lag. Ta i så fall fram uppgiften ur originalet.
  - Något kan stå kvar som ska täckas. Ett program hittar inte alla namn, och det som står om en person kan peka ut den
    också utan namn.
  - Vägras någon en uppgift har den rätt till ett skriftligt beslut som går att överklaga, om den begär det.
Fråga inte vem som begär handlingen eller varför, mer än prövningen kräver (tryckfrihetsförordningen 2 kap. 18 §).

Täckt med ████: personnummer, enskildas namn, adresser, telefonnummer, e-postadresser och födelsedagar. Namn på dem som
väckt en motion, på dem som har en roll i registret och på dem som skriver för en myndighet står kvar.

{files}
maskning.csv säger för varje handling och sida vad som är täckt, varför och på hur många ställen. Gå igenom den rad för rad.
Raderna med "kunde inte läsas" är det bara en person som kan pröva.

En handling finns som originalfil bara om inget behövde täckas och filen inte kan innehålla annat än sin text. Annars finns
texten, sida för sida, utan bilder. Hemliga handlingar står bara med nummer och dag. sha256 i listan är originalets.
"""


def read_me(made: CaseFile, *, release: bool) -> str:
    """Return LÄS-MIG.txt: what the files are, which field is which, and what a person has to do."""
    case = made.case
    head = f"{case.dnr or 'Ärende som väntar på nummer'}\n{made.namnd.name}, {made.namnd.organisation}"
    if release:
        files = _FILES.format(papers="handlingar/             handlingarna, och maskning.csv: vad som är täckt")
        return _RELEASE.format(head=head, files=files)
    papers = "handlingar/             originalen, precis som de kom; numret först är handlingens nummer"
    return _HAND_OVER.format(head=head, files=_FILES.format(papers=papers))


def done(made: Exported, *, release: bool) -> str:
    """Return what the command says when the export is there."""
    lines = [f"Skrev {words_for(made.papers, 'handling', 'handlingar')} till {made.target}."]
    if made.hidden:
        lines.append(f"{words_for(made.hidden, 'handling är hemlig', 'handlingar är hemliga')}: bara nummer och dag.")
    if release:
        lines.append(
            f"{words_for(made.places, 'ställe är täckt', 'ställen är täckta')}. "
            f"{words_for(made.files, 'handling är med', 'handlingar är med')} som originalfil."
        )
        if made.unread:
            lines.append(
                f"{words_for(made.unread, 'handling', 'handlingar')} gick inte att läsa helt: se på dem själv."
            )
        lines.append("Det är ett förslag. Gå igenom maskning.csv och pröva sekretessen innan något lämnas ut.")
    lines.append(
        f"Journalen har kontrollsumman {made.checksum[:12]}. Kontrollera med: sha256sum -c kontrollsummor.sha256"
    )
    return "\n".join(lines)
