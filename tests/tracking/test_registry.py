"""Registry and bundle are one thing: a version is what its SHA-256 says, and every move can be undone."""

import json

import pytest

from crm_ml.base.exceptions import BundleError, FileError, InputError
from crm_ml.base.files import sha256_of
from crm_ml.prediction.bundle import Bundle, read_manifest, write_bundle
from crm_ml.tracking import registry
from crm_ml.tracking.runs import tracked_run
from crm_ml.tracking.store import open_store

FACTS = {
    "cutoff": "1998-01-01",
    "features": ["recency_days", "orders"],
    "mapping": {"customer_id": "klant", "timestamp": "dag", "amount": "aantal * prijs", "rules": {}},
}


@pytest.fixture
def train(mlflow_store, tmp_path):
    """Return a function that makes a run which keeps a small bundle."""

    def make(seed):
        bundle = write_bundle(Bundle({**FACTS, "seed": seed}), tmp_path / "models")
        with tracked_run("train", store=mlflow_store) as run:
            run.artifact(bundle, "bundle")
        return run.id, bundle

    return make


@pytest.fixture
def client(mlflow_store):
    return open_store(mlflow_store)


def test_registering_makes_a_challenger(client, train):
    """The version knows its bundle by name and by SHA-256, and no champion appears by itself."""
    run, bundle = train(1)
    made = registry.register(client, run)
    assert made.bundle == bundle.name
    assert made.sha256 == sha256_of(bundle / "manifest.json")
    assert registry.find(client, registry.CHALLENGER) == made
    assert registry.find(client, registry.CHAMPION) is None
    assert registry.find(client, made.version) == made
    assert registry.find(client, "99") is None


def test_registering_again_makes_no_second_version(client, train):
    """The same bundle is the same version, whoever asks."""
    run, _ = train(1)
    assert registry.register(client, run) == registry.register(client, run)
    assert len(client.search_model_versions("name = 'crm'")) == 1


def test_champion_moves_and_comes_back(client, train):
    """The reason is recorded with the version; a roll-back gives the alias to the one before."""
    first, second = (registry.register(client, train(seed)[0]) for seed in (1, 2))
    registry.promote(client, first, "there was none")
    registry.promote(client, second, "better by 0.02")
    assert registry.find(client, registry.CHAMPION) == second
    tags = client.get_model_version("crm", second.version).tags
    assert tags["promotion_reason"] == "better by 0.02"
    assert registry.roll_back(client) == first
    assert registry.find(client, registry.CHAMPION) == first


def test_nothing_to_roll_back_to(client, train):
    """Without a champion before it, the alias stays where it is."""
    with pytest.raises(InputError, match="no champion to go back to"):
        registry.roll_back(client)
    only = registry.register(client, train(1)[0])
    registry.promote(client, only, "first")
    with pytest.raises(InputError, match="no champion to go back to"):
        registry.roll_back(client)
    assert registry.find(client, registry.CHAMPION) == only


def test_a_bundle_comes_back_as_it_went_in(client, train, tmp_path):
    """What the registry hands out is the bundle of the training, file by file."""
    run, bundle = train(1)
    fetched = registry.fetch_bundle(client, registry.register(client, run), tmp_path / "elsewhere")
    assert read_manifest(fetched) == read_manifest(bundle)


def test_another_bundle_under_the_same_version_is_refused(client, train, mlflow_store, tmp_path):
    """Somebody who swaps the stored files, manifest included, is found out by the registry's SHA-256."""
    run, _ = train(1)
    made = registry.register(client, run)
    _, other = train(2)
    stored = mlflow_store.parent / "mlflow-artifacts" / run / "artifacts" / "model" / "artifacts" / "bundle"
    for path in other.iterdir():
        (stored / path.name).write_bytes(path.read_bytes())
    with pytest.raises(BundleError, match="registry and bundle disagree"):
        registry.fetch_bundle(client, made, tmp_path / "elsewhere")


def test_a_changed_bundle_is_not_registered(client, train, mlflow_store):
    """A bundle that does not match its manifest never gets a version."""
    run, _ = train(1)
    facts = mlflow_store.parent / "mlflow-artifacts" / run / "artifacts" / "bundle" / "facts.json"
    facts.write_text(json.dumps({"cutoff": "1999-01-01"}))
    with pytest.raises(BundleError, match=r"facts\.json was changed"):
        registry.register(client, run)
    assert registry.find(client, registry.CHALLENGER) is None


def test_a_run_without_bundle(client, mlflow_store):
    """A run of another kind, or none at all, is named in the message."""
    with tracked_run("backtest", store=mlflow_store) as run:
        pass
    for one in (run.id, "0" * 32):
        with pytest.raises(InputError, match=f"run {one}"):
            registry.register(client, one)


def test_a_registry_is_not_made_by_asking(tmp_path):
    """A misspelt store is an error, not a new empty registry."""
    with pytest.raises(FileError, match="no runs are kept there"):
        open_store(tmp_path / "mlfow.db", must_exist=True)
    assert list(tmp_path.iterdir()) == []


def test_nothing_in_the_model_is_pickled(client, train, mlflow_store):
    """The registered model is code by name and data: no file that unpickles."""
    run, _ = train(1)
    registry.register(client, run)
    model = mlflow_store.parent / "mlflow-artifacts" / run / "artifacts" / "model"
    names = {path.name for path in model.rglob("*") if path.is_file()}
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib", ".skops"))]
    assert "pyfunc_model.py" in names
    assert "input_example.json" in names
    assert "crm-ml==" in (model / "requirements.txt").read_text()
