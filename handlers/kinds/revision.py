"""The elected auditors' letters (KL 12 kap.): an audit announced, and its result that asks for an answer."""

from handlers.kinds.kind import Kind

KIND = Kind("revision", "Revision", over="revisionens granskning")
REVISIONSGRANSKNING = Kind("revisionsgranskning", "Revisionsgranskning")
REVISIONSFORFRAGAN = Kind("revisionsforfragan", "Förfrågan från revisionen")
