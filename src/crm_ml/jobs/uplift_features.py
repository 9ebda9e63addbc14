"""The features of a campaign's customers before the contact, and the same of today's customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.base.exceptions import ConfigError
from crm_ml.data.own_columns import CategoryEncoding, OwnColumns, numbers_or_text
from crm_ml.data.privacy import check_allowed
from crm_ml.data.windows import Window
from crm_ml.features.build import build_features
from crm_ml.prediction.snapshot import join_own_columns

if TYPE_CHECKING:
    import datetime as dt

    from crm_ml.data.transactions import Transactions
    from crm_ml.jobs.sections import PrivacySection

__all__ = ["MadeFeatures", "log_features", "table_features"]


@dataclass(frozen=True)
class MadeFeatures:
    """Features at the campaign, and how the same are made of others.

    Parameters
    ----------
    then : DataFrame
        A row a customer who was known before the contact, by ``customer_id``.
    again : callable
        Takes a table of customers, or a day, and returns the same columns.
    """

    then: pd.DataFrame
    again: Callable[..., pd.DataFrame]


def table_features(table: pd.DataFrame, columns: tuple[str, ...], privacy: PrivacySection) -> MadeFeatures:
    """Make features of columns that stand in the table of the campaign.

    They must be named: any other column may have been recorded after the contact.

    Raises
    ------
    ForbiddenAttributeError
        When a column is an attribute that nobody may be judged on.
    """
    check_allowed(columns, extra_forbidden=privacy.extra_forbidden, allow=privacy.allow)
    encoding = CategoryEncoding.fit(numbers_or_text(table[[*columns]]))

    def again(rows: pd.DataFrame) -> pd.DataFrame:
        return encoding.transform(numbers_or_text(rows[[*columns]]))[0]

    return MadeFeatures(again(table), again)


def log_features(
    tx: Transactions, window: Window | None, features: tuple[str, ...], own: OwnColumns | None
) -> MadeFeatures:
    """Make features of the transactions before the contact, with own columns as known then.

    Raises
    ------
    ConfigError
        When nobody says on which day the contact was.
    WindowError
        When nothing precedes it.
    """
    if window is None:
        raise ConfigError(
            "features from the transactions need the day of the contact",
            do="set campaign.date and campaign.horizon_days",
        )
    encoding = None if own is None else CategoryEncoding.fit(own.known_at(window.cutoff))

    def again(day: dt.date) -> pd.DataFrame:
        X = build_features(tx, day, features=features or None)
        return join_own_columns(X.astype(float), own, day, encoding)

    return MadeFeatures(again(window.cutoff), again)
