"""Count what the rules refused, repaired and kept, in one pass over the judged rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_ml.base.result import Result
from crm_ml.data.cleaning import ACCEPTED, REASON
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
        One for every reason, null for accepted rows: counts, money, days.
    bad_rows : int
        Rows of text files that have no fields.
    examples : mapping
        Reason → places of the first refused rows.
    """

    groups: Sequence[Mapping[str, Any]]
    bad_rows: int
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)

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
    flags = _flags(columns, names)
    measures = {key: flag.cast(nw.Int64).sum().cast(nw.Int64) for key, flag in flags.items()}
    if "amount" in columns.roles:
        measures["money"] = nw.col("amount").sum().cast(nw.Int64)
    measures |= {"rows": nw.len().cast(nw.Int64), "first": nw.col("day").min(), "last": nw.col("day").max()}
    whole = engine.to_arrow(
        judged.select(**measures, good=nw.col(ACCEPTED).cast(nw.Int64).sum())
    ).to_pylist()[0]
    if whole["good"] == whole["rows"]:  # nothing to tell apart
        return Tally([{**whole, REASON: None}], bad_rows)
    grouped = judged.with_columns(__key=nw.col(REASON).fill_null("")).group_by("__key").agg(**measures)
    found = engine.to_arrow(grouped).to_pylist()
    groups = [{**one, REASON: one["__key"] or None} for one in sorted(found, key=lambda one: one["__key"])]
    return Tally(groups, bad_rows, _examples(judged, engine))


def _examples(judged: nw.LazyFrame[Any], engine: Engine) -> dict[str, list[str]]:
    """Return the places of the first refused rows by reason."""
    import narwhals as nw

    order = [name for name in (FILE, ROW) if name in judged.collect_schema()]
    refused = judged.filter(~nw.col(ACCEPTED)).select(REASON, *order)
    turn = (nw.col(ROW) * 0 + 1).cum_sum().over(REASON, order_by=order)
    first = engine.to_arrow(refused.with_columns(turn.alias("__turn")).filter(nw.col("__turn") <= _EXAMPLES))
    examples: dict[str, list[str]] = {}
    for one in sorted(first.to_pylist(), key=lambda one: tuple(one[name] for name in order)):
        place = f"{one[FILE]}:{one[ROW]}" if FILE in one else str(one[ROW])
        examples.setdefault(one[REASON], []).append(place)
    return examples


def _flags(columns: Columns, names: Sequence[str]) -> dict[str, nw.Expr]:
    import narwhals as nw

    flags: dict[str, nw.Expr] = {}
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
        examples = ", ".join(counted.examples.get(reason, ()))
        revenue = sum(money) / MONEY_SCALE if money else None
        rows.append(finding(reason, number, read, revenue=revenue, examples=examples, action="quarantined"))
    return rows


def _bad(source: Source, read: int) -> list[dict[str, Any]]:
    by_reason: dict[str, list[str]] = {}
    several = len({file for file, _ in source.bad_rows}) > 1
    for file, row in source.bad_rows:
        by_reason.setdefault(row.reason, []).append(f"{file}:{row.row}" if several else str(row.row))
    return [
        finding(reason, len(places), read, examples=", ".join(places[:_EXAMPLES]), action="quarantined")
        for reason, places in by_reason.items()
    ]
