"""The risk list of a base that does not fit in memory: in batches through an engine, sorted by the engine.

::

    log ──engine──► snapshot, by id ──batches──► list rows ──engine──► totals, sort ──batches──► Parquet

In Python there are never more than two batches at work. On Spark the middle step runs on the workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_ml.data.engines.batches import in_threads
from crm_ml.data.market import measure_market
from crm_ml.prediction.bundle import Bundle
from crm_ml.prediction.customer_parts import customer_parts
from crm_ml.prediction.list_options import ListOptions
from crm_ml.prediction.list_rows import BAND_BEFORE, ListPlan, list_rows, make_plan
from crm_ml.prediction.list_schema import LISTED, mapped_schema
from crm_ml.prediction.predictor import Predictor
from crm_ml.prediction.risk_list import ORDER
from crm_ml.prediction.snapshot import as_rows, snapshot_frame, snapshot_parts
from crm_ml.prediction.stored_list import GROUP_ROWS, StoredList, store_list
from crm_ml.prediction.totals import list_totals

if TYPE_CHECKING:
    import pyarrow as pa

    from crm_ml.data.market import MarketIndex
    from crm_ml.data.transactions import Transactions

__all__ = ["ScoreBatches", "score_stream", "stored_snapshot"]

Done = Callable[[int], None]
_AT_ONCE = 2  # models compute outside of Python's lock: one batch is predicted while another is written down


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
    threads : int
        Batches at work at the same time; a Spark worker has one core for them.
    """

    def __init__(self, bundle: Bundle, plan: ListPlan, done: Done | None = None, threads: int = 1) -> None:
        self.bundle = bundle
        self.plan = plan
        self.done = done
        self.threads = threads

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Score batch after batch.

        Products of matrices on one thread each: several divide the rows, and those at the border between two
        threads get another last bit.
        """
        scored = 0
        with threadpool_limits(1, user_api="blas"):
            for made in in_threads(partial(self._scored, Predictor(self.bundle)), batches, self.threads):
                yield made
                scored += len(made)
                if self.done is not None:
                    self.done(scored)

    def _scored(self, predictor: Predictor, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        rows = list_rows(predictor, as_rows(batch, self.plan.own), self.plan)
        made = rows.rename_axis("customer_id").reset_index()
        return pa.RecordBatch.from_pandas(made, schema=mapped_schema(), preserve_index=False)


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
    market = measure_market(tx, moment, predictor.horizon_days, predictor.normal)
    parts = [_stored(predictor, part, moment, market, last_list) for part in customer_parts(tx)]
    if len(parts) == 1:
        return parts[0]
    made = tx.engine.materialise(nw.concat(parts))
    for part in parts:
        tx.engine.release(part)
    return made


def _stored(
    predictor: Predictor,
    tx: Transactions,
    moment: int,
    market: MarketIndex,
    last_list: nw.LazyFrame[Any] | None,
) -> nw.LazyFrame[Any]:
    """Return the snapshot of the customers of a log; one query after the other needs less memory."""
    lazy = snapshot_parts(tx, moment, predictor.horizon_days, predictor.normal, market)
    features, usual = map(tx.engine.materialise, lazy)
    frame = snapshot_frame(features, usual)
    if last_list is not None:
        # A list names a customer once; somebody's own Parquet might not.
        before = last_list.group_by("customer_id").agg(nw.col("risk_band").min().alias(BAND_BEFORE))
        frame = frame.join(before, on="customer_id", how="left")
    made = tx.engine.materialise(frame.sort("customer_id"))
    for part in (features, usual):
        tx.engine.release(part)
    return made


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
    here = tx.engine.name != "spark"
    score = ScoreBatches(predictor.bundle, plan, done if here else None, _AT_ONCE if here else 1)
    scored = tx.engine.map_batches(rows, score, mapped_schema())
    totals = list_totals(tx, scored, moment)
    names, largest_first = list(ORDER), list(ORDER.values())
    ordered = scored.filter(nw.col(LISTED)).sort(*names, descending=largest_first, nulls_last=True)
    made = store_list(
        tx.engine.to_batches(ordered, GROUP_ROWS),
        plan.constants,
        totals=totals,
        meta=plan.meta,
        warnings=tuple(predictor.facts["warnings"]),
    )
    tx.engine.release(scored)
    return made


def _largest(rows: nw.LazyFrame[Any], options: ListOptions) -> list[str]:
    """Return the largest customers whom the settings exempt from the control group."""
    most = options.contact.exempt_top
    if not most or "revenue_12m" not in rows.collect_schema().names():
        return []
    ordered = rows.select("customer_id", "revenue_12m").sort(
        "revenue_12m", "customer_id", descending=[True, False], nulls_last=True
    )
    return [str(one) for one in ordered.head(most).collect("pyarrow")["customer_id"].to_list()]
