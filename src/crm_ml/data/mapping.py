"""Find the column of every role; a name may be an expression, and near misses are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.base.validation import nearest
from crm_ml.data.engines.base import FILE, ROW
from crm_ml.data.expressions import column_names
from crm_ml.data.schema import role

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.rules import DataRules

__all__ = ["Columns", "find_columns", "plain_names"]

_CURRENCY_NAMES = ("currency", "currency_code", "valuta")


@dataclass(frozen=True)
class Columns:
    """Which source columns play which roles.

    Parameters
    ----------
    roles : mapping of str to str
        Role → what the user wrote: a column or an expression.
    sources : mapping of str to tuple of str
        Role → columns of the frame that it reads.
    labels : mapping of str to str
        Column of the frame → what the source calls it.
    inside : mapping of str to str
        Column of the frame → column of the opened source.
    line_id, currency : str, optional
        Columns of the frame that rules need.
    """

    roles: Mapping[str, str]
    sources: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    inside: Mapping[str, str]
    line_id: str | None = None
    currency: str | None = None

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the source columns of roles of these kinds, each once."""
        found = [self.sources[name] for name in self.roles if role(name).kind in kinds]
        return list(dict.fromkeys(column for columns in found for column in columns))

    def narrow(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Return only these columns of the opened source, with the place of each row."""
        import narwhals as nw

        place = [name for name in (ROW, FILE) if name in frame.collect_schema()]
        return frame.select(*place, *(nw.col(inside).alias(safe) for safe, inside in self.inside.items()))


class _Finder:
    """Looks names up and keeps the problems, so that a user mends all of them in one round."""

    def __init__(self, names: Sequence[tuple[str, str]], source: str) -> None:
        self.names = names
        self.source = source
        self.labels: dict[str, str] = {}
        self.inside: dict[str, str] = {}
        self.notes: list[tuple[str, str]] = []
        self.problems: list[ColumnError] = []

    def find(self, written: str) -> str:
        """Return the frame column of a name; an exact match goes before one without case and spaces."""
        exact = [pair for pair in self.names if pair[0] == written]
        found = exact or [pair for pair in self.names if _plain(pair[0]) == _plain(written)]
        if len(found) != 1:
            self.problems.append(self._ambiguous(written, found) if found else self._missing(written))
            return ""
        label, inside = found[0]
        if not exact:
            self.notes.append((written, f"column found as {label!r}"))
        # A name of its own: a source may well have a column "day" or "amount" that means something else.
        safe = next((key for key, value in self.inside.items() if value == inside), f"__c{len(self.inside)}")
        self.labels[safe], self.inside[safe] = label, inside
        return safe

    def knows(self, written: str) -> bool:
        """Whether a column of that name exists."""
        return any(_plain(name) == _plain(written) for name, _ in self.names)

    def _ambiguous(self, written: str, found: Sequence[tuple[str, str]]) -> ColumnError:
        same = ", ".join(repr(name) for name, _ in found)
        return ColumnError(
            f"the column {written!r} is ambiguous in {self.source}", got=same, do="rename one of them"
        )

    def _missing(self, written: str) -> ColumnError:
        known = [name for name, _ in self.names]
        near = nearest(written, known)
        listed = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
        do = f"did you mean {' or '.join(map(repr, near))}?" if near else f"columns: {listed}"
        return ColumnError(f"no column {written!r} in {self.source}", do=do)


def find_columns(
    names: Sequence[tuple[str, str]], source: str, roles: Mapping[str, str], rules: DataRules
) -> tuple[Columns, list[tuple[str, str]]]:
    """Find the columns that the roles and rules need.

    Parameters
    ----------
    names : sequence of (str, str)
        Column as the source writes it, and its name in the frame.
    source : str
        What to call the source.
    roles : mapping of str to str
        Role → column or expression.
    rules : DataRules
        May name a line id and a currency column.

    Returns
    -------
    tuple of (Columns, list of (str, str))
        The columns, and what had to be overlooked to find them.

    Raises
    ------
    ColumnError
        When columns are missing or ambiguous: all of them in one message.
    """
    finder = _Finder(names, source)
    sources = {}
    for name, written in roles.items():
        computed = role(name).kind in ("money", "number") and not finder.knows(written)
        parts = column_names(written) if computed else [written]
        sources[name] = tuple(finder.find(part) for part in parts)
    line_id = finder.find(rules.line_id) if rules.line_id else None
    currency = rules.currency_column
    if currency is None and "amount" in roles:
        # A mix of currencies must not pass because nobody thought of it.
        currency = next((name for name in _CURRENCY_NAMES if finder.knows(name)), None)
    found = finder.find(currency) if currency else None
    if len(finder.problems) == 1:
        raise finder.problems[0]
    if finder.problems:
        listed = [problem.message for problem in finder.problems]
        raise ColumnError.collected(listed, what=f"columns not found in {source}", do="mend the mapping")
    return Columns(roles, sources, finder.labels, finder.inside, line_id, found), finder.notes


def plain_names(roles: Mapping[str, str]) -> list[str]:
    """Return every column that a mapping may mean, those inside expressions too.

    Examples
    --------
    >>> plain_names({"amount": "quantity * price"})
    ['quantity * price', 'quantity', 'price']
    """
    names: list[str] = []
    for name, written in roles.items():
        names.append(written)
        if role(name).kind in ("money", "number"):
            try:
                names += column_names(written)
            except InputError:
                continue  # a column with marks in its name
    return list(dict.fromkeys(names))


def _plain(name: str) -> str:
    return name.strip().strip("\ufeff").casefold()
