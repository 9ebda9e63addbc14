"""The bundle of a training: models, edges, evidence and the facts that scoring needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.base.notes import Note, Wording
from crm_ml.base.texts import has_text, text
from crm_ml.classes.rfm_scores import RfmScores
from crm_ml.classes.risk_bands import RiskBands
from crm_ml.data.privacy import check_allowed
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import as_date, as_day
from crm_ml.evaluation.base_level import anchored, foresee_base
from crm_ml.evaluation.experiment import Experiment
from crm_ml.jobs.class_columns import class_facts
from crm_ml.jobs.purchase_verdict import purchase_verdict
from crm_ml.models.base import Model
from crm_ml.models.btyd import btyd_columns
from crm_ml.models.clv.catalog import PURCHASE_MODELS
from crm_ml.models.clv.features import BTYDFeatures
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.prediction.bundle import Bundle, write_bundle
from crm_ml.prediction.drift import fit_reference
from crm_ml.prediction.facts import peer_normals
from crm_ml.prediction.pushes import usual_pushes
from crm_ml.prediction.risk_list import expected_loss
from crm_ml.prediction.scores import Models, restore_models, score_rows
from crm_ml.prediction.snapshot import take_snapshot
from crm_ml.prediction.unseen import category_sets

if TYPE_CHECKING:
    from crm_ml.data.own_columns import CategoryEncoding, OwnColumns
    from crm_ml.jobs.config import TrainConfig

__all__ = ["Exported", "export"]

_PACKAGES = ("crm-ml", "lightgbm", "numpy", "pandas", "scikit-learn", "scipy")
_USUAL_DRYING_SHARE = (
    0.7  # between the trigger (half) and everything; used only where nobody was seen drying up
)


@dataclass(frozen=True)
class Exported:
    """The bundle that was written."""

    folder: Path
    bundle: Bundle
    warnings: tuple[str, ...]


def export(
    tx: Transactions,
    config: TrainConfig,
    experiment: Experiment | None,
    models: Mapping[tuple[str, str], Model],
    *,
    own: OwnColumns | None,
    encoding: CategoryEncoding | None,
    btyd: BTYDFeatures | None,
    audits: Mapping[str, Any],
    notes: tuple[str, ...],
) -> Exported:
    """Fit what describes the base as it is now, put everything in a bundle and write it."""
    cutoff = _cutoff(tx, config, experiment)
    rows = take_snapshot(
        tx,
        cutoff,
        config.horizon_days,
        settings=config.labels.normal,
        own_columns=own,
        encoding=encoding,
    )
    rows = rows if btyd is None else rows.join(btyd.transform(rows))
    if config.refits and models:  # judged models stand at the level of this cutoff already
        level = foresee_base(tx, cutoff, config.horizon_days)
        models = {key: anchored(model, key[0], rows, level) for key, model in models.items()}
    value = _lifetime_value(rows, config)
    features = _features(models)
    check_allowed(features, extra_forbidden=config.privacy.extra_forbidden, allow=config.privacy.allow)
    verdict, of_value = purchase_verdict(tx, experiment, value)
    warnings = _warnings(experiment, of_value, (*notes, *_slow_buyers(rows, config.horizon_days)))
    facts = {
        "cutoff": str(as_date(cutoff)),
        "features": features,
        "warnings": list(warnings),
        "clv_verdict": verdict,
        "btyd_features": None if btyd is None else btyd.to_dict(),
        "own_columns": None if encoding is None else encoding.to_dict(),
        "classes": None if encoding is None else class_facts(config),
        "reference": fit_reference(rows, [name for name in features if name not in BTYDFeatures.columns]),
        "categories": {} if own is None or encoding is None else category_sets(own.known_at(cutoff)),
        "fairness": dict(audits),
        "leaking": list(experiment.leaks.left_out) if experiment else [],
        "peers": peer_normals(rows),
        "rfm": RfmScores().fit(rows).to_dict(),
        **_chosen(config),
        **_learnt(experiment),
        **_data_facts(tx),
    }
    stored = None if value is None else value.to_dict()
    evidence = tuple(one.to_dict() for one in experiment.comparisons.values()) if experiment else ()
    parts = {key: model.to_parts() for key, model in models.items()}
    bundle = Bundle(facts, parts, evidence, stored)
    restored = restore_models(bundle)
    more = {"bands": _bands(restored, rows, facts), "usual_pushes": usual_pushes(restored, rows)}
    bundle = dataclasses.replace(bundle, facts={**facts, **more})
    return Exported(write_bundle(bundle, config.out), bundle, warnings)


def _slow_buyers(rows: pd.DataFrame, horizon_days: int) -> tuple[str, ...]:
    """Say it when a horizon is shorter than most customers wait: not buying in it is then no sign."""
    gaps = rows["gap_median"].dropna() if "gap_median" in rows else pd.Series(dtype=float)
    if gaps.empty or gaps.median() <= horizon_days:
        return ()
    return (Note("proof.slow_buyers", {"gap": round(gaps.median()), "days": horizon_days}),)


def _chosen(config: TrainConfig) -> dict[str, Any]:
    """Return what the config decided and scoring must know."""
    privacy = config.privacy
    return {
        "horizon_days": config.horizon_days,
        "labels": dataclasses.asdict(config.labels),
        "clv": config.clv.model_dump(),
        "privacy": {"extra_forbidden": list(privacy.extra_forbidden), "allow": list(privacy.allow)},
        "card": config.card.model_dump(mode="json"),
        "seed": config.seed,
        "refit": config.refits,
        "versions": {name: version(name) for name in _PACKAGES},
    }


def _learnt(experiment: Experiment | None) -> dict[str, Any]:
    """Return what the experiment found out."""
    return {
        "tasks": _tasks(experiment),
        "drying_share": _drying_share(experiment),
        "base_rate": _base_rate(experiment),
    }


def _data_facts(tx: Transactions) -> dict[str, Any]:
    """Return what the transactions were and how they were read."""
    days = [str(tx.first_day), str(tx.last_day)]
    return {
        "mapping": dict(tx.mapping),
        "currency": tx.currency,
        "basis": tx.basis if tx.has_money else "purchases",
        "data": {"fingerprint": tx.fingerprint, "counts": dict(tx.counts), "days": days},
        "findings": tx.findings.table.astype("str").fillna("").to_dict("list"),
    }


def _cutoff(tx: Transactions, config: TrainConfig, experiment: Experiment | None) -> int:
    """Return the first day that no model has seen."""
    if experiment is None:
        return as_day(tx.last_day) + 1 if config.cutoff is None else as_day(config.cutoff)
    test = experiment.plan.test
    return test.end_day if config.refits else test.cutoff_day


def _lifetime_value(rows: pd.DataFrame, config: TrainConfig) -> LifetimeValue | None:
    return (
        LifetimeValue(PURCHASE_MODELS[config.clv.model](), margin=config.clv.margin).fit(
            rows[btyd_columns(rows)]
        )
        if len(rows)
        else None
    )


def _features(models: Mapping[tuple[str, str], Model]) -> list[str]:
    return sorted({str(name) for model in models.values() for name in model.to_parts().settings["features"]})


def _tasks(experiment: Experiment | None) -> dict[str, dict[str, Any]]:
    if experiment is None:
        return {}
    judged = {
        task: {
            "champion": one.champion,
            "role": "model" if one.champion_is_model else "baseline",
            "verdict": one.verdict,
            "reason": one.reason,
        }
        for task, one in experiment.comparisons.items()
    }
    skipped = {
        task: {"champion": None, "verdict": "too_few_cases", "reason": why}
        for task, why in experiment.skipped.items()
    }
    return {**judged, **skipped}


def _drying_share(experiment: Experiment | None) -> float:
    """Return the share of the own normal that customers who dried up in the test lost, weighted by money."""
    panel = experiment.panels.get("at_risk") if experiment else None
    if panel is None or experiment is None:
        return _USUAL_DRYING_SHARE
    test = panel.at(experiment.plan.test)
    dried = test.where((test.y == "dries_up").fillna(False).to_numpy(dtype=bool))
    usual = float(dried.context["at_stake"].sum())
    return 1.0 - float(dried.context["value"].sum()) / usual if usual > 0 else _USUAL_DRYING_SHARE


def _base_rate(experiment: Experiment | None) -> float | None:
    panel = experiment.panels.get("stopped") if experiment else None
    if panel is None or experiment is None:
        return None
    return float(panel.at(experiment.plan.test).labelled().y.astype(float).mean())


def _bands(models: Models, rows: pd.DataFrame, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the edges of the risk bands, fitted on the base at the bundle's cutoff."""
    scores = score_rows(models, rows, facts)
    loss = expected_loss(rows["usual_spend"], scores["expected_spend"])
    return RiskBands().fit(loss, scores["p_at_risk"]).to_dict()


def _warnings(
    experiment: Experiment | None, of_value: tuple[str, ...], notes: tuple[str, ...]
) -> tuple[str, ...]:
    found = list(notes)
    if experiment is not None:
        found += [_of_task(task, why) for task, why in experiment.skipped.items()]
        found += [
            _of_task(task, one.reason)
            for task, one in experiment.comparisons.items()
            if not one.champion_is_model
        ]
        found += [
            _of_task(task, note)
            for task, one in experiment.comparisons.items()
            for note in one.notes
            if note not in notes
        ]
    found += [Note("proof.of_value", {"note": said}) for said in of_value]
    return tuple(dict.fromkeys(found))


def _of_task(task: str, note: str) -> Note:
    """Return a note with the task it is about before it."""
    key = f"card.{task}"
    return Note(
        "proof.of_task", {"task": Wording(task, text(key, "nl") if has_text(key) else task), "note": note}
    )
