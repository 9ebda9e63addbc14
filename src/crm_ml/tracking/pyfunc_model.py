"""The bundle as an MLflow model: this file is the model's code, and MLflow runs it where the model is loaded.

It takes feature rows, or raw transactions in the columns that the bundle was trained on, and gives the same
numbers as the Predictor, because it is the Predictor.
"""

from __future__ import annotations

from typing import Any

import mlflow.models
import pandas as pd  # MLflow reads the annotations of `predict` at run time
from mlflow.pyfunc import PythonModel

__all__ = ["CrmModel"]


class CrmModel(PythonModel):  # type: ignore[misc]  # MLflow has no types
    """Scores with the bundle that lies among the model's artifacts."""

    def load_context(self, context: Any) -> None:
        """Open and verify the bundle; MLflow calls this once."""
        from crm_ml.prediction.predictor import Predictor

        self.predictor = Predictor.load(context.artifacts["bundle"])

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return the scores: one row a feature row in the same order, or one a customer for transactions.

        Parameters
        ----------
        context : PythonModelContext
            Not used after loading.
        model_input : DataFrame
            Feature rows, or transactions.
        params : mapping, optional
            ``as_of``: score transactions as known before this day; the day after the last one when empty.
        """
        if self.predictor.facts["mapping"]["timestamp"] in model_input:
            rows = self._snapshot(model_input, (params or {}).get("as_of") or None)
        else:
            ids = model_input.get("customer_id")
            index = model_input.index if ids is None else ids.astype("string").fillna("").astype(str)
            rows = model_input.drop(columns="customer_id", errors="ignore").set_index(index)
        scores = self.predictor.predict(rows)
        return scores.reset_index(drop=True).assign(customer_id=rows.index.astype(str))[
            ["customer_id", *scores.columns]
        ]

    def _snapshot(self, transactions: pd.DataFrame, as_of: str | None) -> pd.DataFrame:
        from crm_ml.prediction.raw_rows import read_raw

        return self.predictor.snapshot(read_raw(transactions, self.predictor.facts), as_of)


mlflow.models.set_model(CrmModel())
