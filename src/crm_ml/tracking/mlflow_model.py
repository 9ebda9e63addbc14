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
# Days, orders or money of a made-up customer: a real one does not belong in a model.
_EXAMPLE_VALUE = 30.0


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

    # The columns of a transaction table come as they are (numbers, dates, text): reading decides.
    free = dict.fromkeys((*_source_columns(facts), "customer_id"), AnyType())
    fixed = {name: DataType[kind] for name, kind in _row_columns(facts).items()}
    inputs = [ColSpec(kind, name, required=False) for name, kind in {**free, **fixed}.items()]
    outputs = [ColSpec(DataType.string, "customer_id")]
    outputs += [ColSpec(DataType.string if name in _TEXTS else DataType.double, name) for name in SCORES]
    as_of = ParamSchema([ParamSpec("as_of", DataType.string, "")])
    return ModelSignature(Schema(inputs), Schema(outputs), as_of)


def _row_columns(facts: Any) -> dict[str, str]:
    """Return the columns of a feature row with their MLflow type."""
    from crm_ml.features.catalogue import catalogue
    from crm_ml.prediction.snapshot import ESTABLISHED, USUAL_SPEND

    own = dict.fromkeys(facts["features"], "double")
    known = {spec.name: "long" if spec.dtype == "int" else "double" for spec in catalogue()}
    return {**own, **known, USUAL_SPEND: "double", ESTABLISHED: "boolean"}


def _source_columns(facts: Any) -> list[str]:
    """Return the columns of a transaction table that the bundle was trained on."""
    from crm_ml.data.expressions import column_names

    written = [facts["mapping"][role.name] for role in ROLES if facts["mapping"].get(role.name)]
    return sorted({name for one in written for name in column_names(one)})


def _example(facts: Any) -> pd.DataFrame:
    import pandas as pd

    made: dict[str, Any] = {"long": int(_EXAMPLE_VALUE), "double": _EXAMPLE_VALUE, "boolean": True}
    values = {name: [made[kind]] for name, kind in _row_columns(facts).items()}
    return pd.DataFrame({"customer_id": ["example"], **values})
