"""Every form with what nobody would send: it is carried out or refused in our words, and what is refused changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.bot import pages_routes
from tests.bot.pages_attack import ATTACKS, MARK, faults_of
from tests.bot.pages_browser import Answer
from tests.bot.pages_letters import CANARY
from tests.bot.pages_stage import FINDERS, WHO, Form, Forms, Stage, forms, pages, route_of, stage

# Sent from pages that are themselves the answer to a form, or to what only machines send.
_NO_PAGE = {
    "/moten/lista/in": ("lista", "ersatt"),
    "/moten/{meeting}/hall": (),
    "/arende/{id}/plan": ("slut", "version"),
    "/regler/{rule}/behall": (),
    "/granska/{arrival}/flytta": ("seen", "arende"),
    "/granska/{arrival}/angra": ("act",),
    "/arende/{id}/punkt/{nr}/folj": ("version", "ansvarig", "atgard", "lage", "vantar", "dag", "skal"),
    "/handling/{document}/stryk": ("version", "skal"),
    "/installningar/personer/lista/in": ("namnd", "lista"),
    "/konto": (),
    "/konto/kod": ("epost",),
    "/konto/koppla": ("kod",),
}
_MACHINES = ("/graph/push",)
_FULL = settings(deadline=None, suppress_health_check=list(HealthCheck))
# Several forms are slow to make small: what fails here is made small by make soak.
_QUICK = settings(_FULL, phases=(Phase.explicit, Phase.reuse, Phase.generate))
_SECRET_WHO = "Mona"  # the only one with the role sekretess

_odd = st.one_of(
    st.sampled_from(
        [*(one for one in ATTACKS if len(one) < 1000), MARK, "x" * 5000, "\r\n", " ", "\u00a0", "ja", "on"]
    ),
    st.sampled_from(["0", "-1", "1", "2", "3", "9", "1e3", "1.5", "٣", "9" * 12, "9" * 13, "9" * 40, "0x1", "None"]),
    st.sampled_from(["2026-12-24", "2026-02-30", "0001-01-01", "9999-12-31", "-2026-01-01", "20261224", "2026-W01-1"]),
    st.text(max_size=40),
)
# Bytes that are no text: half a sign, none at all, what ends a string elsewhere.
_bytes = st.one_of(
    st.sampled_from([b"\xed\xa0\x80", b"\xff\xfe", b"\x00", b"a\x00b", b"%", b"+&=;"]), st.binary(max_size=12)
)
_numbers = st.sampled_from(
    [
        "0",
        "-1",
        "1",
        "2",
        "3",
        "7",
        "999999",
        "9" * 12,
        "9" * 13,
        "9" * 40,
        "1.5",
        "%31",
        "%D9%A3",
        "1%00",
        "..%2f1",
        "a",
    ]
)


@dataclass(frozen=True)
class Sent:
    """What is sent: which form (of those there are), by whom, to where, and what stands in it."""

    form: int
    who: str | None
    number: str | None
    fields: tuple[tuple[str, str, str, bytes], ...]  # how each field is filled: its way, a word, another, bytes
    kind: str
    more: tuple[tuple[str, str], ...]


_WAYS = ("as it is", "as it is", "option", "option", "odd", "odd", "odd", "missing", "twice", "bytes")
_KINDS = ("form",) * 8 + ("parts", "parts", "file", "json", "text", "broken")
_sent = st.builds(
    Sent,
    st.integers(0, 10_000),
    st.one_of(st.none(), st.none(), st.sampled_from(WHO)),
    st.one_of(st.none(), st.none(), st.none(), _numbers),
    st.tuples(*([st.tuples(st.sampled_from(_WAYS), _odd, _odd, _bytes)] * 9)),
    st.sampled_from(_KINDS),
    st.lists(
        st.tuples(st.sampled_from(["namnd", "version", "seen", "gjort", "fil", "skal", "once", "csrf2"]), _odd),
        max_size=2,
    ).map(tuple),
)


def _filled(form: Form, sent: Sent) -> list[tuple[bytes, bytes]]:
    """Return the fields as they are sent; a form of many fields has the ways over and over."""
    found: list[tuple[str, str | bytes]] = []
    for number, (name, said) in enumerate(form.fields):
        way, word, other, raw = sent.fields[number % len(sent.fields)]
        if way == "missing":
            continue
        chosen: dict[str, str | bytes] = {
            "as it is": said[0],
            "option": said[len(word) % len(said)],
            "odd": word,
            "twice": word,
            "bytes": raw,
        }
        found.append((name, chosen[way]))
        if way == "twice":
            found.append((name, other))
    told = [(name, value if isinstance(value, bytes) else _utf8(value)) for name, value in (*found, *sent.more)]
    return [(name.encode(), value) for name, value in told]


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _body(fields: list[tuple[bytes, bytes]], kind: str) -> tuple[str, bytes]:
    """Return the type and the bytes that such a browser would send."""
    if kind in ("form", "json", "text"):
        body = b"&".join(n + b"=" + quote_from_bytes(v).encode() for n, v in fields)
        types = {"form": "application/x-www-form-urlencoded", "json": "application/json", "text": "text/plain"}
        return types[kind], body
    made = b""
    for name, value in fields:
        file = b'; filename="../x\xff.eml"\r\nContent-Type: text/html' if kind == "file" and name != b"csrf" else b""
        made += b'--b\r\nContent-Disposition: form-data; name="' + name + b'"' + file + b"\r\n\r\n" + value + b"\r\n"
    if kind == "file":
        made += b'--b\r\nContent-Disposition: form-data; name="fil"; filename="a.eml"\r\n\r\nSubject: a\r\n\r\nb\r\n'
    return "multipart/form-data; boundary=b", made + (b"--b--\r\n" if kind != "broken" else b"--")


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture(scope="module")
def gathered(on: Stage) -> tuple[Forms, list[str]]:
    return on.run(forms(on))


@pytest.fixture(scope="module")
def asked_for(gathered: tuple[Forms, list[str]]) -> list[str]:
    """Every word that a query of ours holds, in links and in forms that ask."""
    return gathered[1]


@pytest.fixture(scope="module")
def found(gathered: tuple[Forms, list[str]]) -> Forms:
    """Every form there is."""
    extra = [
        Form(route, re.sub(r"\{[a-z]+\}", "1", route), "Ylva", "/moten", tuple((name, ("",)) for name in fields))
        for route, fields in _NO_PAGE.items()
    ]
    return Forms([*gathered[0], *extra])


async def _send(on: Stage, form: Form, sent: Sent) -> list[str]:
    """Send a form and return what is wrong with what came of it."""
    who = form.who if sent.who is None else sent.who
    numbers = re.split(r"(?<=/)\d+(?=/|$)", form.path, maxsplit=1)
    path = sent.number.join(numbers) if sent.number is not None and len(numbers) == 2 else form.path
    cookie, token = "", f"{who}-csrf"
    if not who:
        opened = await on.browser.get(form.page)
        token = opened.cookies.get("namndbot-in", "")
        cookie = f"namndbot-in={token}"
    kind, body = _body([*_filled(form, sent), (b"csrf", token.encode())], sent.kind)
    before = on.content()
    answer = await on.browser.raw(path, who, kind, body, cookie=cookie)
    told = faults_of(answer)
    if not (200 <= answer.status < 500):
        told.append(f"answers {answer.status}")
    if answer.status >= 400 and on.content() != before:
        told.append(f"has written something though it answers {answer.status}")
    if 300 <= answer.status < 400:
        to = answer.headers["Location"]
        if not re.match(r"/(?![/\\])", to):
            told.append(f"sends on to {to!r}")
        else:
            answer = await on.browser.get(to, who)
            told += faults_of(answer)
    if who != _SECRET_WHO and CANARY in answer.text:
        told.append("tells of what is secret")
    return [f"{who or 'nobody'} sends {path} {kind} {body[:300]!r}: {one}" for one in told]


def _try(on: Stage, found: Forms, all_sent: list[Sent], caplog: pytest.LogCaptureFixture) -> None:
    on.begin_again()
    caplog.clear()
    for sent in all_sent:
        form = found[sent.form % len(found)]
        assert on.run(_send(on, form, sent)) == []
        wrong = [r.getMessage() for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")]
        assert wrong == [], form
        # Who decides that a letter is not secret after all lets others read it.
        if form.route == "/granska/{arrival}/beslut" and (sent.who or form.who) == _SECRET_WHO:
            break


def test_there_is_a_form_for_every_address_that_takes_one(found: Forms) -> None:
    assert set(pages_routes.routes("POST")) - set(_MACHINES) - {form.route for form in found} == set()
    assert {form.who for form in found} == set(FINDERS)


@settings(_QUICK, max_examples=15)
@given(st.lists(_sent, min_size=5, max_size=8))
def test_a_form_filled_with_anything_is_carried_out_or_refused(
    on: Stage, found: Forms, caplog: pytest.LogCaptureFixture, all_sent: list[Sent]
) -> None:
    _try(on, found, all_sent, caplog)


@pytest.mark.soak
@settings(_FULL, max_examples=400)
@given(st.lists(_sent, min_size=1, max_size=12))
def test_thousands_of_forms_filled_with_anything_are_carried_out_or_refused(
    on: Stage, found: Forms, caplog: pytest.LogCaptureFixture, all_sent: list[Sent]
) -> None:
    _try(on, found, all_sent, caplog)


def test_every_form_sent_empty_and_with_every_field_wrong(
    on: Stage, found: Forms, caplog: pytest.LogCaptureFixture
) -> None:
    empty, huge = ("missing", "", "", b""), ("odd", "x" * 3000 + MARK, "", b"")
    on.begin_again()
    for form in {form.route: form for form in reversed(found) if form.route != "/ut"}.values():
        for field in (empty, huge):
            assert on.run(_send(on, form, Sent(0, None, None, (field,), "form", ()))) == []
    assert [r.getMessage() for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")] == []


_asked = st.lists(st.tuples(st.integers(0, 10_000), st.one_of(_odd, _bytes.map(quote_from_bytes))), max_size=4)


async def _ask(on: Stage, path: str, who: str, query: str) -> list[str]:
    before = on.content()
    answer: Answer = await on.browser.get(f"{path}{'&' if '?' in path else '?'}{query}", who)
    told = faults_of(answer)
    if on.content() != before:
        told.append("has written something though it was only asked")
    if who != _SECRET_WHO and CANARY in answer.text:
        told.append("tells of what is secret")
    return [f"{who or 'nobody'} asks {path} {query}: {one}" for one in told]


def _asks(on: Stage, asked_for: list[str], number: int, who: str, pairs: list[tuple[int, str]]) -> None:
    places = pages(on)
    _, path = places[number % len(places)]
    query = urlencode([(asked_for[key % len(asked_for)], _utf8(said)) for key, said in pairs])
    assert on.run(_ask(on, path, who, query)) == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31", "2026-02-30"])
@pytest.mark.parametrize(
    "path", ["/diariet", "/diariet.csv", "/diariet?vy=post", "/postlista.csv", "/diarium/sn", "/diarium/sn.csv"]
)
def test_a_day_that_no_clock_tells_is_refused_in_words(on: Stage, path: str, day: str) -> None:
    for name in ("fran", "till", "dag"):
        assert on.run(_ask(on, path, "Ylva", f"{name}={day}")) == []


@settings(_QUICK, max_examples=60)
@given(st.integers(0, 10_000), st.sampled_from(WHO), _asked)
def test_a_page_asked_for_with_anything_is_shown_or_is_not_there(
    on: Stage, asked_for: list[str], number: int, who: str, pairs: list[tuple[int, str]]
) -> None:
    _asks(on, asked_for, number, who, pairs)


@pytest.mark.soak
@settings(_FULL, max_examples=3000)
@given(st.integers(0, 10_000), st.sampled_from(WHO), _asked)
def test_pages_asked_for_with_anything_thousands_of_times(
    on: Stage, asked_for: list[str], number: int, who: str, pairs: list[tuple[int, str]]
) -> None:
    _asks(on, asked_for, number, who, pairs)


def test_a_form_that_leads_nowhere_would_be_seen() -> None:
    with pytest.raises(AssertionError, match="nothing takes it"):
        route_of("/finns/inte/alls/har")
