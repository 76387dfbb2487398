"""The rest that comes in a nämnd's mailbox."""

from handlers.kinds.kind import Kind

KVALITETSGRANSKNING = Kind("kvalitetsgranskning", "Kvalitetsgranskning")
SVAR = Kind("svar", "Svar")
TJANSTESKRIVELSE = Kind("tjansteskrivelse", "Tjänsteskrivelse")
KALLELSE = Kind("kallelse", "Kallelse")
UTLAMNANDE = Kind("utlamnande", "Begäran om allmän handling")
SYNPUNKT = Kind("synpunkt", "Synpunkt")
KALENDER = Kind("kalender", "Mötesinbjudan")
AUTOSVAR = Kind("autosvar", "Automatiskt svar")
STUDS = Kind("studs", "Mejl som studsat")
NYHETSBREV = Kind("nyhetsbrev", "Nyhetsbrev")
SKRAP = Kind("skrap", "Skräppost")
OROSANMALAN = Kind("orosanmalan", "Individärende")
KIND = Kind("other", "Övrigt")
