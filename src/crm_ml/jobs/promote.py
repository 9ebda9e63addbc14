"""Who is champion: the gate that a newly trained bundle has to pass, and the way back."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from crm_ml.jobs.compare import CompareResult, compare_predictors, open_reference
from crm_ml.jobs.config import RegistryConfig
from crm_ml.jobs.track import BUNDLE_FOLDER

__all__ = ["PromoteResult", "promote", "roll_back"]


@dataclass(frozen=True)
class PromoteResult:
    """Whether a run became champion, and why.

    Parameters
    ----------
    promoted : bool
        Whether the alias ``champion`` moved.
    version : str
        Number in the registry.
    bundle : str
        Version of the bundle.
    reason : str
        In words.
    comparison : CompareResult, optional
        The figures; None when there was nobody to beat, or the move was forced.
    """

    promoted: bool
    version: str
    bundle: str
    reason: str
    comparison: CompareResult | None = None

    def __str__(self) -> str:
        outcome = "is champion" if self.promoted else "stays challenger"
        figures = f"{self.comparison}\n" if self.comparison else ""
        return f"{figures}{self.bundle} (version {self.version}) {outcome}: {self.reason}"


def promote(run: str, config: RegistryConfig, *, force: str = "") -> PromoteResult:
    """Register the bundle of a run; make it champion when it beats the present one on later data.

    Parameters
    ----------
    run : str
        MLflow run of a training.
    config : RegistryConfig
        Registry, and the transactions to compare on.
    force : str
        A reason to move the alias without the comparison; it is recorded with the version.

    Raises
    ------
    InputError
        When the run holds no bundle.
    WindowError
        When the data hold no closed horizon that both bundles have not learnt from.
    """
    from crm_ml.tracking import registry
    from crm_ml.tracking.store import open_store

    client = open_store(config.store, must_exist=True)
    registered = registry.register(client, run, name=config.model, folder=BUNDLE_FOLDER)
    champion = registry.find(client, registry.CHAMPION, name=config.model)
    about = (registered.version, registered.bundle)
    if champion is not None and champion.version == registered.version:
        return PromoteResult(True, *about, "it already was")
    comparison = None
    if force:
        reason = f"forced: {force}"
    elif champion is None:
        reason = "there was no champion to beat"
    else:
        comparison = _against_champion(registered.version, config)
        reason = _reason(comparison, config.evaluation.level)
        if not comparison.first_is_better:
            return PromoteResult(False, *about, reason, comparison)
    registry.promote(client, registered, reason)
    return PromoteResult(True, *about, reason, comparison)


def roll_back(config: RegistryConfig) -> PromoteResult:
    """Give the alias ``champion`` back to the version that had it before."""
    from crm_ml.tracking import registry
    from crm_ml.tracking.store import open_store

    registered = registry.roll_back(open_store(config.store, must_exist=True), name=config.model)
    return PromoteResult(True, registered.version, registered.bundle, "rolled back to the champion before")


def _against_champion(version: str, config: RegistryConfig) -> CompareResult:
    with tempfile.TemporaryDirectory() as place:
        challenger = open_reference(version, config, Path(place, "challenger"))
        champion = open_reference("champion", config, Path(place, "champion"))
    return compare_predictors(challenger, champion, config)


def _reason(comparison: CompareResult, level: float) -> str:
    row = comparison.table.loc["auc"]
    interval = (
        f"{row['delta']:+.4f} ({row['delta_low']:+.4f} to {row['delta_high']:+.4f}, {level:.0%} interval)"
    )
    return f"AUC against the champion {interval} on {comparison.n:,} later customers"
