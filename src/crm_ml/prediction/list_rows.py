"""From snapshot rows to rows of the risk list: one batch at a time, whoever else there is.

Nothing here looks at other customers: edges come from the bundle, and what needs the whole base (who is
exempt from the control group as one of the largest) is told by the :class:`ListPlan`. So the list of a batch
is the batch of the list, in memory, from disk or on a cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.classes.rfm_scores import RfmScores
from crm_ml.classes.risk_bands import RiskBands
from crm_ml.data.windows import as_date
from crm_ml.prediction.accounts import key_accounts, of_customers
from crm_ml.prediction.advice import advice_for
from crm_ml.prediction.columns import REASONS
from crm_ml.prediction.contact import contact_groups, contact_value
from crm_ml.prediction.list_options import ListOptions
from crm_ml.prediction.list_schema import LISTED
from crm_ml.prediction.next_class import class_chances, likeliest_class, needs_review
from crm_ml.prediction.risk_list import expected_loss, loss_if_it_happens, since_last, threat, worth_calling
from crm_ml.prediction.scores import rule_words
from crm_ml.prediction.snapshot import last_purchase

if TYPE_CHECKING:
    from crm_ml.prediction.predictor import Predictor

__all__ = ["BAND_BEFORE", "ListPlan", "list_rows", "make_plan"]

#: Column of a snapshot with the risk band on the last list; absent without a last list.
BAND_BEFORE = "risk_band_before"


@dataclass(frozen=True)
class ListPlan:
    """What the rows of one list have in common.

    Parameters
    ----------
    moment : int
        Day as of which customers are scored.
    options : ListOptions
        Accounts, suppressed customers, contact settings, language, reasons.
    exempt : frozenset of str
        Customers who are never held out, beside those that the contact settings name.
    own : DataFrame, optional
        Encoded own columns by customer.
    constants : mapping
        Columns of the list that are the same for everybody.
    """

    moment: int
    options: ListOptions = field(default_factory=ListOptions)
    exempt: frozenset[str] = frozenset()
    own: pd.DataFrame | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)

    @property
    def meta(self) -> dict[str, Any]:
        """What a reader is told about the list as a whole."""
        options, contact = self.options, self.options.contact
        return {
            **self.constants,
            "campaign": contact.campaign,
            "language": options.language,
            "save_rate_low": contact.save_rate_low,
            "save_rate": contact.save_rate,
            "save_rate_high": contact.save_rate_high,
            "contact_cost": contact.cost,
        }


def make_plan(
    predictor: Predictor,
    moment: int,
    options: ListOptions,
    largest: Iterable[str] = (),
    own: pd.DataFrame | None = None,
) -> ListPlan:
    """Return the plan of a list; `largest` are the customers whom ``contact.exempt_top`` means."""
    constants = {
        "basis": predictor.facts["basis"],
        "currency": predictor.facts["currency"],
        "as_of": as_date(moment),
        "horizon_days": predictor.horizon_days,
        "clv_horizon_days": int(predictor.facts["clv"]["horizon_days"]),
        "model_version": predictor.bundle.version,
    }
    return ListPlan(moment, options, key_accounts(options.accounts) | set(largest), own, constants)


def list_rows(predictor: Predictor, rows: pd.DataFrame, plan: ListPlan) -> pd.DataFrame:
    """Return the columns of the list for some customers, but rank and what is the same for everybody.

    Parameters
    ----------
    predictor : Predictor
        Scores and explains.
    rows : DataFrame
        Snapshot rows, index ``customer_id``; with :data:`BAND_BEFORE` where there is a last list.
    plan : ListPlan
        What the rows have in common.
    """
    facts, options = predictor.facts, plan.options
    rows = predictor.with_btyd(rows)
    scores = predictor.predict(rows)
    loss = expected_loss(rows["usual_spend"], scores["expected_spend"])
    edges = RiskBands.from_dict(facts["bands"])
    bands = edges.transform(loss, scores["p_at_risk"])
    threats = threat(scores, edges.threatens(scores["p_at_risk"]))
    judged = pd.DataFrame({"expected_loss": loss, "risk_band": bands, "threat": threats})
    rfm = RfmScores.from_dict(facts["rfm"]).transform(rows)
    accounts = of_customers(options.accounts, rows.index)
    chances = class_chances(predictor.models, rows, facts)
    coming = likeliest_class(chances, rows)
    advice = advice_for(threats, bands, rfm["segment"], language=options.language)
    advice["human_review_required"] |= needs_review(coming["next_class"])
    at_stake = loss_if_it_happens(rows, scores, facts["drying_share"])
    columns = {
        **{name: scores[name] for name in scores},
        **{name: judged[name] for name in judged},
        **{name: accounts[name] for name in accounts},
        **_reasons(predictor, rows, scores, judged, options),
        **advice,
        "rule": rule_words(predictor.models, rows, options.language),
        "usual_spend": rows["usual_spend"],
        "revenue_12m": rows.get("revenue_12m", np.nan),
        "revenue_prev_12m": rows.get("revenue_prev_12m", np.nan),
        "last_purchase": last_purchase(rows["recency_days"], plan.moment),
        "recency_days": rows["recency_days"],
        "purchase_days": rows["purchase_days"],
        "rfm_score": rfm["rfm_score"],
        "segment": rfm["segment"],
        **coming,
        "since_last_list": since_last(bands, rows.get(BAND_BEFORE)),
        "contact_group": contact_groups(rows.index, options.contact, exempt=plan.exempt),
        "contact_value": contact_value(scores["p_at_risk"], at_stake, options.contact),
        LISTED: ~rows.index.isin(list(options.suppressed)),
    }
    return pd.DataFrame(columns, index=rows.index)


def _reasons(
    predictor: Predictor,
    rows: pd.DataFrame,
    scores: pd.DataFrame,
    judged: pd.DataFrame,
    options: ListOptions,
) -> dict[str, Any]:
    """Return the sentences of those for whom they are wanted, empty texts for the rest."""
    wanted = {
        "everybody": np.ones(len(rows), dtype=bool),
        "nobody": np.zeros(len(rows), dtype=bool),
    }.get(options.reasons)
    if wanted is None:
        wanted = worth_calling(judged)
    written = {name: np.full(len(rows), "", dtype=object) for name in REASONS}
    if wanted.any():
        found = predictor.explain(
            rows[wanted], scores[wanted], judged.loc[wanted, "threat"], options.language
        )
        for name in REASONS:
            written[name][wanted] = found[name].to_numpy(dtype=object)
    return {name: pd.Series(texts, index=rows.index, dtype="str") for name, texts in written.items()}
