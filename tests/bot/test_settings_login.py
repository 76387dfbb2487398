"""The settings of logging in: what is right is taken, and what is wrong is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import doctor, settings
from bot.clock import RealClock
from bot.entrances import Logins
from tests.bot.provider_double import CLIENT, TENANT, ProviderDouble
from tests.bot.test_settings import GOOD, _faults, _load

_TOP = GOOD.replace("\n[[namnd]]", 'url = "https://namndbot.ekeby.example"\n\n[[namnd]]')
ENTRA = f"""
[login.entra]
tenant = "{TENANT}"
client_id = "{CLIENT}"
secret = {{ env = "NB_LOGIN" }}
"""
OPENID = """
[login.openid]
issuer = "https://id.ekeby.example/realms/ekeby"
client_id = "namndbot"
secret = { env = "NB_LOGIN" }
name = "Ekeby-id"
"""


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NB_LOGIN", "hemlig")


def test_without_a_word_people_log_in_by_links(tmp_path: Path) -> None:
    assert _load(tmp_path, GOOD).login == Logins(True, None)


def test_entra_is_one_directory_and_the_address_to_come_back_to(tmp_path: Path) -> None:
    made = _load(tmp_path, _TOP + ENTRA.replace(TENANT, TENANT.upper())).login.provider
    assert made is not None
    assert made.issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert made.answers == "https://namndbot.ekeby.example/konto/svar"
    assert (made.tenant, made.keys, made.secret, made.entra) == (TENANT, ("tid", "oid"), "hemlig", True)
    assert "hemlig" not in repr(made)


def test_any_provider_may_be_named(tmp_path: Path) -> None:
    found = _load(tmp_path, _TOP + "\n[login]\nlinks = false\n" + OPENID).login
    assert not found.links
    assert found.provider is not None
    assert (found.provider.keys, found.provider.tenant, found.provider.entra) == (("iss", "sub"), "", False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD + "\n[login]\nlinks = false\n", ", rad 10: login.links: är false, och då kan ingen logga in."),
        (GOOD + "\n[login]\nlink = true\n", ", rad 10: login.link: känner boten inte till. Menade du links?"),
        (GOOD.replace("\n[[", "\nlogin = 1\n[["), ", rad 3: login: är inte en tabell."),
        (_TOP + ENTRA.replace(TENANT, "ekeby.se"), ", rad 11: login.entra.tenant: är 'ekeby.se'."),
        (_TOP + ENTRA.replace('client_id = "namndbot-klient"\n', ""), ", rad 10: login.entra.client_id: saknas."),
        (
            _TOP + ENTRA.replace("NB_LOGIN", "NB_NONE"),
            ", rad 13: login.entra.secret: miljövariabeln NB_NONE finns inte.",
        ),
        (
            _TOP + ENTRA.replace("secret =", "#") + 'certificate = "ingen.pem"\n',
            ", rad 14: login.entra.certificate: filen ingen.pem finns inte.",
        ),
        (_TOP + ENTRA.replace("secret =", "#"), "login.entra.secret: och certificate: ange det ena av dem."),
        (_TOP + ENTRA + 'authority = "http://login.example"\n', ", rad 14: login.entra.authority: är 'http"),
        (
            _TOP.replace("https://namndbot", "http://namndbot") + ENTRA,
            "login.entra: behöver https, men url är 'http://namndbot.ekeby.example'.",
        ),
        (_TOP + ENTRA + OPENID, "login.openid: och entra: ange det ena av dem."),
        (_TOP + OPENID.replace("https://id", "http://id"), ", rad 11: login.openid.issuer: är 'http://id"),
        (_TOP + OPENID + 'key = ["sub"]\n', ", rad 15: login.openid.key: är ['sub']."),
        (_TOP + OPENID + 'key = ["email", "email"]\n', ", rad 15: login.openid.key: är ['email', 'email']."),
        (_TOP + OPENID + 'key = ["tid", "oid"]\n', "login.openid.tenant: och key hör ihop."),
        (
            _TOP + ENTRA + '\n[teams]\napp_id = "a"\ntenant = "b"\nsecret = { env = "NB_LOGIN" }\n',
            ", rad 11: login.entra.tenant: är en annan katalog än den under [teams].",
        ),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, told: str) -> None:
    faults = _faults(tmp_path, text)
    assert [f for f in faults if f.startswith(told) or told in f], faults


def test_doctor_tries_the_provider(tmp_path: Path) -> None:
    with ProviderDouble() as double:
        text = _TOP + ENTRA + f'authority = "{double.url}"\n'
        found = _load(tmp_path, text)
        said = [(f.verdict, f.what) for f in doctor._login(found)]
        assert said[0][0] == "ok"
        assert "nycklar (1)" in said[0][1]
        double.about = {"issuer": "https://other.example"}
        assert [f.verdict for f in doctor._login(found)] == ["fault"]
    down = list(doctor.examine(settings.load(found.file), RealClock(), letter=False))
    assert any(f.verdict == "fault" and "svarar inte" in f.what for f in down)
