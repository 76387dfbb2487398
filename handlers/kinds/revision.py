"""The elected auditors' letters (KL 12 kap.): an audit announced, and its result that asks for an answer."""

from handlers.kinds.kind import Kind

# An answer to the auditors is gathered from several units: the first word comes a week earlier than for others.
_STEPS = (14, 7, 1, 0, -1)
KIND = Kind("revision", "Revision", over="revisionens granskning", steps=_STEPS)
REVISIONSGRANSKNING = Kind("revisionsgranskning", "Revisionsgranskning", steps=_STEPS)
REVISIONSFORFRAGAN = Kind("revisionsforfragan", "Förfrågan från revisionen")
