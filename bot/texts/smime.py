"""Letters out of S/MIME envelopes that are signed but not encrypted (RFC 8551); the only importer of asn1crypto."""

from __future__ import annotations

from asn1crypto import cms

from handlers.reading.reading import Extracted

ENCRYPTED = "Brevet är krypterat (S/MIME) och kan inte läsas här. Be avsändaren skicka det utan kryptering."
_BROKEN = "Brevet är signerat (S/MIME), men signaturens kuvert är skadat och är inte läst."
_KINDS = (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07", b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01")


def is_smime(data: bytes) -> bool:
    """Tell whether the content is a CMS envelope: a sequence that begins with one of its object identifiers."""
    return data[:1] == b"\x30" and any(kind in data[:24] for kind in _KINDS)


def read(name: str, data: bytes, charset: str | None = None) -> Extracted:
    """Return the signed letter; a detached signature holds none, and an encrypted letter says that it is."""
    try:
        envelope = cms.ContentInfo.load(data)
        kind = envelope["content_type"].native
        if kind in {"enveloped_data", "authenticated_enveloped_data", "encrypted_data"}:
            return Extracted(warnings=(ENCRYPTED,))
        if kind != "signed_data":
            return Extracted(warnings=(_BROKEN,))
        letter = envelope["content"]["encap_content_info"]["content"].native
    except (ValueError, TypeError, KeyError):
        return Extracted(warnings=(_BROKEN,))
    # A detached signature stands beside the letter that it signs: there is nothing to read in it.
    return Extracted(letter=letter) if isinstance(letter, bytes) else Extracted(silent=True)
