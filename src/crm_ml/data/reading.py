"""Read a transaction table from anywhere into the canonical log."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import CrmMlError, FileError, InputError
from crm_ml.base.result import Result
from crm_ml.data.cleaning import ACCEPTED, judge
from crm_ml.data.engines.frames import engine_of
from crm_ml.data.engines.make import make_engine
from crm_ml.data.findings import Tally, as_result, tally
from crm_ml.data.id_map import id_table
from crm_ml.data.ids_in_text import IdStyle
from crm_ml.data.mapping import Columns, find_columns, plain_names
from crm_ml.data.numbering import keep_numbers
from crm_ml.data.privacy import check_allowed
from crm_ml.data.quarantine import write_quarantine
from crm_ml.data.rules import DataRules
from crm_ml.data.schema import ROLES, role
from crm_ml.data.sources import open_source
from crm_ml.data.survey import survey
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike, as_date, as_day

if TYPE_CHECKING:
    from os import PathLike

    import narwhals as nw

    from crm_ml.data.engines.base import Engine

__all__ = ["read_transactions"]

_READERS = {"duckdb", "_duckdb", "polars", "pyspark", "pyarrow"}


def read_transactions(
    source: Any,
    *,
    customer_id: str = "customer_id",
    timestamp: str = "timestamp",
    amount: str | None = None,
    order_id: str | None = None,
    quantity: str | None = None,
    product_id: str | None = None,
    category: str | None = None,
    cost: str | None = None,
    profit: str | None = None,
    discount: str | None = None,
    list_price: str | None = None,
    promised: str | None = None,
    delivered: str | None = None,
    sector: str | None = None,
    rules: DataRules | None = None,
    engine: Engine | str | None = None,
    currency: str = "",
    basis: str = "",
    id_map: Any = None,
    quarantine: str | PathLike[str] | None = None,
    as_of: DateLike | None = None,
) -> Transactions:
    """Read a transaction table into a validated, lazy log.

    Every row is accepted, repaired by a rule, or quarantined with its number and the reason; the counts are
    in ``.counts`` and ``.quality()``: accepted + quarantined = read.

    Parameters
    ----------
    source : path, sequence of paths, frame or SqlSource
        A file, folder or glob of CSV (plain or gzip) or Parquet; a pandas, Arrow, Polars, DuckDB or Spark
        frame (the last three are used where they are); or a query.
    customer_id, timestamp, amount, … : str
        Column that plays the role. Money and numbers may be an expression such as
        ``"quantity * unit_price"``: columns, numbers, ``+ - * /`` and brackets; names with other marks stand
        between backquotes. Without `amount` everything works on counts.
    rules : DataRules, optional
        How text is read and which rows are refused.
    engine : Engine or {"duckdb", "polars", "spark"}, optional
        Where the log lives; that of the frame, or DuckDB, when not given.
    currency, basis : str
        What money is, such as ``"EUR"`` and ``"revenue incl. VAT"``.
    id_map : mapping, frame or path, optional
        Old customer id → id that it was merged into (or household); a table has these two columns.
    quarantine : path, optional
        Write the refused rows to this ``.parquet`` or ``.csv`` file.
    as_of : date-like, optional
        Day on which the source was made: later rows are refused, where the rule `last_day` says nothing.
        Without both it is tomorrow by the clock of this machine.

    Returns
    -------
    Transactions
        The log, with what was found wrong.

    Raises
    ------
    FileError
        When a file is missing, empty, damaged or of another kind.
    ColumnError
        When a mapped column is missing or ambiguous, or an expression holds anything else.
    InputError
        When a column can be read in two ways, or no row is left.
    ForbiddenAttributeError
        When `sector` is an attribute that nobody may be judged on.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"client": ["a", "b", None], "day": ["2024-01-31"] * 3, "net": [5.0, 7.5, 1.0]})
    >>> tx = read_transactions(orders, customer_id="client", timestamp="day", amount="net")
    >>> tx.counts
    {'read': 3, 'accepted': 2, 'quarantined': 1, 'customers': 2}
    """
    arguments = locals()
    import narwhals as nw

    roles = {one.name: arguments[one.name] for one in ROLES if arguments[one.name] is not None}
    check_allowed([] if sector is None else [sector])  # it decides what is expected of a customer
    rules = rules or DataRules()
    home = _home(source, engine)
    with (
        tempfile.TemporaryDirectory(prefix="crm_ml-", ignore_cleanup_errors=True) as folder,
        _readable(source),
    ):
        opened = open_source(source, home, rules, plain_names(roles), Path(folder))
        columns, notes = find_columns(opened.names, opened.label, roles, rules)
        frame = columns.narrow(opened.frame)
        conventions = survey(frame, columns, rules, home)
        merged = None if id_map is None else home.from_arrow(id_table(id_map))
        judged = stored = judge(frame, columns, conventions, _bounded(rules, as_of), home, id_map=merged)
        if opened.temporary or conventions.parses:  # parsed once, and temporary files are gone afterwards
            stored = home.materialise(judged.drop(*columns.labels))
        counted = tally(stored, columns, home, bad_rows=len(opened.bad_rows))
        _check_left(counted, opened.label)
        if quarantine is not None:
            refused = judged.filter(~nw.col(ACCEPTED))
            write_quarantine(quarantine, refused, opened.bad_rows, columns.labels, home)
    known = _customers(conventions.ids, columns, home, stay=id_map is None and not counted.refused())
    log = _log(stored, columns, counted)
    notes = [*opened.notes, *notes, *conventions.notes(columns.labels)]
    money = {"currency": currency, "basis": _basis(basis, roles, rules)}
    findings = as_result(counted, opened, notes, money["basis"])
    made = _assemble(
        log, home, counted, customers=known.distinct, findings=findings, roles=roles, rules=rules, money=money
    )
    if known.kept is not None:
        keep_numbers(made, known.kept)
    return made


def _customers(ids: IdStyle, columns: Columns, engine: Engine, *, stay: bool) -> IdStyle:
    """Return what is known of the customers already: all of it, where ids stay as they were written."""
    import narwhals as nw

    if ids.kept is None:
        return ids if ids.clean and stay else IdStyle()
    if not (ids.clean and stay):
        engine.release(ids.kept)
        return IdStyle()
    customer = nw.col(columns.sources["customer_id"][0]).alias("customer_id")
    return dataclasses.replace(ids, kept=ids.kept.select(customer, "number"))


def _bounded(rules: DataRules, as_of: DateLike | None) -> DataRules:
    """Return the rules with a last day. A bundle keeps the rules, but not the day of one export."""
    if as_of is None or rules.last_day is not None:
        return rules
    return dataclasses.replace(rules, last_day=str(as_date(as_day(as_of))))


def _home(source: Any, engine: Engine | str | None) -> Engine:
    """Return the engine to work on: the given one, that of the frame, or DuckDB."""
    if engine is not None and not isinstance(engine, str):
        return engine
    native = engine_of(source)
    kind = engine or native or "duckdb"
    return make_engine(kind, frame=source if native == kind else None)


@contextmanager
def _readable(source: Any) -> Iterator[None]:
    """Say which file it was when an engine stumbles over damage in the middle of it."""
    try:
        yield
    except CrmMlError:
        raise
    except Exception as error:
        if not isinstance(source, str | Path) or type(error).__module__.split(".")[0] not in _READERS:
            raise
        raise FileError(
            f"{source} cannot be read to its end", got=str(error)[:300], do="copy it again"
        ) from error


def _log(judged: nw.LazyFrame[Any], columns: Columns, counted: Tally) -> nw.LazyFrame[Any]:
    import narwhals as nw

    good = judged.filter(nw.col(ACCEPTED)) if counted.refused() else judged  # else nobody need ask again
    return good.select(*(role(name).stored for name in columns.roles), "is_purchase")


def _check_left(counted: Tally, label: str) -> None:
    """Stop when no row is left, or when the clock of this machine contradicts the data."""
    refused = counted.refused()
    listed = ", ".join(f"{reason}: {rows:,} rows" for reason, rows in refused[:3])
    if not counted.accepted:
        raise InputError(f"no row of {label} can be used", got=listed, do="check mapping and rules")
    future = dict(refused).get("date in the future", 0)
    if future > counted.accepted:
        raise InputError(
            f"most rows of {label} lie in the future",
            got=f"{future:,} rows after today",
            do="check the dates, or set the rule last_day",
        )


def _basis(basis: str, roles: Mapping[str, str], rules: DataRules) -> str:
    if "amount" not in roles:
        return ""
    rates = ", ".join(f"{code} at {worth:g}" for code, worth in rules.rates.items())
    return (basis or "revenue") + (f", converted ({rates})" if rates else "")


def _assemble(
    log: nw.LazyFrame[Any],
    engine: Engine,
    counted: Tally,
    *,
    customers: int | None,
    findings: Result,
    roles: Mapping[str, str],
    rules: DataRules,
    money: Mapping[str, str],
) -> Transactions:
    import narwhals as nw

    if customers is None:
        ids = log.select(nw.col("customer_id").n_unique().alias("n"))
        customers = int(engine.to_arrow(ids).column(0)[0].as_py())
    plain_rules = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in dataclasses.asdict(rules).items()
    }
    return Transactions(
        log=log,
        engine=engine,
        columns=(*(role(name).stored for name in roles), "is_purchase"),
        first_day=as_date(counted.day("first", min)),
        last_day=as_date(counted.day("last", max)),
        counts={
            "read": counted.accepted + counted.quarantined,
            "accepted": counted.accepted,
            "quarantined": counted.quarantined,
            "customers": customers,
            **{
                key: counted.kept(key)
                for key in ("negative", "zero", "cancelled", "merged", "trimmed")
                if counted.kept(key)
            },
        },
        findings=findings,
        mapping={**roles, "rules": plain_rules},
        currency=money["currency"],
        basis=money["basis"],
    )
