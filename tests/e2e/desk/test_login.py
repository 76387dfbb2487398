"""Login with the municipality's account, at a provider that runs on this machine; the window has no mouse there either."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path

import pytest

from tests.builders import STOCKHOLM
from tests.e2e.conftest import PICTURES, TOOLS
from tests.e2e.desk.town import YLVA, ekeby

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it uses the parts of Authlib that are going away
    from oidc_provider_mock import User, run_server_in_thread

pytestmark = pytest.mark.e2e
_LOGIN = """
[login.openid]
issuer = "{issuer}"
client_id = "namndbot"
secret = {{ file = "hemlighet" }}
name = "Ekeby-kontot"
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the provider's, in its own thread
@pytest.mark.usefixtures("browser_is_there")
def test_somebody_logs_in_with_their_account_and_out_again(tmp_path: Path) -> None:
    (tmp_path / "hemlighet").write_text("a secret that only the tests know", "utf-8")
    with run_server_in_thread(user_claims=[User(sub="ylva-konto")]) as provider:
        issuer = f"http://localhost:{provider.server_port}"
        with ekeby(tmp_path, TOOLS, PICTURES / "desk", _LOGIN.format(issuer=issuer)) as town:
            store = town.store()
            with store.book() as book:
                book.put_chat_person(issuer, "ylva-konto", town.people[YLVA].id, "it", now=town.now)
            store.close()
            # What the provider signs is dated by the real clock.
            town.start(dt.datetime.now(STOCKHOLM).replace(microsecond=0))
            window = town.desk()
            window.go("/granska")
            assert window.at() == "/in"
            assert not window.ask("examine", picture=str(PICTURES / "desk" / "konto-in"))
            window.tab("Logga in med Ekeby-kontot")
            assert window.faults() == []
            window.press("Enter")
            window.sees("ylva-konto")
            window.tab("ylva-konto")
            window.press("Enter")
            window.sees(YLVA)
            window.faults()  # the provider's own page asks for a style from elsewhere, which is its matter
            assert window.at() == "/granska"
            window.tab("Logga ut")
            window.turn("Enter")
            window.sees("Du är utloggad från Nämndbot")
            window.go("/granska")
            assert window.at() == "/in"
            assert window.faults() == []
            town.stop()
