"""The one prediction module: the same models in a notebook, a batch, a service and a risk list."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Self

import narwhals as nw
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_ml.base.exceptions import BundleError
from crm_ml.data.normal import NormalSettings
from crm_ml.data.privacy import check_allowed
from crm_ml.data.windows import DateLike, as_day, check_not_before
from crm_ml.models.clv.features import BTYDFeatures
from crm_ml.prediction.bundle import Bundle, read_bundle, settings_of
from crm_ml.prediction.feature_table import FeatureTable
from crm_ml.prediction.list_options import ListOptions
from crm_ml.prediction.list_rows import BAND_BEFORE, list_rows, make_plan
from crm_ml.prediction.list_schema import LISTED
from crm_ml.prediction.next_class import class_chances
from crm_ml.prediction.pushes import pushes_of
from crm_ml.prediction.reasons import reasons_for
from crm_ml.prediction.risk_list import RiskList, assemble, band_before
from crm_ml.prediction.scores import SCORES, Models, restore_models, score_rows, score_table
from crm_ml.prediction.snapshot import encoding_of, take_snapshot
from crm_ml.prediction.totals import list_totals

if TYPE_CHECKING:
    from crm_ml.data.own_columns import OwnColumns
    from crm_ml.data.transactions import Transactions

__all__ = ["ListOptions", "Predictor"]


class Predictor:
    """Models of one bundle, ready to answer.

    Parameters
    ----------
    bundle : Bundle
        From :func:`crm_ml.prediction.bundle.read_bundle`.

    Attributes
    ----------
    bundle : Bundle
        What was loaded; ``bundle.facts`` tells how it was trained.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.facts: Mapping[str, Any] = bundle.facts
        self.models: Models = restore_models(bundle)
        self._allowed = False

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """Open and verify a bundle.

        Raises
        ------
        BundleError
            When the folder is no bundle or does not match its manifest.
        """
        return cls(read_bundle(folder))

    @property
    def horizon_days(self) -> int:
        """Length of the period that the probabilities speak of."""
        return int(self.facts["horizon_days"])

    @property
    def normal(self) -> NormalSettings:
        """How the usual spend was measured in training."""
        return NormalSettings(**settings_of(self.facts["labels"]["normal"]))

    def snapshot(
        self, tx: Transactions, as_of: DateLike | None = None, extra: OwnColumns | None = None
    ) -> pd.DataFrame:
        """Return what is known of every customer before `as_of`: the rows for :meth:`predict`.

        Raises
        ------
        WindowError
            When `as_of` lies before the day on which the models were trained.
        """
        moment = self.moment(tx, as_of)
        rows = take_snapshot(
            tx,
            moment,
            self.horizon_days,
            settings=self.normal,
            own_columns=extra,
            encoding=encoding_of(self.facts),
        )
        return self.with_btyd(rows)

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return probabilities, money and lifetime value of every row.

        Parameters
        ----------
        rows : DataFrame
            From :meth:`snapshot`, or features made elsewhere with the same columns; more are harmless.

        Returns
        -------
        DataFrame
            Columns :data:`crm_ml.prediction.scores.SCORES`.

        Raises
        ------
        ForbiddenAttributeError
            When a feature of the model judges people on a forbidden attribute.
        ColumnError
            When a feature is missing.
        """
        self._check_features()
        return score_rows(self.models, self.with_btyd(rows), self.facts)

    def predict_classes(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the probability of every class of the next period (the task ``segment``).

        Parameters
        ----------
        rows : DataFrame
            From :meth:`snapshot`.

        Raises
        ------
        BundleError
            When nothing in the bundle predicts the class of a customer.
        """
        self._check_features()
        found = class_chances(self.models, self.with_btyd(rows), self.facts)
        if found is None:
            raise BundleError(
                "the bundle predicts no class of the next period",
                got=str(self.facts["tasks"].get("segment", "no task segment")),
                do="train the task segment",
            )
        return found

    def predict_one(
        self, features: Mapping[str, float | None], wanted: Collection[str] = SCORES
    ) -> dict[str, float | str]:
        """Return the scores of one customer: the numbers of :meth:`predict`, without making a table.

        Parameters
        ----------
        features : mapping
            Feature → number, None where missing; more than the models read is harmless.
        wanted : collection of str
            Which of :data:`crm_ml.prediction.scores.SCORES`; lifetime value is what costs most.

        Raises
        ------
        ForbiddenAttributeError, ColumnError
            As :meth:`predict`.
        """
        self._check_features()
        if self.facts.get("btyd_features") is not None:
            row = self.with_btyd(pd.DataFrame([dict(features)]))
            features = dict(zip(row.columns, row.iloc[0].tolist(), strict=True))
        table = FeatureTable.of_one(features, self.models.reads, self.models.may_read)
        scores = score_table(self.models, table, self.facts, wanted)
        return {
            name: values[0].item() if name != "score_basis" else str(values[0])
            for name, values in scores.items()
        }

    def explain(
        self, rows: pd.DataFrame, scores: pd.DataFrame, threats: pd.Series, language: str = "en"
    ) -> pd.DataFrame:
        """Return up to three true sentences a customer, in agreement with the model."""
        return reasons_for(
            rows,
            pushes_of(self.models, rows, self.facts.get("usual_pushes")),
            threat=threats,
            peers=self.facts.get("peers", {}),
            language=language,
            currency=self.facts["currency"],
        )

    def score(
        self,
        tx: Transactions,
        as_of: DateLike | None = None,
        *,
        extra: OwnColumns | None = None,
        options: ListOptions | None = None,
    ) -> RiskList:
        """Return the risk list of every customer known before `as_of`.

        Parameters
        ----------
        tx : Transactions
            The log; days from `as_of` on are not looked at.
        as_of : date-like, optional
            The day after the data when not given.
        extra : OwnColumns, optional
            Own columns, when the models were trained with them.
        options : ListOptions, optional
            Accounts, suppressed customers, last list, campaign, language.
        """
        chosen = options or ListOptions()
        moment = self.moment(tx, as_of)
        rows = self.snapshot(tx, moment, extra)
        if chosen.last_list is not None:
            rows = rows.assign(**{BAND_BEFORE: band_before(chosen.last_list).reindex(rows.index)})
        most = chosen.contact.exempt_top if "revenue_12m" in rows else 0
        largest = rows["revenue_12m"].nlargest(most).index if most else ()
        plan = make_plan(self, moment, chosen, largest)
        with threadpool_limits(1, user_api="blas"):  # as in batches: see ScoreBatches
            made = list_rows(self, rows, plan)
        totals = list_totals(tx, nw.from_native(made).lazy(), moment)
        table = assemble(made[made[LISTED]], plan.constants)
        return RiskList(table, totals, plan.meta, tuple(self.facts["warnings"]))

    def with_btyd(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows with what the frozen purchase model expects, where the models were trained with it."""
        stored = self.facts.get("btyd_features")
        if stored is None or set(BTYDFeatures.columns) <= set(rows.columns):
            return rows
        return rows.join(BTYDFeatures.from_dict(stored).transform(rows))

    def _check_features(self) -> None:
        if not self._allowed:
            check_allowed(self.facts["features"], **self.facts.get("privacy", {}))
            self._allowed = True  # a bundle does not change

    def moment(self, tx: Transactions, as_of: DateLike | None) -> int:
        """Return the day as of which is scored: the day after the data when not given.

        Raises
        ------
        WindowError
            When it lies before the day on which the models were trained.
        """
        moment = as_day(tx.last_day) + 1 if as_of is None else as_of
        return check_not_before(moment, self.facts["cutoff"])
