"""A message as mail: text and HTML in the look of the house, marked as made by a machine (RFC 3834)."""

from __future__ import annotations

import datetime as dt
import html
import re
import textwrap
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from handlers.notices.message import Acts, Block, Button, ByMail, Heading, Message, Paragraph, Row, Rows, Stamp
from handlers.reading.replies import ABOVE
from handlers.rules import tokens
from storage.records import Namnd

_WIDTH = 72
_SANS = "font-family:'Segoe UI',Arial,sans-serif;"
_INK, _INK2, _INK3, _LINE, _STAMP = "#161b1f", "#444f57", "#59646c", "#d7dde1", "#2a4390"
_LABEL = f"padding:8px 12px 8px 0;border-top:1px solid {_LINE};{_SANS}font-size:14px;line-height:20px;font-weight:400;color:{_INK3};text-align:left;"
_VALUE = f"padding:8px 0;border-top:1px solid {_LINE};{_SANS}font-size:14px;line-height:20px;color:{_INK};"
# C0, C1, bidi controls and zero-width characters have no business in a header.
_UNCLEAN = re.compile("[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def clean_header(text: str, most: int = 200) -> str:
    r"""Return a text that is safe as a header: no line breaks, no controls, of bounded length.

    >>> clean_header("Hej\r\nBcc: alla@ekeby.example")
    'Hej Bcc: alla@ekeby.example'
    """
    return " ".join(_UNCLEAN.sub(" ", text).split())[:most]


def mime(
    message: Message, namnd: Namnd, *, to: str, message_id: str, now: dt.datetime, files: Sequence[bytes] = ()
) -> bytes:
    """Return a message as MIME bytes. Subject and addresses are cleaned; a letter's words are escaped in HTML.

    files: the bytes of message.files, in their order.
    """
    made = EmailMessage(policy=SMTP)
    user, _, domain = (namnd.addresses[0] if namnd.addresses else f"namndbot@{namnd.domain}").rpartition("@")
    made["From"] = Address(f"Nämndbot, {namnd.name.lower()}", user, domain)
    made["To"] = clean_header(to)
    made["Subject"] = clean_header(message.subject, 150)
    made["Date"] = now
    made["Message-ID"] = message_id
    answered = f"<{(message.answer_to or '').strip('<>')}>"
    if re.fullmatch(r"<[!-;=?-~]{1,250}>", answered):  # printable ASCII without < and >
        made["In-Reply-To"] = answered
        made["References"] = answered
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made["X-Namndbot"] = namnd.key
    for token in tokens.found_in([message_id]):
        # A reply carries it back in In-Reply-To; where the mailbox takes plus addresses in its receiver too.
        made["X-Namndbot-Svar"] = token
        back = tokens.with_plus(f"{user}@{domain}", token) if namnd.reply_plus else None
        if back:
            made["Reply-To"] = back
    made["Content-Language"] = "sv"
    answerable = bool(tokens.found_in([message_id]))
    made.set_content(as_text(message, answerable=answerable), charset="utf-8", cte="quoted-printable")
    made.add_alternative(
        as_html(message, answerable=answerable), subtype="html", charset="utf-8", cte="quoted-printable"
    )
    # The boundary is made of the Message-ID: the same notice always gives the same bytes.
    boundary = re.sub(r"[^A-Za-z0-9]", "", message_id)[:55]
    made.set_boundary(f"=_{boundary}")
    for attached, data in zip(message.files, files, strict=True):
        main, _, sub = attached.media_type.partition("/")
        made.add_attachment(data, maintype=main, subtype=sub, filename=attached.name, cte="base64")
    if message.files:
        made.set_boundary(f"=_{boundary}.all")
    return made.as_bytes()


def as_text(message: Message, *, answerable: bool = False) -> str:
    """Return the text part: everything is in it, in lines under 72 characters. What can be answered by mail begins with
    the line that answers are to stand above."""
    parts = [ABOVE] if answerable else []
    parts += [_block_text(block) for block in message.in_mail]
    return "\n\n".join(p for p in parts if p) + f"\n\n-- \n{textwrap.fill(message.foot, _WIDTH)}\n"


def _block_text(block: Block) -> str:
    match block:
        case Heading(text):
            return text
        case Paragraph(text):
            return _fill(text)
        case Stamp(pairs, empty):
            return "   ".join(f"{label} {value or empty}" for label, value in pairs)
        case Button(label, url):
            return f"{label}:\n{url}"
        case Acts() | ByMail():  # in_mail has none
            return ""
        case Rows(rows):
            wide = max((len(r.label) for r in rows), default=0) + 3
            return "\n".join(_row_text(row, wide) for row in rows)


def _row_text(row: Row, wide: int) -> str:
    lines = textwrap.wrap(row.value, _WIDTH - wide) or [""]
    if row.quote:
        lines += textwrap.wrap(f'"{row.quote}"', _WIDTH - wide)
    return "\n".join((row.label if i == 0 else "").ljust(wide) + line for i, line in enumerate(lines))


def _fill(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def as_html(message: Message, *, answerable: bool = False) -> str:
    """Return the HTML part: tables for layout, inline styles, no picture, no outside resource."""
    above = (
        f'<p style="margin:0 0 16px;{_SANS}font-size:12px;line-height:16px;color:{_INK3};">{ABOVE}</p>'
        if answerable
        else ""
    )
    title = html.escape(message.subject)
    first, *others = message.in_mail
    body = (_title_html(first.text) if isinstance(first, Heading) else _block_html(first)) + "".join(
        _block_html(block) for block in others
    )
    return (
        '<!doctype html><html lang="sv"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light"><title>{title}</title></head>'
        '<body style="margin:0;padding:0;background-color:#f5f7f8;">'
        f'<div style="display:none;max-height:0;overflow:hidden;">{html.escape(message.preheader)}</div>'
        f'<div role="article" aria-roledescription="mejl" aria-label="{title}" lang="sv">'
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%" bgcolor="#f5f7f8">'
        '<tr><td align="center" style="padding:16px 8px;">'
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%" bgcolor="#ffffff" '
        f'style="max-width:600px;background-color:#ffffff;border:1px solid {_LINE};text-align:left;">'
        f'<tr><td style="padding:24px 24px 16px;">{above}{body}</td></tr>'
        f'<tr><td style="padding:14px 24px 18px;border-top:1px solid {_LINE};"><p style="margin:0;{_SANS}'
        f'font-size:13px;line-height:19px;color:{_INK3};">{html.escape(message.foot)}</p></td></tr>'
        "</table></td></tr></table></div></body></html>"
    )


def _title_html(text: str) -> str:
    return (
        f'<h1 style="margin:0 0 8px;{_SANS}font-size:22px;line-height:28px;font-weight:600;color:{_INK};">'
        f"{html.escape(text)}</h1>"
    )


def _block_html(block: Block) -> str:
    match block:
        case Heading(text):
            return (
                f'<h2 style="margin:16px 0 8px;{_SANS}font-size:18px;line-height:24px;font-weight:600;color:{_INK};">'
                f"{html.escape(text)}</h2>"
            )
        case Paragraph(text, quiet):
            colour = _INK2 if quiet else _INK
            return (
                f'<p style="margin:0 0 12px;{_SANS}font-size:15px;line-height:22px;color:{colour};">'
                f"{html.escape(text)}</p>"
            )
        case Stamp(pairs, empty):
            cells = "".join(
                f'<td valign="top" style="padding:6px 12px 8px;{_SANS}font-size:14px;line-height:20px;color:{_STAMP};'
                f'white-space:nowrap;">{html.escape(label)}<br><strong style="color:{_INK};font-weight:600;'
                f'{"" if value else f"border-bottom:2px dashed {_STAMP};"}">{html.escape(value or empty)}</strong></td>'
                for label, value in pairs
            )
            return (
                '<table role="presentation" cellpadding="0" cellspacing="0" border="0" '
                f'style="border:2px solid {_STAMP};margin:0 0 12px;"><tr>{cells}</tr></table>'
            )
        case Button(label, url):
            return (
                '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 12px;"><tr>'
                f'<td bgcolor="{_STAMP}" style="padding:11px 16px;border:1px solid {_STAMP};">'
                f'<a href="{html.escape(url, quote=True)}" style="{_SANS}font-size:15px;line-height:20px;font-weight:600;'
                f'color:#ffffff;text-decoration:none;">{html.escape(label)}</a></td></tr></table>'
            )
        case Acts() | ByMail():  # in_mail has none
            return ""
        case Rows(rows):
            made = "".join(_row_html(row) for row in rows)
            return (
                '<table cellpadding="0" cellspacing="0" border="0" width="100%" '
                f'style="border-collapse:collapse;margin:0 0 12px;">{made}</table>'
            )


def _row_html(row: Row) -> str:
    quote = ""
    if row.quote:
        quote = (
            '<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"><tr>'
            '<td width="2" bgcolor="#5d78c9" style="width:2px;font-size:0;">&nbsp;</td>'
            '<td style="padding:0 0 0 10px;font-family:Cambria,Georgia,serif;font-size:16px;line-height:22px;'
            f'color:{_INK2};">{html.escape(row.quote)}</td></tr></table>'
        )
    return (
        f'<tr><th scope="row" align="left" valign="top" width="128" style="width:128px;{_LABEL}">'
        f'{html.escape(row.label)}</th><td valign="top" style="{_VALUE}">{html.escape(row.value)}{quote}</td></tr>'
    )
