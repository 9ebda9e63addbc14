"""A bundle saved as an MLflow model: our code by name, the bundle as artifact, nothing pickled."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.data.schema import ROLES
from crm_ml.prediction.bundle import read_bundle
from crm_ml.tracking.quiet import quiet

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.models import ModelSignature

__all__ = ["MODEL_FOLDER", "bundle_path", "save_model"]

MODEL_FOLDER = "model"
_TEXTS = ("rule", "score_basis")
_EXAMPLE_VALUE = (
    30.0  # days, orders or money: a made-up customer, since a real one does not belong in a model
)


def bundle_path() -> str:
    """Return where the bundle lies inside a saved model."""
    return "artifacts/bundle"


def save_model(bundle: str | os.PathLike[str], target: str | os.PathLike[str]) -> Path:
    """Save a bundle as an MLflow model (models-from-code) with signature and a made-up input example.

    Parameters
    ----------
    bundle : path
        Folder of the bundle.
    target : path
        Folder to make.
    """
    from crm_ml import __version__

    facts = read_bundle(bundle).facts
    with quiet():
        import mlflow.pyfunc

        mlflow.pyfunc.save_model(
            path=str(target),
            python_model=str(Path(__file__).with_name("pyfunc_model.py")),
            artifacts={"bundle": str(bundle)},
            signature=_signature(facts),
            input_example=_example(facts),
            # Explicit, since inferring them would install and import everything once more.
            pip_requirements=[f"crm-ml=={__version__}"],
        )
    return Path(target)


def _signature(facts: Any) -> ModelSignature:
    """Return what goes in and comes out; all inputs are optional, our own checks answer what is missing."""
    from mlflow.models import ModelSignature
    from mlflow.types.schema import AnyType, ColSpec, DataType, ParamSchema, ParamSpec, Schema

    from crm_ml.prediction.scores import SCORES

    features = {name: ColSpec(DataType.double, name, required=False) for name in facts["features"]}
    columns = {name: ColSpec(AnyType(), name, required=False) for name in _source_columns(facts)}
    inputs = {**columns, **features, "customer_id": ColSpec(AnyType(), "customer_id", required=False)}
    outputs = [ColSpec(DataType.string, "customer_id")]
    outputs += [ColSpec(DataType.string if name in _TEXTS else DataType.double, name) for name in SCORES]
    as_of = ParamSchema([ParamSpec("as_of", DataType.string, "")])
    return ModelSignature(Schema(list(inputs.values())), Schema(outputs), as_of)


def _source_columns(facts: Any) -> list[str]:
    """Return the columns of a transaction table that the bundle was trained on."""
    from crm_ml.data.expressions import column_names

    written = [facts["mapping"][role.name] for role in ROLES if facts["mapping"].get(role.name)]
    return sorted({name for one in written for name in column_names(one)})


def _example(facts: Any) -> pd.DataFrame:
    import pandas as pd

    values = {name: [_EXAMPLE_VALUE] for name in facts["features"]}
    return pd.DataFrame({"customer_id": ["example"], **values})
