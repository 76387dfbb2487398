"""Whose a browser is, as a provider says: what is believed, and every way in which it is not."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

from bot.entrances import Account, NotLetIn, OutOfReach, Provider
from bot.openid import OpenId
from tests.bot.provider_double import CLIENT, OID, SECRET, TENANT, ProviderDouble, curve, key, public_pem

TOKEN = "the-browsers-own-random-token-of-43-characters"
ACCOUNT = Account(TENANT, OID)


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as made:
        yield made


def provider(double: ProviderDouble, **changes: Any) -> Provider:
    how: dict[str, Any] = {
        "name": "Microsoft 365",
        "issuer": double.issuer,
        "client_id": CLIENT,
        "secret": SECRET,
        "certificate": None,
        "tenant": TENANT,
        "keys": ("tid", "oid"),
        "answers": "https://namndbot.ekeby.example/konto/svar",
        "ca": None,
    }
    return Provider(**how | changes)


def logged_in(openid: OpenId, double: ProviderDouble, **changes: str) -> Account:
    return openid.finish(TOKEN, double.log_in(openid.begin(TOKEN)) | changes)


def refused(openid: OpenId, double: ProviderDouble, **changes: str) -> str:
    with pytest.raises(NotLetIn) as told:
        logged_in(openid, double, **changes)
    assert "eyJ" not in f"{told.value} {told.value.why}"
    return told.value.why


def test_an_account_is_its_directory_and_its_id_there(double: ProviderDouble) -> None:
    double.claims = {"oid": OID.upper(), "email": "chef@ekeby.example"}
    assert logged_in(OpenId(provider(double)), double) == ACCOUNT
    form = double.forms[0]
    assert form["grant_type"] == "authorization_code"
    assert form["authorization"].startswith("Basic ")
    double.about = {"token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"]}
    assert logged_in(OpenId(provider(double)), double) == ACCOUNT
    assert (double.forms[1]["client_secret"], double.forms[1]["authorization"]) == (SECRET, "")


def test_what_is_sent_along_tells_nothing_of_the_browsers_token(double: ProviderDouble) -> None:
    openid = OpenId(provider(double))
    url = openid.begin(TOKEN)
    assert TOKEN not in url
    assert SECRET not in url
    assert "code_challenge_method=S256" in url
    assert "response_mode=query" in url
    assert openid.begin("another") != url


@pytest.mark.parametrize(("alg", "made"), [("RS256", key), ("PS256", key), ("ES256", curve)])
def test_three_ways_of_signing_are_believed(double: ProviderDouble, alg: str, made: Callable[[str], Any]) -> None:
    double.alg, double.signs_with, double.shown = alg, made("one"), [made("one")]
    assert logged_in(OpenId(provider(double)), double) == ACCOUNT


LIES: dict[str, dict[str, Any]] = {
    "no signature": {"alg": "none"},
    "signed with the public key as a secret": {"alg": "HS256", "signs_with": public_pem("one")},
    "signed with the client's secret": {"alg": "HS256", "signs_with": SECRET.encode()},
    "signed with another's key under the same name": {"signs_with": key("other")},
    "signed in a way that is not on the list": {"alg": "RS512"},
    "another issuer": {"claims": {"iss": "https://login.microsoftonline.com/x/v2.0"}},
    "another issuer that begins alike": {"claims": {"iss": "http://127.0.0.1"}},
    "for another": {"claims": {"aud": "another"}},
    "for us and another": {"claims": {"aud": [CLIENT, "another"], "azp": CLIENT}},
    "given to another": {"claims": {"azp": "another"}},
    "old": {"claims": {"exp": 1_000_000_000}},
    "not yet": {"claims": {"nbf": 4_000_000_000}},
    "written in the future": {"claims": {"iat": 4_000_000_000}},
    "another login's": {"claims": {"nonce": "another"}},
    "no nonce": {"without": ("nonce",)},
    "no end": {"without": ("exp",)},
    "no issuer": {"without": ("iss",)},
    "for nobody": {"without": ("aud",)},
    "another directory": {"claims": {"tid": "99999999-2222-3333-4444-555555555555"}},
    "no directory": {"without": ("tid",)},
    "no account": {"without": ("oid",)},
    "an account that is no text": {"claims": {"oid": ["a"]}},
    "an account that is a text with a line": {"claims": {"oid": "a\nb"}},
    "a guest by acct": {"claims": {"acct": 1}},
    "a guest by idp": {"claims": {"idp": "https://sts.windows.net/99999999-2222-3333-4444-555555555555/"}},
    "a guest with an account of another kind": {"claims": {"idp": "live.com"}},
}


@pytest.mark.parametrize("lie", list(LIES))
def test_what_is_not_right_is_not_believed(double: ProviderDouble, lie: str) -> None:
    for name, value in LIES[lie].items():
        setattr(double, name, value)
    refused(OpenId(provider(double)), double)


def test_a_clock_that_is_a_minute_off_does_no_harm(double: ProviderDouble) -> None:
    now = int(time.time())
    double.claims = {"iat": now + 60, "nbf": now + 60, "exp": now - 60}
    assert logged_in(OpenId(provider(double)), double) == ACCOUNT


def test_a_member_by_every_mark_is_let_in(double: ProviderDouble) -> None:
    double.claims = {"acct": 0, "idp": f"https://sts.windows.net/{TENANT}/", "azp": CLIENT, "aud": [CLIENT]}
    assert logged_in(OpenId(provider(double)), double) == ACCOUNT


def test_another_browsers_answer_is_refused_before_anything_is_asked(double: ProviderDouble) -> None:
    openid = OpenId(provider(double))
    back = double.log_in(openid.begin("another browser"))
    with pytest.raises(NotLetIn):
        openid.finish(TOKEN, back)
    with pytest.raises(NotLetIn):
        openid.finish(TOKEN, {"code": back["code"]})
    assert double.forms == []


def test_a_code_works_once(double: ProviderDouble) -> None:
    openid = OpenId(provider(double))
    back = double.log_in(openid.begin(TOKEN))
    assert openid.finish(TOKEN, back) == ACCOUNT
    with pytest.raises(NotLetIn, match="AADSTS70008"):
        openid.finish(TOKEN, back)


def test_an_answer_that_names_another_issuer_is_refused(double: ProviderDouble) -> None:
    openid = OpenId(provider(double))
    assert refused(openid, double, iss="https://other.example") == "iss of the answer"
    assert logged_in(openid, double, iss=double.issuer) == ACCOUNT
    double.about = {"authorization_response_iss_parameter_supported": True}
    assert refused(OpenId(provider(double)), double) == "iss of the answer"


@pytest.mark.parametrize(
    ("error", "description", "told"),
    [
        ("access_denied", "", "avbröts"),
        ("consent_required", "AADSTS65001: name@ekeby.example has not consented", "godkännande"),
        ("server_error", "AADSTS50105: <b>someone</b>", "inte tilldelat"),
        ("<script>", "x" * 100_000, "nekades"),
    ],
)
def test_what_the_provider_refuses_is_told_plainly(
    double: ProviderDouble, error: str, description: str, told: str
) -> None:
    openid = OpenId(provider(double))
    state = double.log_in(openid.begin(TOKEN))["state"]
    with pytest.raises(NotLetIn, match=told) as refusal:
        openid.finish(TOKEN, {"state": state, "error": error, "error_description": description})
    assert "<" not in f"{refusal.value}{refusal.value.why}"
    assert "@" not in f"{refusal.value}{refusal.value.why}"


def test_a_new_key_is_found_and_an_unknown_one_is_not_looked_for_again_and_again(double: ProviderDouble) -> None:
    now = [time.time()]
    openid = OpenId(provider(double), lambda: now[0])
    assert logged_in(openid, double) == ACCOUNT
    double.signs_with, double.kid, double.shown = key("two"), "two", [key("one"), key("two")]
    assert refused(openid, double) == "an unknown key"
    assert double.asked.count("/keys") == 1
    now[0] += 61
    assert logged_in(openid, double) == ACCOUNT
    assert double.asked.count("/keys") == 2
    double.signs_with, double.kid = key("three"), "three"
    for _ in range(5):
        assert refused(openid, double) == "an unknown key"
    assert double.asked.count("/keys") == 2


def test_keys_are_not_believed_for_ever(double: ProviderDouble) -> None:
    now = [time.time()]
    openid = OpenId(provider(double), lambda: now[0])
    assert logged_in(openid, double) == ACCOUNT
    double.status["/keys"] = 500
    now[0] += 13 * 3600
    late = {"iat": int(now[0]), "nbf": int(now[0]), "exp": int(now[0]) + 60}
    double.claims = late
    assert logged_in(openid, double) == ACCOUNT
    now[0] += 12 * 3600
    double.claims = {name: value + 12 * 3600 for name, value in late.items()}
    with pytest.raises(OutOfReach):
        logged_in(openid, double)


def test_a_small_key_is_no_key(double: ProviderDouble) -> None:
    small = key("one").as_dict(private=False)
    small["n"] = small["n"][:171]  # 1024 bits
    double.body["/keys"] = json.dumps({"keys": [small, {"kty": "oct", "k": "AAAA"}, "no key"]}).encode()
    with pytest.raises(OutOfReach, match="nycklar"):
        logged_in(OpenId(provider(double)), double)


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"jwks_uri": "https://a@evil.example/keys"},
    ],
)
def test_a_provider_that_says_odd_things_of_itself_is_not_used(double: ProviderDouble, about: dict[str, Any]) -> None:
    double.about = about
    with pytest.raises(NotLetIn):
        OpenId(provider(double)).begin(TOKEN)


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"[" * 100_000, b'"' + b"a" * 600_000 + b'"'])
def test_what_is_no_answer_is_a_provider_out_of_reach(double: ProviderDouble, body: bytes) -> None:
    double.body[f"/{TENANT}/v2.0/.well-known/openid-configuration"] = body
    with pytest.raises(OutOfReach):
        OpenId(provider(double)).begin(TOKEN)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id_token": 1}', b'{"id_token": "a.b.c"}', b"[" * 100_000])
def test_a_token_that_is_none_lets_nobody_in(double: ProviderDouble, body: bytes) -> None:
    double.body["/token"] = body
    with pytest.raises((OutOfReach, NotLetIn)):
        logged_in(OpenId(provider(double)), double)


def test_a_provider_that_is_down_is_not_asked_again_at_once(double: ProviderDouble) -> None:
    now = [time.time()]
    openid = OpenId(provider(double), lambda: now[0])
    url = f"/{TENANT}/v2.0/.well-known/openid-configuration"
    double.status[url] = 503
    for _ in range(3):
        with pytest.raises(OutOfReach):
            openid.begin(TOKEN)
    double.close()
    with pytest.raises(OutOfReach):
        openid.begin(TOKEN)


def test_a_redirect_is_not_followed(double: ProviderDouble) -> None:
    double.status["/token"] = 307
    with pytest.raises((OutOfReach, NotLetIn)):
        OpenId(provider(double)).finish(TOKEN, {"state": "x"})
    double.status[f"/{TENANT}/v2.0/.well-known/openid-configuration"] = 302
    with pytest.raises(OutOfReach):
        OpenId(provider(double)).begin(TOKEN)


def test_another_provider_is_known_by_issuer_and_subject(double: ProviderDouble) -> None:
    double.claims, double.without = {"sub": "Kalle-07"}, ("tid", "oid")
    openid = OpenId(provider(double, tenant="", keys=("iss", "sub")))
    assert logged_in(openid, double) == Account(double.issuer, "Kalle-07")


def test_a_certificate_answers_for_us_instead_of_a_secret(double: ProviderDouble, tmp_path: Path) -> None:
    pem = certificate(tmp_path / "inloggning.pem", days=30)
    openid = OpenId(provider(double, secret="", certificate=pem))
    assert logged_in(openid, double) == ACCOUNT
    form = double.forms[0]
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    told = form["client_assertion"]
    assert set(jws.extract_compact(told.encode()).headers()) >= {"x5t#S256", "alg"}
    mine = RSAKey.import_key(pem.read_bytes().partition(b"-----BEGIN CERT")[0])
    claims = jwt.decode(told, mine, algorithms=["PS256"]).claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT, CLIENT, f"{double.url}/token")
    assert claims["exp"] - claims["nbf"] == 300


def test_a_certificate_that_has_run_out_is_told(double: ProviderDouble, tmp_path: Path) -> None:
    other = certificate(tmp_path / "other.pem", days=30).read_bytes()
    for days, swap in ((-1, None), (30, lambda mine: b"-----BEGIN NOTHING-----"), (30, lambda mine: mine)):
        pem = certificate(tmp_path / "inloggning.pem", days=days)
        if swap:
            whole = pem.read_bytes()
            pem.write_bytes(swap(whole[: whole.index(b"-----BEGIN CERT")]) + other[other.index(b"-----BEGIN CERT") :])
        with pytest.raises(NotLetIn, match="ertifikat"):
            OpenId(provider(double, secret="", certificate=pem)).examine()


def certificate(path: Path, *, days: int) -> Path:
    private = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "namndbot")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=60))
        .not_valid_after(now + dt.timedelta(days=days))
        .sign(private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(plain + made.public_bytes(pem))
    return path


def test_no_secret_and_no_token_is_logged(double: ProviderDouble, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    openid = OpenId(provider(double))
    logged_in(openid, double)
    double.claims = {"aud": "another"}
    refused(openid, double)
    double.close()
    with pytest.raises(OutOfReach):
        OpenId(provider(double)).begin(TOKEN)
    said = caplog.text + repr(provider(double))
    for canary in (SECRET, TOKEN, "eyJ", *(form["code"] for form in double.forms)):
        assert canary not in said


def test_doctor_counts_the_keys(double: ProviderDouble) -> None:
    double.shown = [key("one"), curve("two")]
    assert OpenId(provider(double)).examine() == 2


def test_where_one_logs_out_is_told_when_it_is_known(double: ProviderDouble) -> None:
    openid = OpenId(provider(double))
    assert openid.end() == ""
    openid.begin(TOKEN)
    assert openid.end().startswith(f"{double.url}/logout?client_id={CLIENT}&post_logout_redirect_uri=https%3A%2F%2Fnam")
