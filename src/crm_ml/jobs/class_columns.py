"""Classes of customers for models: as own columns at each snapshot, and as the target of the next period."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.data.own_columns import OwnColumns
from crm_ml.data.windows import as_date, as_day
from crm_ml.prediction.bundle import settings_of

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.analysis.company import Company
    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import DateLike, Window
    from crm_ml.jobs.config import LearningConfig

__all__ = ["class_facts", "class_target", "classes_of_bundle", "with_classes"]

_ACCOUNTS = "accounts"


def with_classes(
    own: OwnColumns | None, tx: Transactions, config: LearningConfig, days: Iterable[DateLike]
) -> OwnColumns | None:
    """Return own columns with the classes that a config asks for, as known before each of some days.

    Parameters
    ----------
    own : OwnColumns, optional
        The table of own columns that the config names.
    tx : Transactions
        The log.
    config : LearningConfig
        ``classes``, ``analysis`` and ``tables.accounts``.
    days : iterable of date-like
        Cutoffs at which the columns will be asked for; for others they say nothing.

    Raises
    ------
    InputError
        When the transactions cannot tell a class, or accounts hold scores without ``as_of``.
    """
    if not config.classes:
        return own
    return _joined(own, _company(tx, config.tables, config.analysis), config.classes, days)


def classes_of_bundle(
    own: OwnColumns | None,
    tx: Transactions,
    facts: Mapping[str, Any],
    tables: Mapping[str, str],
    day: DateLike,
) -> OwnColumns | None:
    """Return own columns with the classes that a bundle's models learnt from, as known before a day.

    Raises
    ------
    InputError
        When they learnt from judged accounts and there is no table of them.
    """
    stored = facts.get("classes")
    if not stored:
        return own
    from crm_ml.analysis.settings import AnalysisSettings

    if stored[_ACCOUNTS] and _ACCOUNTS not in tables:
        raise InputError(
            "the models learnt from classes of judged accounts and there is no table of them",
            got=f"tables {', '.join(tables) or 'none'}",
            do="give tables.accounts, with as_of",
        )
    chosen = AnalysisSettings(**settings_of(stored["analysis"]))
    used = tables if stored[_ACCOUNTS] else {}
    return _joined(own, _company(tx, used, chosen), stored["columns"], [day])


def class_facts(config: LearningConfig) -> dict[str, Any] | None:
    """Return what scoring must know of the classes that models learnt from."""
    if not config.classes:
        return None
    return {
        "columns": list(config.classes),
        "analysis": dataclasses.asdict(config.analysis),
        _ACCOUNTS: _ACCOUNTS in config.tables,
    }


def class_target(tx: Transactions, config: LearningConfig, windows: Sequence[Window]) -> dict[str, pd.Series]:
    """Return the labels of the task ``segment`` where it is a class that labels alone cannot draw."""
    from crm_ml.analysis.next_class import NEXT_CLASSES, next_class_panel

    kind = config.labels.segment
    if "segment" not in config.tasks or kind not in NEXT_CLASSES:
        return {}
    company = _company(tx, config.tables, config.analysis)
    return {"segment": next_class_panel(company, windows, kind)}


def _company(tx: Transactions, tables: Mapping[str, str], settings: Any) -> Company:
    from crm_ml.analysis.company import Company
    from crm_ml.jobs.optional_tables import read_optional_tables

    # Other tables say nothing of these classes, or only of a period that no cutoff divides.
    named = {name: path for name, path in tables.items() if name == _ACCOUNTS}
    return Company(tx, read_optional_tables(named), settings=settings)


def _joined(
    own: OwnColumns | None, company: Company, names: Sequence[str], days: Iterable[DateLike]
) -> OwnColumns:
    """Return one table of own columns with a row a customer and day, known from the day before it."""
    import pandas as pd

    from crm_ml.analysis.class_history import classes_as_known
    from crm_ml.labels.segment import INACTIVE

    if own is not None and not set(names).isdisjoint(own.names):
        raise InputError(
            "a class is also a column of the extra table",
            got=", ".join(name for name in names if name in own.names),
            do="leave it out of classes, or name the other columns under data.extra.columns",
        )
    parts = []
    for day in sorted({as_day(one) for one in days}):
        classes = classes_as_known(company, day, names)
        _check_told(classes, names)
        classes = classes.fillna(INACTIVE)
        if own is not None:
            classes = classes.join(own.known_at(day), how="outer")
        dated = classes.rename_axis("customer_id").reset_index()
        parts.append(dated.assign(as_of=as_date(day - 1).isoformat()))
    table = pd.concat(parts, ignore_index=True)
    if own is None:
        return OwnColumns(table)
    return OwnColumns(table, allow=own.allow, extra_forbidden=own.extra_forbidden)


def _check_told(classes: pd.DataFrame, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in classes]
    if missing:
        raise InputError(
            "the transactions do not tell a class that models should learn from",
            got=", ".join(missing),
            do="map data.amount, and data.cost or data.profit (or set analysis.margin_rate)",
        )
