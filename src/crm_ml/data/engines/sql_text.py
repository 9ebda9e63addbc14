"""Identifiers and literals as SQL text: quoted, never pasted."""

from __future__ import annotations

__all__ = ["identifier", "literal", "path_literal"]


def identifier(name: str, mark: str = '"') -> str:
    """Quote a name, whatever it holds.

    Examples
    --------
    >>> identifier('net "amount"; drop')
    '"net ""amount""; drop"'
    """
    return mark + name.replace(mark, mark * 2) + mark


def literal(text: str) -> str:
    """Quote a text value.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def path_literal(path: str) -> str:
    """Quote a path so that its own brackets and stars are not read as a pattern.

    Examples
    --------
    >>> path_literal("a[1].parquet")
    "'a[[]1].parquet'"
    """
    return literal("".join(f"[{mark}]" if mark in "[*?" else mark for mark in path))
