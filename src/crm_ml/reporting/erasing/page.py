"""A report without the table rows of one customer."""

from __future__ import annotations

import html
import re
from pathlib import Path

from crm_ml.reporting.erasing.person import Person

__all__ = ["erase_from_page"]

_ROW = re.compile(r"<tr\b[^>]*>.*?</tr>\s*", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def erase_from_page(source: Path, target: Path, person: Person) -> int:
    """Write the page without the table rows that hold the id; return how many were left out.

    A number can look like a short id, so that only ids that are distinct are looked for.
    """
    text = source.read_text(encoding="utf-8", errors="surrogateescape")
    removed = 0

    def keep(row: re.Match[str]) -> str:
        nonlocal removed
        if person.mentioned(html.unescape(_TAG.sub(" ", row.group()))):
            removed += 1
            return ""
        return row.group()

    target.write_text(_ROW.sub(keep, text), encoding="utf-8", errors="surrogateescape", newline="")
    return removed
