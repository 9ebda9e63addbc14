"""The risk list of a base that does not fit in memory: in batches through an engine, sorted by the engine.

::

    log ──engine──► snapshot, by id ──batches──► list rows ──engine──► totals, sort ──batches──► Parquet

In Python there is never more than one batch. On Spark the middle step runs on the workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from crm_ml.prediction.bundle import Bundle
from crm_ml.prediction.list_options import ListOptions
from crm_ml.prediction.list_rows import BAND_BEFORE, ListPlan, list_rows, make_plan
from crm_ml.prediction.list_schema import LISTED, mapped_schema
from crm_ml.prediction.predictor import Predictor
from crm_ml.prediction.risk_list import ORDER
from crm_ml.prediction.snapshot import as_rows, snapshot_frame
from crm_ml.prediction.stored_list import StoredList, store_list
from crm_ml.prediction.totals import list_totals

if TYPE_CHECKING:
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = ["ScoreBatches", "score_stream", "stored_snapshot"]

Done = Callable[[int], None]


class ScoreBatches:
    """Turns batches of snapshot rows into batches of list rows; plain data, so it can be sent to workers.

    Parameters
    ----------
    bundle : Bundle
        The models; restored where the batches are.
    plan : ListPlan
        What the rows have in common.
    done : callable, optional
        Told after every batch how many customers are scored; only where the batches stay on this machine.
    """

    def __init__(self, bundle: Bundle, plan: ListPlan, done: Done | None = None) -> None:
        self.bundle = bundle
        self.plan = plan
        self.done = done

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Score batch after batch."""
        import pyarrow as pa

        predictor, scored = Predictor(self.bundle), 0
        for batch in batches:
            rows = list_rows(predictor, as_rows(batch, self.plan.own), self.plan)
            made = rows.rename_axis("customer_id").reset_index()
            yield pa.RecordBatch.from_pandas(made, schema=mapped_schema(), preserve_index=False)
            scored += len(rows)
            if self.done is not None:
                self.done(scored)


def stored_snapshot(
    predictor: Predictor, tx: Transactions, moment: int, last_list: nw.LazyFrame[Any] | None = None
) -> nw.LazyFrame[Any]:
    """Return the snapshot of everybody known, kept by the engine and sorted by id.

    Parameters
    ----------
    predictor : Predictor
        Says which settings its models were trained with.
    tx : Transactions
        The log.
    moment : int
        First day that is not looked at.
    last_list : narwhals LazyFrame, optional
        Columns ``customer_id, risk_band`` of the previous list, on the same engine.
    """
    frame = snapshot_frame(tx, moment, predictor.horizon_days, predictor.normal, stored=True)
    if last_list is not None:
        # A list names a customer once; somebody's own Parquet might not.
        before = last_list.group_by("customer_id").agg(nw.col("risk_band").min().alias(BAND_BEFORE))
        frame = frame.join(before, on="customer_id", how="left")
    return tx.engine.materialise(frame.sort("customer_id"))


def score_stream(
    predictor: Predictor,
    tx: Transactions,
    rows: nw.LazyFrame[Any],
    moment: int,
    *,
    options: ListOptions | None = None,
    own: pd.DataFrame | None = None,
    done: Done | None = None,
) -> StoredList:
    """Return the risk list of all rows of a snapshot, on disk: the list of :meth:`Predictor.score`.

    Parameters
    ----------
    predictor : Predictor
        Scores and explains.
    tx : Transactions
        The log that `rows` were made from.
    rows : narwhals LazyFrame
        From :func:`stored_snapshot`.
    moment : int
        Day as of which they were made.
    options : ListOptions, optional
        As for :meth:`Predictor.score`; the last list is in `rows` already.
    own : DataFrame, optional
        Encoded own columns by customer.
    done : callable, optional
        Told now and then how many customers are scored.
    """
    chosen = options or ListOptions()
    plan = make_plan(predictor, moment, chosen, _largest(rows, chosen), own)
    local = done if tx.engine.name != "spark" else None
    scored = tx.engine.map_batches(rows, ScoreBatches(predictor.bundle, plan, local), mapped_schema())
    totals = list_totals(tx, scored, moment)
    names, largest_first = list(ORDER), list(ORDER.values())
    ordered = scored.filter(nw.col(LISTED)).sort(*names, descending=largest_first, nulls_last=True)
    return store_list(
        tx.engine.to_batches(ordered),
        plan.constants,
        totals=totals,
        meta=plan.meta,
        warnings=tuple(predictor.facts["warnings"]),
    )


def _largest(rows: nw.LazyFrame[Any], options: ListOptions) -> list[str]:
    """Return the largest customers whom the settings exempt from the control group."""
    most = options.contact.exempt_top
    if not most or "revenue_12m" not in rows.collect_schema().names():
        return []
    ordered = rows.select("customer_id", "revenue_12m").sort(
        "revenue_12m", "customer_id", descending=[True, False], nulls_last=True
    )
    return [str(one) for one in ordered.head(most).collect("pyarrow")["customer_id"].to_list()]
