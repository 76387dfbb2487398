"""XML out of packed office documents, within bounds; what the package says of its own sizes is not believed."""

from __future__ import annotations

import zipfile
from typing import Any

from lxml import etree

LARGEST_PART = 20_000_000  # bytes of XML, unpacked
HIGHEST_RATIO = 150  # real documents pack 5 to 30 times
SMALL = 1_000_000  # bytes; below this the ratio does not matter


class TooDense(ValueError):
    """The package unpacks to more than any real document does."""


def part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Any:
    """Return the root element of a part, or None when it has none; raises TooDense when it is out of bounds."""
    suspicious = entry.file_size > SMALL and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1)
    if suspicious or entry.file_size > LARGEST_PART:
        raise TooDense(entry.filename)
    with archive.open(entry) as stream:
        xml = stream.read(LARGEST_PART + 1)
    if len(xml) > LARGEST_PART:
        raise TooDense(entry.filename)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=True)
    return etree.fromstring(xml, parser)
