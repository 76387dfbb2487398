"""How mail goes out through Microsoft Graph: as a draft that can be sent once, and is looked for before every send."""

from __future__ import annotations

import base64
import email
import email.utils
import logging
import time

from bot.mailboxes.graph_line import Cut, Line, is_gone, message
from handlers.ports import Away, Shut, TooBig, Undelivered, Unknown

log = logging.getLogger("namndbot.mailbox")

# A request takes about 4 MB, and base64 makes four bytes of three.
_MOST_MIME = 3 * 1024 * 1024


class Outbox:
    """One mailbox's way out. settle: seconds that the copy of a sent message may need to come."""

    def __init__(self, line: Line, settle: float) -> None:
        self._line = line
        self._settle = settle
        self._made: dict[str, str] = {}  # drafts that do not carry the Message-ID that we gave them
        self._handed: set[str] = set()  # Message-IDs that we do not know whether Graph accepted

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        """Send a message, and return its id as evidence. Raises Undelivered, Unknown, Away and Shut.

        A message that has gone out is not sent again, and a draft that a crash has left behind is the one that goes.
        Graph sends to those who stand in the message: it must be the one receiver.
        """
        if _receivers(raw) != {to.strip().casefold()}:
            raise Undelivered("Utskicket är skrivet till någon annan än mottagaren. Inget skickades.")
        if len(raw) > _MOST_MIME:
            raise TooBig(
                f"Utskicket är {len(raw) / 1_048_576:.0f} MB. Genom Microsoft 365 kan boten skicka högst 3 MB."
            )
        drafts, accepted = self._sent(message_id)
        if accepted:
            return f"graph {accepted} redan skickat"
        one = drafts[0] if drafts else self._draft(message_id, raw)
        self._handed.add(message_id)
        try:
            reply = self._line.ask("POST", f"{message(one)}/send", data={}, again=False)
        except Cut as error:
            raise Unknown("Microsoft 365 svarade inte på om utskicket togs emot.") from error
        except (Away, Shut):
            self._handed.discard(message_id)
            raise
        if reply.status >= 500 or is_gone(reply):  # a draft that is gone may have gone out before we came
            raise Unknown(f"Microsoft 365 vet inte om utskicket togs emot ({reply.status}).")
        self._handed.discard(message_id)
        if reply.good:
            return f"graph {one}"
        raise Undelivered(f"Microsoft 365 tog inte emot utskicket ({reply.status} {reply.code[:60]}).")

    def was_sent(self, message_id: str) -> bool:
        """Say whether a message has gone out: by its copy, wherever it lies. A copy may take some seconds to come."""
        ends = time.monotonic() + self._settle
        while True:
            drafts, accepted = self._sent(message_id)
            if accepted or drafts:
                return bool(accepted)  # what still is a draft has not gone
            if time.monotonic() >= ends:
                return False
            time.sleep(min(1.0, self._settle / 4))

    def _draft(self, message_id: str, raw: bytes) -> str:
        reply = self._line.ask("POST", "messages", mime=base64.b64encode(raw), again=False)
        if reply.status in (400, 413):
            raise Undelivered(f"Microsoft 365 kan inte läsa utskicket ({reply.status} {reply.code[:60]}).")
        made = reply.must()
        one = str(made["id"])
        if made.get("internetMessageId") != message_id:
            # A draft may be given another id by the server; while it is a draft it can be put right.
            reply = self._line.ask("PATCH", message(one), data={"internetMessageId": message_id})
            if reply.data.get("internetMessageId") != message_id:
                log.warning("Graph gives our messages ids of its own: after a crash nothing tells what was sent")
                self._made[message_id] = one
        return one

    def _sent(self, message_id: str) -> tuple[list[str], str]:
        """Return the drafts with that Message-ID, and what tells that it has been sent; "" when nothing does."""
        told = message_id.replace("'", "''")
        params = {"$filter": f"internetMessageId eq '{told}'", "$select": "id,isDraft"}
        rows = list(self._line.pages("messages", params=params))
        if message_id in self._made:
            reply = self._line.ask("GET", message(self._made[message_id]), params={"$select": "id,isDraft"})
            rows += [reply.must()] if not is_gone(reply) else []
        drafts = [str(row["id"]) for row in rows if row.get("isDraft")]
        accepted = next((str(row["id"]) for row in rows if not row.get("isDraft")), "")
        if not rows and message_id in self._handed:
            return [], "på väg"  # the draft that we handed over is gone, and its copy has not come yet
        return drafts, accepted


def _receivers(raw: bytes) -> set[str]:
    head = email.message_from_bytes(raw.partition(b"\r\n\r\n")[0])
    told = [str(value) for name in ("To", "Cc", "Bcc") for value in head.get_all(name, [])]
    return {address.casefold() for _, address in email.utils.getaddresses(told)}
