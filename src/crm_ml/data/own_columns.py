"""Own columns about customers, each row known from its as-of date, made into numbers for models.

A row counts for a cutoff only when it was known before it; of several the latest counts. Text becomes one
column a category, with the categories fixed at training: a category that was not seen then is "other".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.base.validation import nearest
from crm_ml.data.privacy import check_allowed
from crm_ml.data.windows import DateLike, as_date, as_day, before

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CategoryEncoding", "OwnColumns", "numbers_or_text", "read_table"]

_MOST_CATEGORIES = 20
_LEAST_SHARE = 0.01


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a small side table (CSV or Parquet), ids and text as written.

    Raises
    ------
    InputError
        When the file is missing or not readable.
    """
    import pandas as pd

    place = Path(path)
    try:
        if place.suffix.lower() in {".parquet", ".pq"}:
            return pd.read_parquet(place)
        # Counted in the header: guessing by frequency takes "t" for the delimiter of a single column `klant`.
        with place.open(encoding="utf-8-sig") as file:
            header = file.readline()
        delimiter = max(",;\t|", key=header.count)
        return pd.read_csv(place, dtype=str, sep=delimiter, encoding="utf-8-sig", keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError("the table is not readable", got=f"{place}: {error}", do="check the path") from error


@dataclass(frozen=True)
class OwnColumns:
    """A table of own columns a customer with the date from which each row was known.

    Parameters
    ----------
    frame : DataFrame
        One row a customer and as-of date.
    customer_id, as_of : str
        Names of those two columns.
    columns : sequence of str
        Columns to use; all others when empty.

    Raises
    ------
    ColumnError
        When a named column is missing.
    ForbiddenAttributeError
        When a column is an attribute that nobody may be judged on.

    Examples
    --------
    >>> import pandas as pd
    >>> visits = pd.DataFrame(
    ...     {"customer_id": ["a", "a"], "as_of": ["2024-01-05", "2024-03-01"], "visits": [2, 7]}
    ... )
    >>> OwnColumns(visits).known_at("2024-03-01")["visits"].to_dict()  # the later row is not known yet
    {'a': 2.0}
    """

    frame: pd.DataFrame
    customer_id: str = "customer_id"
    as_of: str = "as_of"
    columns: Sequence[str] = ()
    allow: Sequence[str] = field(default=(), repr=False)
    extra_forbidden: Sequence[str] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        present = list(self.frame.columns)
        for name in (self.customer_id, self.as_of, *self.columns):
            if name not in present:
                near = nearest(name, present)
                do = f"did you mean {near[0]!r}?" if near else f"columns: {', '.join(map(str, present[:20]))}"
                raise ColumnError("a column of the extra table is missing", got=repr(name), do=do)
        check_allowed(self.names, extra_forbidden=self.extra_forbidden, allow=self.allow)

    @property
    def names(self) -> list[str]:
        """The columns that become features."""
        rest = [name for name in self.frame.columns if name not in (self.customer_id, self.as_of)]
        return list(self.columns) or rest

    def known_at(self, cutoff: DateLike) -> pd.DataFrame:
        """Return the latest row of every customer that was known before the cutoff.

        Returns
        -------
        DataFrame
            Index ``customer_id``; numbers as float64, anything else as text.
        """
        import narwhals as nw

        moments = self.frame[self.as_of]
        days = moments.map({moment: as_day(_plain_date(moment)) for moment in moments.unique()})
        table = self.frame[list(self.names)].assign(
            customer_id=self.frame[self.customer_id].astype(str), day=days.astype("int64")
        )
        kept = before(nw.from_native(table).lazy(), cutoff).collect().to_native()
        latest = kept.sort_values(["customer_id", "day"], kind="stable").groupby("customer_id").tail(1)
        return numbers_or_text(latest.set_index("customer_id").drop(columns="day"))


@dataclass(frozen=True)
class CategoryEncoding:
    """Which categories of a text column were frequent enough at training to be told apart."""

    categories: Mapping[str, tuple[str, ...]]
    numbers: tuple[str, ...]

    @classmethod
    def fit(cls, known: pd.DataFrame) -> CategoryEncoding:
        """Learn the categories of every text column of ``known_at``."""
        text = [name for name in known if known[name].dtype.kind != "f"]
        frequent = {}
        for name in text:
            shares = known[name].value_counts(normalize=True)
            kept = sorted(str(one) for one in shares[shares >= _LEAST_SHARE].index[:_MOST_CATEGORIES])
            frequent[str(name)] = tuple(kept)
        return cls(frequent, tuple(str(name) for name in known if name not in text))

    def transform(self, known: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
        """Return numbers only, and how many values a column were not seen at training.

        Raises
        ------
        ColumnError
            When a column of the training is missing.
        """
        import pandas as pd

        missing = [name for name in (*self.numbers, *self.categories) if name not in known]
        if missing:
            raise ColumnError(
                "own columns of the training are missing", got=", ".join(missing), do="add them"
            )
        made = {name: pd.to_numeric(known[name], errors="coerce").astype("float64") for name in self.numbers}
        unseen = {}
        for name, kept in self.categories.items():
            values = known[name].astype("string").fillna("")
            for one in kept:
                made[f"{name}={one}"] = (values == one).astype("float64")
            made[f"{name}=other"] = (~values.isin(kept)).astype("float64")
            unseen[name] = int((~values.isin(kept)).sum())
        return pd.DataFrame(made, index=known.index), unseen

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "categories": {name: list(kept) for name, kept in self.categories.items()},
            "numbers": list(self.numbers),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> CategoryEncoding:
        """Restore what `to_dict` gave."""
        categories = {name: tuple(kept) for name, kept in stored["categories"].items()}
        return cls(categories, tuple(stored["numbers"]))


def _plain_date(moment: Any) -> Any:
    return (
        moment
        if isinstance(moment, str)
        else as_date(as_day(moment.date() if hasattr(moment, "date") else moment))
    )


def numbers_or_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns are float64 where all filled cells are numbers, text otherwise.

    Examples
    --------
    >>> import pandas as pd
    >>> table = numbers_or_text(pd.DataFrame({"visits": ["2", ""], "tier": ["gold", "1"]}))
    >>> table.dtypes.astype(str).to_dict()
    {'visits': 'float64', 'tier': 'string'}
    """
    import pandas as pd

    made = {}
    for name in table:
        column = table[name]
        filled = column.replace("", None) if column.dtype.kind not in "fiub" else column
        numbers = pd.to_numeric(filled, errors="coerce").astype("float64")
        is_number = bool((numbers.notna() == filled.notna()).all())
        made[str(name)] = numbers if is_number else column.astype("string").fillna("")
    return pd.DataFrame(made, index=table.index)
