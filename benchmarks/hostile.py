"""Hostile letters: a megabyte of one thing, in each place of a letter where a stranger can put it."""

from __future__ import annotations

from collections.abc import Callable

ALPHABETS: dict[str, str] = {
    "spaces": " ",
    "newlines": "\n",
    "blank lines with spaces": " \n",
    "tabs": "\t",
    "no-break spaces": "\u00a0",
    "quotes": ">",
    "quoted lines": "> hej\n",
    "(": "(",
    ")": ")",
    "[": "[",
    "()": "()",
    '"': '"',
    "=?": "=?",
    "encoded words": "=?utf-8?q?=C3=A5?= ",
    "a": "a",
    "å": "å",
    "Å": "Å",
    "a ": "a ",
    "A. ": "A. ",
    "digits": "1",
    "1.1.1.": "1.1.1.",
    "1/": "1/",
    "-": "-",
    "- ": "- ",
    "a-": "a-",
    "_": "_",
    ".": ".",
    ",": ",",
    ":": ":",
    "§ 1 ": "§ 1 ",
    "att ": "att ",
    "att lines": "att bygga\n",
    "och ": "och ",
    "@": "@",
    "a@": "a@",
    "addresses": "a@b.example, ",
    "<": "<",
    "<div>": "<div>",
    "<!--": "<!--",
    "&amp": "&amp",
    "base64": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo",
    "Från: ": "Från: ",
    "headers in the text": "Från: a\nSkickat: b\n",
    "separators": "-----Ursprungligt meddelande-----\n",
    "Den skrev": "Den 1 maj 2026 skrev ",
    "zero-width": "\u200b",
    "combining marks": "a\u0301\u0308\u0323",
    "many marks on one letter": "\u0301",
    "RTL": "\u202eשלום ",
    "emoji": "👩\u200d👩\u200d👧 ",
    "mojibake": "Ã¥Ã¤Ã¶ ",
    "ligatures": "ﷺ",
    "senast": "senast 2026-01-01 ",
    "senast lines": "Svar senast 2026-01-01.\n",
    "den 1 maj": "den 1 maj ",
    "vecka": "vecka 4 ",
    "inom": "inom tre ",
    "personnummer": "19800101-1234 ",
    "Dnr": "Dnr KS 2024/1 ",
    "KS 2026/1": "KS 2026/1 ",
    "numbers": "2024 1 2 3 ",
    "Names (S), ": "Abc Def (S), ",
    "Capitals": "Abc Def Ghi ",
    "Capitals with hyphens": "Åsa-Karin ",
    "nämnden": "Socialnämnden ",
    "beslutar": "Kommunfullmäktige beslutar att bifalla motionen ",
    "barnet": "barnet 8 år ",
    "motion": "motion ",
    "remiss": "Remiss: ",
    "NUL": "\x00",
    "lone surrogates": "\udc80",
    "form feeds": "\f",
    "carriage returns": "\r",
}

_HEAD = "From: a@ekeby.example\nTo: socialnamnden@ekeby.example\nMIME-Version: 1.0\n"
_PLAIN = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
_HTML = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
_MIXED = 'Content-Type: multipart/mixed; boundary="frontier"\n'


def megabyte(piece: str, size: int = 1_000_000) -> str:
    """Return as many whole pieces as fit in `size` bytes."""
    return piece * (size // len(piece.encode("utf-8", "surrogateescape")))


def _in_lines(piece: str) -> str:
    line = piece.replace("\n", " ") * max(1, 70 // len(piece))
    return megabyte(line + "\n")


def _attached(media_type: str, name: str, content: str) -> str:
    plain = f"--frontier\n{_PLAIN}\nSe bifogad fil.\n"
    return (
        f"{_HEAD}Subject: Remiss\n{_MIXED}\n{plain}--frontier\nContent-Type: {media_type}; charset=utf-8\n"
        f"Content-Transfer-Encoding: 8bit\n"
        f'Content-Disposition: attachment; filename="{name}"\n\n{content}\n--frontier--\n'
    )


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


# Where in the letter the megabyte stands. A body is tried whole and cut in lines: patterns look at lines.
PLACES: dict[str, Callable[[str], str]] = {
    "body": lambda piece: f"{_HEAD}Subject: Remiss\n{_PLAIN}\n{megabyte(piece)}",
    "lines": lambda piece: f"{_HEAD}Subject: Remiss\n{_PLAIN}\n{_in_lines(piece)}",
    "html": lambda piece: f"{_HEAD}Subject: Remiss\n{_HTML}\n<html><body><p>{megabyte(piece)}",
    "subject": lambda piece: f"{_HEAD}Subject: {_one_line(megabyte(piece))}\n{_PLAIN}\nHej\n",
    "to": lambda piece: f"To: {_one_line(megabyte(piece))}\n{_HEAD}Subject: Remiss\n{_PLAIN}\nHej\n",
    "attachment": lambda piece: _attached("text/plain", "bilaga.txt", _in_lines(piece)),
    "html attachment": lambda piece: _attached("text/html", "bilaga.html", f"<html><p>{megabyte(piece)}"),
}


def letter(place: str, alphabet: str) -> bytes:
    """Return a whole letter with a megabyte of the alphabet in that place."""
    return PLACES[place](ALPHABETS[alphabet]).encode("utf-8", "surrogateescape")
