"""A letter's HTML as it may be shown in a frame of its own: words, tables and lists, nothing that runs, loads or hides.
The only importer of nh3; run in the children only."""

from __future__ import annotations

import email.parser
import re
from dataclasses import dataclass
from email.message import Message
from html import escape

import nh3

from bot.texts import html
from bot.texts.tidy import decode

LARGEST = 2_000_000  # characters of markup; the rest is in the original
_MOST_PARTS = 200
_TAGS = frozenset(
    "a b blockquote br caption code col colgroup dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins li ol p pre q s small "
    "span strike strong sub sup table tbody td tfoot th thead tr u ul".split()
)
# What is in these goes with them; the words in any other unknown element stay.
_GONE = frozenset("script style title template noscript iframe object embed svg math head select textarea".split())
_ATTRIBUTES = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}
_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_END_BY_THEMSELVES = frozenset(
    "area base br col dd dt hr img input li link meta option p source tbody td tfoot th thead tr wbr".split()
)
_DEEPEST = 1000
_PICTURE = re.compile(r"<(?:img|svg|picture|v:imagedata)\b", re.I)
# Controls, and marks that turn or hide words.
_NOTHING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Looked:
    """A letter's HTML, made harmless; empty when it had none. pictures: that it had some, which are not shown."""

    html: str = ""
    pictures: bool = False
    cut: bool = False


def of_letter(raw: bytes) -> Looked:
    """Return a letter's own HTML, made harmless; a letter that lies in it has its own."""
    found: list[str] = []
    _collect(email.parser.BytesParser().parsebytes(raw), found, [_MOST_PARTS])
    markup = "\n".join(found)
    return Looked(cleaned(markup[:LARGEST]), bool(_PICTURE.search(markup)), len(markup) > LARGEST)


def cleaned(markup: str) -> str:
    """Return markup with the elements of our list alone, without addresses, styles, names or hidden marks.

    >>> cleaned('<p onclick="x()">Hej <a href="https://a.example">du</a><img src="https://b.example"><script>1</script>')
    '<p>Hej <a>du</a></p>'
    """
    if not markup.strip():
        return ""
    markup = _NOTHING.sub("", markup)
    if _is_deep(markup):  # a tree so deep takes the library a minute, and nobody lays a letter out so
        return f"<pre>{escape(html.stripped(markup))}</pre>"
    made = nh3.clean(
        markup,
        tags=set(_TAGS),
        clean_content_tags=set(_GONE),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=lambda _tag, _name, value: value if _NUMBER.fullmatch(value) else None,
        strip_comments=True,
        link_rel=None,
        url_schemes=set(),
        generic_attribute_prefixes=set(),
    )
    # What was written as a number for a sign is a sign only now.
    return _NOTHING.sub("", made)


def _is_deep(markup: str) -> bool:
    """Say whether elements lie in each other deeper than any letter needs; those that end by themselves do not count."""
    depth = 0
    for found in _TAG.finditer(markup):
        if found[2].lower() not in _END_BY_THEMSELVES:
            depth = max(depth - 1, 0) if found[1] else depth + 1
            if depth > _DEEPEST:
                return True
    return False


def _collect(part: Message, found: list[str], left: list[int]) -> None:
    left[0] -= 1
    if left[0] < 0:
        return
    kind = part.get_content_type()
    if kind.startswith("message/"):
        return
    if part.is_multipart():
        for child in part.get_payload():
            if isinstance(child, Message):
                _collect(child, found, left)
    elif kind == "text/html" and part.get_content_disposition() != "attachment" and not part.get_filename():
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            named = html.CHARSET.search(data[:4096])
            told = named.group(1).decode("ascii") if named else None
            found.append(decode(data, part.get_content_charset() or told))
