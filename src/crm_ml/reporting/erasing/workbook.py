"""A workbook without the cells of one customer: rows are emptied and hidden, so that formulas stay right.

Works on the XML inside, since the library that writes our workbooks cannot change them.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from crm_ml.reporting.erasing.person import Person

__all__ = ["erase_from_workbook"]

_STRINGS = "xl/sharedStrings.xml"
_SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")
_ROW = re.compile(r"<row\b([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
_CELL = re.compile(r"<c\b[^>]*?(?:/>|>.*?</c>)", re.DOTALL)
_SHARED = re.compile(r'<c\b[^>]*\bt="s"[^>]*><v>(\d+)</v>', re.DOTALL)
_INLINE = re.compile(r"<t\b[^>]*>(.*?)</t>", re.DOTALL)
_ITEM = re.compile(r"<si>.*?</si>|<si/>", re.DOTALL)
_EMPTY = "<si><t/></si>"


def erase_from_workbook(source: Path, target: Path, person: Person) -> int:
    """Write the workbook with the customer's rows emptied; return how many there were.

    Parameters
    ----------
    source, target : path
        Workbooks; everything else in them stays as it is.
    person : Person
        Text cells that are the id tell the rows.
    """
    with zipfile.ZipFile(source) as book:
        parts = {one.filename: book.read(one).decode("utf-8") for one in book.infolist() if _is_xml(one)}
        strings = _ITEM.findall(parts.get(_STRINGS, ""))
        ids = {number for number, one in enumerate(strings) if person.is_id(_text(one))}
        removed = 0
        for name in filter(_SHEET.fullmatch, list(parts)):
            parts[name], count = _without(parts[name], ids, person)
            removed += count
        if strings:
            parts[_STRINGS] = _without_unused(parts, strings)
        _write(book, target, parts)
    return removed


def _without(sheet: str, ids: set[int], person: Person) -> tuple[str, int]:
    removed = 0

    def keep(row: re.Match[str]) -> str:
        nonlocal removed
        if not any(_is_id(cell, ids, person) for cell in _CELL.findall(row.group(2) or "")):
            return row.group()
        removed += 1
        return f'<row{row.group(1)} hidden="1"/>'

    return _ROW.sub(keep, sheet), removed


def _is_id(cell: str, ids: set[int], person: Person) -> bool:
    shared = _SHARED.match(cell)
    if shared:
        return int(shared.group(1)) in ids
    return 't="inlineStr"' in cell and person.is_id(_text(cell))


def _without_unused(parts: Mapping[str, str], strings: list[str]) -> str:
    """Empty the shared texts that no cell shows any more; their numbers stay."""
    used: Counter[int] = Counter()
    for name, sheet in parts.items():
        if _SHEET.fullmatch(name):
            used.update(int(number) for number in _SHARED.findall(sheet))
    numbers = iter(range(len(strings)))
    return _ITEM.sub(lambda item: item.group() if used[next(numbers)] else _EMPTY, parts[_STRINGS])


def _text(xml: str) -> str:
    return html.unescape("".join(_INLINE.findall(xml)))


def _is_xml(one: zipfile.ZipInfo) -> bool:
    return one.filename.endswith((".xml", ".rels"))


def _write(book: zipfile.ZipFile, target: Path, parts: Mapping[str, str]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for one in book.infolist():
            content = parts[one.filename].encode("utf-8") if one.filename in parts else book.read(one)
            made.writestr(one, content, zipfile.ZIP_DEFLATED)
