"""The bot's own token for Teams: fetched in a thread, once for all who wait, kept while it lasts, dropped when refused."""

from __future__ import annotations

import asyncio
import concurrent.futures
from dataclasses import dataclass, field
from pathlib import Path

from bot.channels import net
from bot.channels.gateway import ChatError, NotLetIn, Transient
from bot.doors import TeamsDoor
from bot.mailboxes.graph_login import Login
from handlers.ports import Away, Shut

SERVICE = "https://api.botframework.com"


@dataclass(frozen=True, slots=True)
class _App:
    """The bot as what logs in to the directory that it belongs to."""

    client_id: str
    secret: str = field(repr=False)
    certificate: Path | None
    tenant: str
    login: str
    ca: Path | None
    url: str = SERVICE


class Tokens:
    """Gives the token. Without an app id there is none, and none is asked for."""

    def __init__(self, door: TeamsDoor, patience: float = net.WHOLE) -> None:
        self._login: Login | None = None
        if door.app_id:
            tenant = next(t.strip() for t in door.tenants if t.strip())
            app = _App(door.app_id, door.secret, door.certificate, tenant, door.login.rstrip("/"), door.ca)
            self._login = Login(app)
        self._patience = patience
        # msal blocks, and is asked by one thread at a time.
        self._aside = concurrent.futures.ThreadPoolExecutor(1, "teams-login")
        self._asking: asyncio.Future[str] | None = None
        self._refused = ""

    async def get(self) -> str:
        """Return a token that is good for a while; empty where none is needed. Raises Transient and NotLetIn."""
        if self._login is None:
            return ""
        if self._asking is None or self._asking.done():
            loop = asyncio.get_running_loop()
            self._asking = loop.run_in_executor(self._aside, self._login.token, self._refused)
            self._asking.add_done_callback(_heard)
        asking = self._asking
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(asking)
        except TimeoutError:
            raise Transient("Inloggningen till Microsoft 365 svarar för långsamt.", before=True) from None
        except Away as error:
            raise Transient(str(error), error.retry_after, before=True) from None
        except Shut as error:
            raise NotLetIn(str(error)) from None
        except OSError:
            raise NotLetIn("Filen ca med certifikat går inte att läsa. Kontrollera sökvägen.") from None

    def accepted(self) -> None:
        """Note that the service took the token."""
        self._refused = ""

    def refused(self, token: str) -> ChatError:
        """Drop a token that the service did not take; return the fault that it is.

        Once it may have been taken back or have run out. When the next one is refused too, the rights are wrong.
        """
        again = self._refused not in ("", token)
        self._refused = token
        if again or not token:
            return NotLetIn(
                "Teams godtar inte appens inloggning. Kontrollera app_id och att boten är inställd i Azure."
            )
        return Transient("Teams godtog inte appens inloggning; boten loggar in på nytt.", before=True)

    def close(self) -> None:
        """Forget the token; what is being asked is not waited for."""
        if self._login is not None:
            self._aside.submit(self._login.close)
        self._aside.shutdown(wait=False)


def _heard(asked: asyncio.Future[str]) -> None:
    if not asked.cancelled():
        asked.exception()  # those who waited were told, or had gone away
