"""Text out of HTML, laid out as a person sees it; the only importer of inscriptis."""

from __future__ import annotations

import re
from html import unescape

import inscriptis
import lxml.html
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement

from bot.texts.tidy import decode, tidy
from handlers.reading.reading import Extracted

LARGEST = 3_000_000  # characters of markup; a letter pasted from Word may well be one million

_START = re.compile(rb"\A\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|table|div|p\b|span)", re.I | re.S)
CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", re.I)
_DECLARATION = re.compile(r"\A\s*<\?xml [^>]{0,200}\?>")
_TAG = re.compile(r"</?([a-z][a-z0-9:]{0,30})|<[!?]")
_BLOCKS = re.compile(r"address|article|blockquote|br|dd|div|dl|dt|h[1-6]|hr|li|ol|p|pre|table|td|th|tr|ul")
_MORE_BLOCKS = (
    "section", "article", "header", "footer", "main", "address", "figure", "figcaption", "legend", "fieldset", "aside",
    "nav", "form", "center", "dl", "dt", "details", "summary", "dialog", "caption",
)  # fmt: skip
_UNSEEN = ("script", "style", "title", "template")


def looks_like_html(data: bytes) -> bool:
    """Tell whether the content begins as a web page does."""
    return _START.match(data[:2048].removeprefix(b"\xef\xbb\xbf")) is not None


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the text of a page; what the page hides from the eye is left out."""
    named = CHARSET.search(data[:4096])
    markup = decode(data, charset or (named.group(1).decode("ascii") if named else None))
    return Extracted(text=to_text(markup[:LARGEST]))


def to_text(markup: str) -> str:
    """Return the text of the markup as it is seen; never raises."""
    try:
        # Huge: without it the parser silently drops all that lies deeper than 256 levels, as long threads do.
        parser = lxml.html.HTMLParser(huge_tree=True, no_network=True)
        tree = lxml.html.document_fromstring(_DECLARATION.sub("", markup.replace("\x00", "")), parser=parser)
        for term in tree.iter("dt"):  # "Elev: Wilma" on one line, as in the forms that robots send
            last = term[-1] if len(term) else None
            words = (last.tail if last is not None else term.text) or ""
            told = words.rstrip() + (" " if words.rstrip().endswith(":") else ": ")
            if last is not None:
                last.tail = told
            else:
                term.text = told
        # Strict: no indentation of our own, so that a line of the letter begins where the line begins.
        laid_out = inscriptis.Inscriptis(tree, ParserConfig(css=_profile())).get_text()
    except Exception:  # noqa: BLE001 - whatever markup breaks the layout, the words are still there without it
        laid_out = stripped(markup)
    return tidy(laid_out)


def _profile() -> dict[str, HtmlElement]:
    """How elements are laid out: those that the library does not know as blocks are blocks to a browser."""
    css: dict[str, HtmlElement] = CSS_PROFILES["strict"].copy()
    for name in _MORE_BLOCKS:
        css.setdefault(name, HtmlElement(display=Display.block))
    return css


def stripped(markup: str) -> str:
    """Return the words of the markup without tags, a new line for each block.

    Each sign is looked at once; the standard library's parser needs hours for a megabyte of unclosed comments.
    """
    pieces: list[str] = []
    lower, at = markup.lower(), 0
    while (opened := markup.find("<", at)) >= 0:
        pieces.append(markup[at:opened])
        if markup.startswith("<!--", opened):
            closed, at = _after(markup, "-->", opened)
        elif not (tag := _TAG.match(lower, opened)):
            closed, at = True, opened + 1
            pieces.append("<")
        else:
            closed, at = _after(markup, ">", opened)
            name = tag.group(1) or ""
            if closed and name in _UNSEEN and not lower.startswith("</", opened):
                closed, at = _after(lower, f"</{name}", at)
                at -= len(name) + 2 if closed else 0
            pieces.append("\n" if _BLOCKS.fullmatch(name) else "")
        if not closed:  # what was opened is never closed: the rest is no text
            break
    else:
        pieces.append(markup[at:])
    return unescape("".join(pieces))


def _after(text: str, mark: str, at: int) -> tuple[bool, int]:
    found = text.find(mark, at)
    return found >= 0, found + len(mark) if found >= 0 else len(text)
