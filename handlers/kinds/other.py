"""The rest that comes in a nämnd's mailbox."""

from handlers.kinds.kind import Kind, Law

KVALITETSGRANSKNING = Kind("kvalitetsgranskning", "Kvalitetsgranskning")
SVAR = Kind("svar", "Svar")
TJANSTESKRIVELSE = Kind("tjansteskrivelse", "Tjänsteskrivelse")
KALLELSE = Kind("kallelse", "Kallelse")
# At once or as soon as it can be done; by JO's practice normally the same day. Nobody may be asked who they are or what
# for (TF 2 kap. 15, 16 och 18 §§).
AT_ONCE = Law(
    months=0,
    purpose="lämna ut handlingen eller svara",
    paragraph="tryckfrihetsförordningen 2 kap. 15 och 16 §§",
    sentence="En allmän handling ska lämnas ut genast eller så snart det är möjligt. Fråga inte vem det är eller varför.",
)
UTLAMNANDE = Kind("utlamnande", "Begäran om allmän handling", law=AT_ONCE)
SYNPUNKT = Kind("synpunkt", "Synpunkt")
KALENDER = Kind("kalender", "Mötesinbjudan")
AUTOSVAR = Kind("autosvar", "Automatiskt svar")
STUDS = Kind("studs", "Mejl som studsat")
NYHETSBREV = Kind("nyhetsbrev", "Nyhetsbrev")
SKRAP = Kind("skrap", "Skräppost")
OROSANMALAN = Kind("orosanmalan", "Individärende")
KIND = Kind("other", "Övrigt")
