"""What a customer base is worth and what is about to be lost, from transaction history.

Examples
--------
>>> import crm_ml as crm
>>> crm.Window("2011-06-01", horizon_days=90).end
datetime.date(2011, 8, 30)
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

# The public list: name → module that defines it. Nothing is imported before its name is used, so that
# `import crm_ml` and `crm-ml --help` stay light; __init__.pyi says the same to type checkers.
_HOME = {
    "AnalysisSettings": "analysis.settings",
    "BGBB": "models.clv.bg_bb",
    "BGNBD": "models.clv.bg_nbd",
    "Company": "analysis.company",
    "CrmMlError": "base.exceptions",
    "DataRules": "data.rules",
    "ErlangNBD": "models.clv.erlang_nbd",
    "GammaGamma": "models.clv.gamma_gamma",
    "LabelSettings": "labels.settings",
    "LifetimeValue": "models.clv.lifetime_value",
    "ListOptions": "prediction.predictor",
    "MBGNBD": "models.clv.mbg_nbd",
    "NBD": "models.clv.nbd",
    "OwnColumns": "data.own_columns",
    "ParetoNBD": "models.clv.pareto_nbd",
    "Predictor": "prediction.predictor",
    "Result": "base.result",
    "SqlSource": "data.sql_source",
    "Transactions": "data.transactions",
    "UpliftModel": "models.uplift",
    "Window": "data.windows",
    "align": "models.panel",
    "backtest": "evaluation.backtest",
    "build_feature_panel": "features.build",
    "build_features": "features.build",
    "calibrate": "models.calibration",
    "catalogue": "features.catalogue",
    "customer_card": "reporting.customer_card",
    "judge_uplift": "evaluation.uplift_report",
    "label_at_risk": "labels.at_risk",
    "label_drying_up": "labels.drying_up",
    "label_segment": "labels.segment",
    "label_stopped": "labels.stopped",
    "label_value": "labels.value",
    "list_outcome": "evaluation.outcome",
    "load_cdnow": "data.datasets",
    "make_company": "data.company.make",
    "make_model": "models.catalog",
    "make_transactions": "data.simulation",
    "planted_recovery": "evaluation.recovery",
    "proven_fall": "features.fall",
    "read_transactions": "data.reading",
    "rfm_summary": "features.summary",
    "rolling_windows": "data.windows",
    "train": "jobs.train",
    "uplift": "jobs.uplift",
}

__all__ = [*_HOME, "__version__"]  # noqa: PLE0604  # the keys are text


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'crm_ml' has no attribute {name!r}")
    found = getattr(_import_module(f"crm_ml.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
