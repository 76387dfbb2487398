"""Cards hold words and nothing else of a letter's, and nothing that a client of today does not know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import cards
from handlers.notices.message import (
    Act,
    Acts,
    Block,
    Button,
    ByMail,
    Field,
    Heading,
    Line,
    Message,
    Paragraph,
    Row,
    Rows,
    Stamp,
)

# All that a card's body may hold: what 1.2 knows, and of that only what is read as plain words.
ELEMENTS = {
    "AdaptiveCard",
    "RichTextBlock",
    "TextRun",
    "ColumnSet",
    "Column",
    "Container",
    "ActionSet",
    "Input.Text",
    "Input.Date",
    "Input.ChoiceSet",
    "Action.Execute",
    "Action.Submit",
    "Action.ShowCard",
    "Action.OpenUrl",
}
HOSTILE = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            (
                "[klicka](https://ond.example)",
                "<at>Alla</at>",
                '<AT id="0">Alla</AT>',
                "${$root.secret}",
                "{{DATE(2026-11-24T08:00:00Z, LONG)}}",
                "{{TIME(2026-11-24T08:00:00Z)}}",
                "**fet**",
                "# rubrik",
                "\u202eSVART\u202c",
                "\u0000\u0007",
                "javascript:alert(1)",
                "https://ond.example/",
                "<script>",
                "\ud800",
                "\U0001f469\u200d\U0001f4bb",
                '{"type":"Action.OpenUrl"}',
                "å" * 200,
            )
        ),
        max_size=6,
    ).map(" ".join),
)


def every(card: Any) -> Iterator[dict[str, Any]]:
    """Give each object in a card."""
    if isinstance(card, dict):
        yield card
        for value in card.values():
            yield from every(value)
    elif isinstance(card, list):
        for one in card:
            yield from every(one)


def assert_sound(card: dict[str, Any], url: str = "") -> None:
    """Hold a card against all that is promised of it."""
    assert card["version"] == "1.5"
    assert cards.size(card) <= cards.MOST_BYTES
    json.dumps(card, ensure_ascii=False).encode()
    for one in every(card):
        if "type" in one:
            assert one["type"] in ELEMENTS
            assert not {"isEnabled", "refresh", "authentication", "msteams", "selectAction", "backgroundImage"} & set(
                one
            )
        if one.get("type") == "Action.OpenUrl":
            assert one["url"] == url
        if one.get("type") == "Action.Execute":
            submit = one["fallback"]
            assert submit["type"] == "Action.Submit"
            assert submit["data"] == {"verb": one["verb"], **one["data"]}
            assert all(isinstance(value, int | str) for value in one["data"].values())
    for text in seen(card):
        assert "<at" not in text.lower()
        assert "</at" not in text.lower()
        assert "{{" not in text
        assert "${" not in text
        assert not any(ord(ch) < 32 and ch not in "\t\n" for ch in text)
        assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")


def seen(card: Any) -> list[str]:
    """Return all words of a card."""
    keys = ("text", "title", "label", "placeholder", "errorMessage", "fallbackText")
    return [one[key] for one in every(card) for key in keys if isinstance(one.get(key), str)]


@settings(max_examples=150, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_of_a_letters_words_becomes_a_link_a_mention_an_action_or_a_template(
    one: str, two: str, three: str
) -> None:
    act = Act(one, "svara", {"q": 7, "svar": "ta"})
    form = Act(
        two,
        "svara",
        {"q": 7, "svar": "annan"},
        (
            Field("till7", "choice", three, one, (("1", two), ("2", three))),
            Field("dag7", "day", one, two, least="2026-11-25"),
            Field("text7", "text", two, three),
        ),
        ask=one,
        send=two,
    )
    message = Message(
        one,
        two,
        (
            Heading(one),
            Paragraph(two),
            Paragraph(three, quiet=True),
            Stamp(((one, two), (three, "")), three),
            Rows((Row(one, two, three), Row(one, two, line=Line(one, two, three, "law")))),
            ByMail((Paragraph("BARAMEJL"),)),
            Button(one, "https://nb.example/arende/1"),
            Acts((act, form)),
        ),
        three,
    )
    card = cards.card(message, one)
    assert_sound(card, "https://nb.example/arende/1")
    assert "BARAMEJL" not in json.dumps(card)


@settings(max_examples=40, deadline=None)
@given(st.lists(HOSTILE, min_size=1, max_size=80), st.integers(1, 12))
def test_a_card_is_never_too_big_or_is_none(texts: list[str], groups: int) -> None:
    blocks: list[Block] = [Heading("H"), Rows(tuple(Row(t, t * 3, t * 3) for t in texts))]
    blocks += [Acts((Act("Klart", "svara", {"q": n, "svar": "klart"}),)) for n in range(groups)]
    try:
        card = cards.card(Message("S", "", tuple(blocks), "F"), "SN")
    except cards.TooBig:
        return
    assert_sound(card)


def test_words_of_any_length_fit() -> None:
    rows = tuple(Row("Etikett", "ö" * 5000, "å" * 5000) for _ in range(200))
    assert_sound(cards.card(Message("S" * 999, "", (Heading("H" * 9999), Rows(rows)), ""), ""))


def test_one_row_of_buttons_stands_at_the_foot_and_several_with_what_they_are_about() -> None:
    acts = Acts((Act("Klart", "svara", {"q": 1, "svar": "klart"}),))
    one = cards.card(Message("S", "", (Heading("H"), acts, Button("Öppna", "https://a.example")), ""), "SN")
    assert [a["title"] for a in one["actions"]] == ["Klart", "Öppna"]
    two = cards.card(Message("S", "", (Heading("H"), acts, Paragraph("mellan"), acts), ""), "SN")
    assert "actions" not in two
    assert [b["type"] for b in two["body"]].count("ActionSet") == 2


def test_the_pictures_of_the_house_hold_what_we_hold_ourselves_to() -> None:
    look = Path(__file__).parents[3] / "shared" / "design" / "look" / "kort"
    if not look.is_dir():
        pytest.skip("the pictures of the house are not here")
    for path in sorted(look.glob("*.json")):
        pictured = json.loads(path.read_text("utf-8"))
        # They use TextBlock for words of ours; a card of ours has none, since ours stand between a letter's.
        kinds = {one["type"] for one in every(pictured) if "type" in one} - {"TextBlock"}
        assert kinds <= ELEMENTS, path.name
