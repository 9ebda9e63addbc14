"""From the `data` section of a config to what the rooms below take."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import ColumnError, ConfigError, InputError
from crm_ml.base.validation import nearest
from crm_ml.data.engines.make import EngineSettings, make_engine
from crm_ml.data.schema import ROLES
from crm_ml.data.transactions import Transactions
from crm_ml.jobs.sections import (
    AccountsTable,
    AuditTable,
    DataSection,
    IdMapTable,
    PrivacySection,
    SuppressionTable,
)

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.own_columns import OwnColumns

__all__ = [
    "check_columns",
    "read_accounts",
    "read_log",
    "read_own_columns",
    "read_protected",
    "read_suppressed",
]


def read_log(
    data: DataSection,
    engine: EngineSettings,
    *,
    quarantine: str | os.PathLike[str] | None = None,
    as_of: str | None = None,
) -> Transactions:
    """Read the transactions that a config names.

    Parameters
    ----------
    data : DataSection
        Source, mapping and rules.
    engine : EngineSettings
        Where they are computed.
    quarantine : path, optional
        Where rejected rows go, instead of the place that the config names.
    as_of : str, optional
        ISO date of the export: later rows are rejected, where the rule ``last_day`` says nothing. When not
        given, the clock of the machine decides.

    Raises
    ------
    ConfigError
        When the section names no source.

    Examples
    --------
    >>> tx = read_log(DataSection(dataset="cdnow_sample"), EngineSettings())
    >>> tx.counts["customers"]
    2357
    """
    if not data.has_source:
        raise ConfigError("the config does not say where the transactions are", do="set data.path")
    from crm_ml.data.datasets import load_cdnow
    from crm_ml.data.reading import read_transactions

    home = make_engine(engine.kind, engine.memory_limit, engine.temp_directory, engine.threads, engine.master)
    if data.dataset == "company":
        from crm_ml.data.company.make import make_company

        return make_company().log(home)
    if data.dataset:
        return load_cdnow(sample=data.dataset == "cdnow_sample", engine=home)
    tx = read_transactions(
        _source(data),
        **_mapping(data),
        rules=data.rules,
        engine=home,
        currency=data.currency,
        basis=data.basis,
        id_map=_id_map(data.id_map),
        quarantine=quarantine or data.quarantine or None,
        as_of=as_of,
    )
    _check_bought(tx)
    return tx


def _check_bought(tx: Transactions) -> None:
    """Stop where no row is a purchase: there is no customer to speak of."""
    import narwhals as nw

    bought = tx.engine.to_arrow(tx.log.select(nw.col("is_purchase").any().alias("bought")))["bought"][
        0
    ].as_py()
    if not bought:
        raise InputError(
            "no row is a purchase",
            got=f"{tx.counts['accepted']:,} rows, all returns or corrections",
            do="check the sign of the amounts and the rules for returns",
        )


def read_own_columns(data: DataSection, privacy: PrivacySection) -> OwnColumns | None:
    """Return the table of own columns that a config names, None where it names none."""
    if data.extra is None:
        return None
    from crm_ml.data.own_columns import OwnColumns, read_table

    table = data.extra
    return OwnColumns(
        read_table(table.path),
        customer_id=table.customer_id,
        as_of=table.as_of,
        columns=table.columns,
        allow=privacy.allow,
        extra_forbidden=privacy.extra_forbidden,
    )


def read_accounts(table: AccountsTable | None) -> pd.DataFrame | None:
    """Return names, owners and permissions by customer; columns that the config does not name are left out.

    Raises
    ------
    ColumnError
        When a named column is missing.
    InputError
        When a customer stands in the table twice.
    """
    if table is None:
        return None
    wanted = {"name": table.name, "owner": table.owner}
    flags = {"may_contact": table.may_contact, "key_account": table.key_account}
    frame = _side_table(table, [column for column in (*wanted.values(), *flags.values()) if column])
    twice = frame.index[frame.index.duplicated()].unique()
    if len(twice):
        raise InputError(
            f"{table.path} lists customers twice", got=", ".join(twice[:5]), do="keep one row each"
        )
    made = {role: frame[column].astype("string") for role, column in wanted.items() if column}
    made |= {role: _yes_or_no(frame[column], table.path) for role, column in flags.items() if column}
    return frame[[]].assign(**made)


def read_protected(table: AuditTable) -> pd.DataFrame:
    """Return the protected attributes by customer, as text.

    Raises
    ------
    ColumnError
        When a named column is missing.
    """
    from crm_ml.data.own_columns import read_table

    columns = table.columns or [name for name in read_table(table.path) if name != table.customer_id]
    return _side_table(table, [*columns])[[*columns]].astype("string")


def read_suppressed(table: SuppressionTable | None, merged: IdMapTable | None = None) -> frozenset[str]:
    """Return the customers who must stand on no list.

    Parameters
    ----------
    table : SuppressionTable, optional
        Who must not; nobody without it.
    merged : IdMapTable, optional
        Ids that are one customer: who suppressed the old id meant the person, who now has the new one.
    """
    if table is None:
        return frozenset()
    named = frozenset(_side_table(table, []).index)
    pairs = _id_map(merged)
    if pairs is None:
        return named
    old, new = (pairs[column].astype(str).str.strip() for column in pairs)
    return named | frozenset(new[old.isin(named)])


def _id_map(table: IdMapTable | None) -> pd.DataFrame | None:
    return None if table is None else _columns_of(table.path, [table.old, table.new])


def _side_table(table: AccountsTable | AuditTable | SuppressionTable, columns: list[str]) -> pd.DataFrame:
    frame = _columns_of(table.path, [table.customer_id, *columns])
    ids = frame[table.customer_id].astype("string").str.strip().astype(str)
    return frame.set_index(ids.rename("customer_id"))


def _columns_of(path: str, columns: list[str]) -> pd.DataFrame:
    from crm_ml.data.own_columns import read_table

    frame = read_table(path)
    check_columns(frame, columns, path)
    return frame[columns]


def check_columns(frame: pd.DataFrame, columns: Iterable[str], path: str) -> None:
    """Refuse a table beside the transactions without a column that the config names.

    Raises
    ------
    ColumnError
        With the nearest name.
    """
    present = [str(name) for name in frame.columns]
    for column in columns:
        if column not in present:
            near = nearest(column, present, most=1)
            do = f"did you mean {near[0]!r}?" if near else f"columns: {', '.join(present[:20])}"
            raise ColumnError(f"{path} has no such column", got=repr(column), do=do)


_YES = ("1", "true", "yes", "y", "ja", "j")
_NO = ("0", "false", "no", "n", "nee")


def _yes_or_no(column: pd.Series, path: str) -> pd.Series:
    """Return yes, no or unknown; another word stops, since a wrong guess calls somebody who said no."""
    words = column.astype("string").str.strip().str.casefold().str.removesuffix(".0").fillna("")
    strange = sorted(set(words) - {*_YES, *_NO, ""})
    if strange:
        raise InputError(
            f"{path}, column {column.name!r}: neither yes nor no",
            got=", ".join(map(repr, strange[:5])),
            do=f"write one of {', '.join((*_YES, *_NO))}, or leave it empty",
        )
    return words.map({**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}).astype("boolean")


def _mapping(data: DataSection) -> dict[str, Any]:
    return {role.name: column for role in ROLES if (column := getattr(data, role.name))}


def _source(data: DataSection) -> Any:
    from crm_ml.data.sql_source import SqlSource

    return SqlSource(data.sql.url.get_secret_value(), data.sql.query) if data.sql else data.path
