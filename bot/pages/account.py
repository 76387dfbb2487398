"""Login with an account at a provider: sent there, back again, and who an account is that nobody knows yet.

The provider sends the browser back by a GET, the one address here where a GET acts. It acts for the browser that we
sent alone, once, within ten minutes: a POST of its own would come without our cookies (SameSite=Lax).
"""

from __future__ import annotations

import datetime as dt
import logging

from bot.entrances import Account, NotLetIn, OutOfReach
from bot.pages import security
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown
from bot.pages.login import in_as
from handlers import acquainting
from handlers.notices.chattkod import MINUTES, ON_THE_PAGES
from storage.records import Person

log = logging.getLogger("namndbot.login")

TRY_SECONDS = 600  # from the button until the browser is back
_CODE_TIME = dt.timedelta(minutes=MINUTES + 5)


def begin(ask: Ask) -> Answer:
    """Send the browser to the provider."""
    accounts = ask.desk.accounts
    if accounts is None:
        raise Missing
    token = security.new_token()
    try:
        url = accounts.begin(token)
    except (NotLetIn, OutOfReach) as error:
        return _not_in(ask, error)
    with ask.desk.store.book() as book:
        book.put_login_try(token, expires_at=ask.now + dt.timedelta(seconds=TRY_SECONDS))
    # By a page and not by a redirect: a form may lead to ourselves alone (form-action), wherever it is led on to.
    return Shown("account_onward.html", {"name": accounts.name, "url": url}, trying=token)


def finish(ask: Ask) -> Answer:
    """Take the browser back, and log in whose account it is."""
    accounts = ask.desk.accounts
    if accounts is None:
        raise Missing
    with ask.desk.store.book() as book:
        ours = bool(ask.trying) and book.use_login_try(ask.trying, now=ask.now)
    if not ours:
        late = NotLetIn("no try", "Inloggningen hann gå ut, eller så började den i en annan webbläsare. Försök igen.")
        return _not_in(ask, late)
    try:
        account = accounts.finish(ask.trying, ask.query)
    except (NotLetIn, OutOfReach) as error:
        return _not_in(ask, error)
    with ask.desk.store.book() as book:
        person = book.chat_person(account.tenant, account.object_id)
        if person is None:
            book.login_try_is(ask.trying, account.tenant, account.object_id, expires_at=ask.now + _CODE_TIME)
            # The id is what IT writes in the list; it names nobody.
            log.info("an account that nobody is tied to: %s", account.object_id)
    return _unknown(ask, account) if person is None else _in(ask, person)


def mail_code(ask: Ask) -> Answer:
    """Mail a code to who the account's owner says they are; whether the address is known is not told."""
    account = _met(ask)
    email = ask.form.get("epost", "").strip().lower()[:200]
    if email.count("@") != 1 or " " in email:
        return _unknown(ask, account, fault="Skriv din e-postadress i kommunen.", email=email, status=422)
    with ask.desk.store.book() as book:
        acquainting.mail_code(
            book, account.tenant, account.object_id, email, ask.desk.namnder, now=ask.now, where=ON_THE_PAGES
        )
    ask.desk.wake()
    return _unknown(ask, account, email=email, asked=True)


def prove(ask: Ask) -> Answer:
    """Tie the account to whom the code was mailed to, and log them in."""
    account = _met(ask)
    code = "".join(ask.form.get("kod", "").split())[:20]
    with ask.desk.store.book() as book:
        person = acquainting.proven(
            book, account.tenant, account.object_id, code, ask.desk.namnder, now=ask.now, where=ON_THE_PAGES
        )
    if person is None:
        fault = "Koden stämmer inte, eller så har den gått ut. Begär en ny."
        return _unknown(ask, account, asked=True, fault=fault, status=422)
    ask.desk.wake()
    return _in(ask, person)


def _met(ask: Ask) -> Account:
    """Return the account that came back to this browser; nothing where codes are not mailed."""
    with ask.desk.store.look() as book:
        met = book.login_try_account(ask.trying, now=ask.now) if ask.trying else None
    if ask.desk.accounts is None or not ask.desk.links or met is None:
        raise Missing
    return Account(*met)


def _in(ask: Ask, person: Person) -> Answer:
    with ask.desk.store.book() as book:
        held = [r for r in book.roles(on=ask.today, person_id=person.id) if r.namnd in ask.desk.namnder]
        if held:
            book.end_login_try(ask.trying)
            token = in_as(book, ask, person, "account")
    if not held:
        log.info("person:%s has an account and no role today", person.id)
        return _not_in(ask, NotLetIn("no role", "Du har ingen roll i Nämndbot i dag. Fråga registratorn."))
    return Sent("/", session=token, trying="")


def _unknown(
    ask: Ask, account: Account, *, fault: str = "", email: str = "", asked: bool = False, status: int = 403
) -> Answer:
    view = {
        "name": ask.desk.accounts.name if ask.desk.accounts else "",
        "object_id": account.object_id,
        "codes": ask.desk.links,
        "asked": asked,
        "email": email,
        "fault": fault,
        "minutes": MINUTES,
    }
    return Shown("account_unknown.html", view, 200 if asked and not fault else status)


def _not_in(ask: Ask, error: NotLetIn | OutOfReach) -> Answer:
    assert ask.desk.accounts is not None
    why = error.why if isinstance(error, NotLetIn) else "out of reach"
    log.warning("a login with an account was refused: %s", why)
    view = {"name": ask.desk.accounts.name, "told": str(error), "links": ask.desk.links}
    return Shown("account_refused.html", view, 503 if isinstance(error, OutOfReach) else 403, trying="")
