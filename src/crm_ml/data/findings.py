"""Count what the rules refused, repaired and kept, in one pass over the judged rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_ml.base.result import Result
from crm_ml.data.cleaning import REASON
from crm_ml.data.engines.base import FILE, ROW
from crm_ml.data.mapping import Columns
from crm_ml.data.schema import MONEY_SCALE

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.engines.base import Engine
    from crm_ml.data.sources import Source

__all__ = ["COLUMNS", "Tally", "as_result", "finding", "tally"]

COLUMNS = ("finding", "rows", "share", "revenue", "example_rows", "action", "detail")
_EXAMPLES = 5
_KEPT = {
    "negative": ("return or credit note", "kept, no purchase"),
    "zero": ("zero amount", "kept"),
    "cancelled": ("cancellation", "kept, no purchase"),
    "merged": ("customer merged by the id map", "repaired"),
    "trimmed": ("white space around the customer id", "repaired"),
}


@dataclass(frozen=True)
class Tally:
    """What one pass over the judged rows counted.

    Parameters
    ----------
    groups : sequence of dict
        One for every reason (and file): counts, money, days, example rows.
    bad_rows : int
        Rows of text files that have no fields.
    """

    groups: Sequence[Mapping[str, Any]]
    bad_rows: int

    def _sum(self, key: str, *, accepted: bool) -> int:
        chosen = (one for one in self.groups if (one[REASON] is None) == accepted)
        return sum(int(one.get(key) or 0) for one in chosen)

    @property
    def accepted(self) -> int:
        """Rows of the log."""
        return self._sum("rows", accepted=True)

    @property
    def quarantined(self) -> int:
        """Rows refused, those without fields included."""
        return self._sum("rows", accepted=False) + self.bad_rows

    def refused(self) -> list[tuple[str, int]]:
        """Return reasons with their rows, most frequent first."""
        rows: dict[str, int] = {}
        for one in self.groups:
            if one[REASON] is not None:
                rows[one[REASON]] = rows.get(one[REASON], 0) + int(one["rows"])
        return sorted(rows.items(), key=lambda pair: (-pair[1], pair[0]))

    def day(self, key: str, choose: Any) -> int:
        """Return the first or last integer day of the accepted rows."""
        return int(choose(one[key] for one in self.groups if one[REASON] is None and one[key] is not None))

    def kept(self, key: str) -> int:
        """Return how many accepted rows have a property."""
        return self._sum(key, accepted=True)


def tally(judged: nw.LazyFrame[Any], columns: Columns, engine: Engine, *, bad_rows: int) -> Tally:
    """Aggregate the judged rows by reason."""
    import narwhals as nw

    names = judged.collect_schema().names()
    keys = [name for name in (REASON, FILE) if name in names]
    flags = _flags(columns, names)
    measures = {key: flag.cast(nw.Int64).sum().cast(nw.Int64) for key, flag in flags.items()}
    if "amount" in columns.roles:
        measures["money"] = nw.col("amount").sum().cast(nw.Int64)
    # The first row of each residue class: a handful of early rows, the same in any order of reading.
    place = {f"example_{k}": nw.col(f"__example_{k}").min() for k in range(_EXAMPLES)}
    shown = {
        f"__example_{k}": nw.when(nw.col(ROW) % _EXAMPLES == k).then(nw.col(ROW)) for k in range(_EXAMPLES)
    }
    grouped = (
        judged.with_columns(**shown)
        .with_columns(nw.col(REASON).fill_null("").alias("__key"))
        .group_by("__key", *keys[1:])
        .agg(
            rows=nw.len().cast(nw.Int64),
            first=nw.col("day").min(),
            last=nw.col("day").max(),
            **measures,
            **place,
        )
    )
    found = engine.to_arrow(grouped).to_pylist()
    groups = sorted(found, key=lambda one: (one["__key"], str(one.get(FILE))))
    return Tally([{**one, REASON: one["__key"] or None} for one in groups], bad_rows)


def _flags(columns: Columns, names: Sequence[str]) -> dict[str, nw.Expr]:
    import narwhals as nw

    flags = {}
    if "amount" in columns.roles:
        flags |= {"zero": nw.col("amount") == 0, "negative": nw.col("amount") < 0}
    if "order_id" in columns.roles:
        flags["cancelled"] = ~nw.col("is_purchase") & (
            nw.col("amount") >= 0 if "amount" in columns.roles else True
        )
    if "__new_id" in names:
        flags["merged"] = ~nw.col("__new_id").is_null()
    if "__untrimmed" in names:
        flags["trimmed"] = nw.col("__untrimmed")
    return flags


def finding(
    name: str,
    rows: int,
    read: int,
    *,
    revenue: float | None = None,
    examples: str = "",
    action: str = "",
    detail: str = "",
) -> dict[str, Any]:
    """Return one row of a table of findings."""
    share = rows / read if read else 0.0
    return dict(zip(COLUMNS, (name, rows, share, revenue, examples, action, detail), strict=True))


def as_result(counted: Tally, source: Source, notes: Sequence[tuple[str, str]], basis: str) -> Result:
    """Return the findings of reading as a table, gravest first."""
    import pandas as pd

    read = counted.accepted + counted.quarantined
    rows = _refused(counted, read) + _bad(source, read)
    rows.sort(key=lambda one: (-one["rows"], one["finding"]))
    for key, (name, action) in _KEPT.items():
        if number := counted.kept(key):
            rows.append(finding(name, number, read, action=action))
    rows += [finding(text, 0, read, action="detected", detail=subject) for subject, text in notes]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return Result(
        "quality",
        table.astype({"rows": "int64", "share": "float64", "revenue": "float64"}),
        n=read,
        basis=basis,
    )


def _refused(counted: Tally, read: int) -> list[dict[str, Any]]:
    by_reason: dict[str, list[Mapping[str, Any]]] = {}
    for one in counted.groups:
        if one[REASON] is not None:
            by_reason.setdefault(one[REASON], []).append(one)
    rows = []
    for reason, groups in by_reason.items():
        number = sum(int(one["rows"]) for one in groups)
        money = [int(one["money"]) for one in groups if one.get("money") is not None]
        revenue = sum(money) / MONEY_SCALE if money else None
        rows.append(
            finding(reason, number, read, revenue=revenue, examples=_examples(groups), action="quarantined")
        )
    return rows


def _examples(groups: Sequence[Mapping[str, Any]]) -> str:
    places = [
        (str(one.get(FILE) or ""), int(one[f"example_{k}"]))
        for one in groups
        for k in range(_EXAMPLES)
        if one[f"example_{k}"] is not None
    ]
    return ", ".join(f"{file}:{row}" if file else str(row) for file, row in sorted(places)[:_EXAMPLES])


def _bad(source: Source, read: int) -> list[dict[str, Any]]:
    by_reason: dict[str, list[str]] = {}
    several = len({file for file, _ in source.bad_rows}) > 1
    for file, row in source.bad_rows:
        by_reason.setdefault(row.reason, []).append(f"{file}:{row.row}" if several else str(row.row))
    return [
        finding(reason, len(places), read, examples=", ".join(places[:_EXAMPLES]), action="quarantined")
        for reason, places in by_reason.items()
    ]
