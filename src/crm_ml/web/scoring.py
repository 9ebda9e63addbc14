"""From a request to scores: the Predictor, fed with feature rows or raw transactions."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import ColumnError, CrmMlWarning, InputError
from crm_ml.data.pseudonyms import pseudonyms
from crm_ml.prediction.scores import SCORES
from crm_ml.web.answers import plain
from crm_ml.web.schemas import FeatureRow, ScoreRequest

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.prediction.predictor import Predictor

__all__ = ["quick_enough", "score_features", "score_one", "score_transactions"]

_SLOW = frozenset({"expected_purchases", "clv", "clv_low", "clv_high"})
_EXPLAINED = (
    "expected_loss", "risk_band", "threat", "reason_1", "reason_2", "reason_3", "rule", "advice",
    "human_review_required", "segment", "rfm_score",
)  # fmt: skip
# What risk bands, segments and sentences read beside the features of the models.
_LONGEST = 100_000  # days
_EXPLAINED_BY = ("usual_spend", "recency_days", "purchase_days")


def quick_enough(body: ScoreRequest) -> bool:
    """Whether an answer takes a fraction of a millisecond, less than handing it to a thread."""
    if body.rows is None or len(body.rows) > 1 or body.explain or body.scores is None:
        return False
    return _SLOW.isdisjoint(body.scores)


def score_one(predictor: Predictor, row: FeatureRow, wanted: Sequence[str] | None) -> dict[str, Any]:
    """Return the scores of one feature row."""
    scores = predictor.predict_one(row.features, wanted or SCORES)
    return {"customer_id": row.customer_id, **plain(scores)}


def score_features(predictor: Predictor, body: ScoreRequest) -> list[dict[str, Any]]:
    """Return the scores of feature rows, in their order.

    Raises
    ------
    ColumnError
        When a row lacks a feature; the message says which row.
    """
    import pandas as pd

    rows = body.rows or []
    needed = [*predictor.models.reads, *(_EXPLAINED_BY if body.explain else ())]
    for number, row in enumerate(rows):
        missing = [name for name in needed if name not in row.features]
        if missing:
            raise ColumnError(
                "features are missing", got=f"row {number} without {', '.join(missing)}",
                do="send null for what is unknown; /v1/model lists what is needed",
            )  # fmt: skip
        if body.explain:
            _check_history(row, number)
    # The columns of the first row: a feature that only some rows have is none of those that are needed.
    names = list(rows[0].features)
    index = [row.customer_id or f"row {number}" for number, row in enumerate(rows)]
    table = pd.DataFrame(
        [[row.features.get(name) for name in names] for row in rows], index, names, "float64"
    )
    made = _scored(predictor, table, body)
    return [{**one, "customer_id": row.customer_id} for one, row in zip(made, rows, strict=True)]


def _check_history(row: FeatureRow, number: int) -> None:
    """Refuse an explanation for a customer who never bought: sentences speak of the last purchase."""
    for name in ("recency_days", "purchase_days"):
        value = row.features[name]
        if value is None or not 0 <= value <= _LONGEST:
            raise InputError(
                "this cannot be explained", got=f"row {number} with {name} {value}", do="send days, 0 or more"
            )


def score_transactions(
    predictor: Predictor, body: ScoreRequest
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the scores of every customer in raw transactions, and what became of the rows."""
    import pandas as pd

    from crm_ml.prediction.raw_rows import read_raw, source_columns

    lines = body.transactions or []
    names = source_columns(predictor.facts)
    # A column that no line has is missing; a line without it has nothing there.
    present = [name for name in names if any(name in line for line in lines)]
    if not present:
        raise ColumnError("no column of the training is there", do=f"send {', '.join(names)}")
    frame = pd.DataFrame({name: [line.get(name) for line in lines] for name in present}, dtype=object)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CrmMlWarning)  # they stand in the findings, which go back too
            tx = read_raw(frame, predictor.facts)
            made = _scored(
                predictor, predictor.snapshot(tx, body.as_of), body, as_of=body.as_of or tx.last_day
            )
    except OverflowError as error:
        raise InputError("a date is beyond what can be counted", do="mend the dates") from error
    quality = tx.quality().table[["finding", "rows", "action"]]
    return made, {**plain(tx.counts), "findings": plain(quality.to_dict("records"))}


def _scored(
    predictor: Predictor, table: pd.DataFrame, body: ScoreRequest, as_of: Any = None
) -> list[dict[str, Any]]:
    made = _explained(predictor, table, body, as_of) if body.explain else predictor.predict(table)
    chosen = [name for name in made.columns if name not in SCORES or name in (body.scores or SCORES)]
    records = made[chosen].to_dict("records")
    return [{"customer_id": str(one), **plain(row)} for one, row in zip(made.index, records, strict=True)]


def _explained(predictor: Predictor, table: pd.DataFrame, body: ScoreRequest, as_of: Any) -> pd.DataFrame:
    from crm_ml.data.windows import as_day
    from crm_ml.prediction.list_options import ListOptions
    from crm_ml.prediction.list_rows import list_rows, make_plan

    options = ListOptions(language=body.language, reasons="everybody")
    plan = make_plan(predictor, as_day(as_of or predictor.facts["cutoff"]), options)
    return list_rows(predictor, table, plan)[[*SCORES, *_EXPLAINED]]


def hidden(scores: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Return scores with pseudonyms for ids, where there is a key."""
    if key:
        for one in scores:
            if one["customer_id"] is not None:
                one["customer_id"] = pseudonyms([one["customer_id"]], key)[0]
    return scores


def described(predictor: Predictor, scores: list[dict[str, Any]], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a request."""
    about = {
        "model_version": predictor.bundle.version,
        "horizon_days": predictor.horizon_days,
        "currency": predictor.facts["currency"],
    }
    return {**about, **more, "scores": scores}
