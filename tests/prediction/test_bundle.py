"""A bundle is complete, unchanged and portable, or it is not opened."""

from __future__ import annotations

import json
import os
import time

import numpy as np
import pytest

from crm_ml.base.exceptions import BundleError
from crm_ml.models.parts import Parts
from crm_ml.prediction.bundle import Bundle, check_owner, read_bundle, write_bundle

FACTS = {"cutoff": "2011-09-01", "tasks": {}}
MODELS = {("stopped", "logistic"): Parts("logistic", {"params": {}}, {"coef": np.arange(3.0)})}


@pytest.fixture
def folder(tmp_path):
    return write_bundle(Bundle(FACTS, MODELS, ({"task": "stopped"},), {"kind": "LifetimeValue"}), tmp_path)


def test_round_trip_keeps_every_part(folder):
    found = read_bundle(folder)
    assert found.facts == FACTS
    assert found.evidence == ({"task": "stopped"},)
    assert found.lifetime_value == {"kind": "LifetimeValue"}
    assert found.version == folder.name
    np.testing.assert_array_equal(found.models["stopped", "logistic"].arrays["coef"], np.arange(3.0))


def test_same_content_has_the_same_name_and_the_same_bytes(folder, tmp_path):
    again = write_bundle(
        Bundle(FACTS, MODELS, ({"task": "stopped"},), {"kind": "LifetimeValue"}), tmp_path / "b"
    )
    assert again.name == folder.name
    for path in folder.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(folder)).read_bytes()


def test_other_content_has_another_name(folder, tmp_path):
    other = write_bundle(Bundle({**FACTS, "seed": 1}, MODELS), tmp_path)
    assert other.name != folder.name


def test_moved_bundle_opens(folder, tmp_path):
    moved = tmp_path / "elsewhere with a space"
    folder.rename(moved)
    assert read_bundle(moved).facts == FACTS


@pytest.mark.parametrize("harm", ["change", "remove", "add", "link"])
def test_any_difference_from_the_manifest_is_refused(folder, harm):
    victim = folder / "models" / "stopped" / "logistic" / "coef.npy"
    if harm == "change":
        content = bytearray(victim.read_bytes())
        content[-1] ^= 1
        victim.write_bytes(bytes(content))
    elif harm == "remove":
        victim.unlink()
    elif harm == "add":
        (folder / "extra.py").write_text("raise SystemExit")
    else:
        os.symlink("/etc/hosts", folder / "link")
    with pytest.raises(BundleError):
        read_bundle(folder)


def test_unknown_format_is_refused(folder):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(BundleError, match="format"):
        read_bundle(folder)


def test_folder_without_manifest_is_no_bundle(tmp_path):
    with pytest.raises(BundleError, match="not a bundle"):
        read_bundle(tmp_path)


def test_damaged_manifest_is_refused(folder):
    (folder / "manifest.json").write_text("{")
    with pytest.raises(BundleError, match=r"manifest\.json"):
        read_bundle(folder)


@pytest.mark.parametrize("name", ["../out", "a/b", "A", ""])
def test_names_of_tasks_never_leave_the_folder(tmp_path, name):
    with pytest.raises(BundleError):
        write_bundle(Bundle(FACTS, {(name, "logistic"): MODELS["stopped", "logistic"]}), tmp_path)
    assert not list(tmp_path.glob("crm-*"))


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_bundle(Bundle({**FACTS, "bad": float("nan")}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_without_an_owner_is_known_as_such(folder):
    """Whoever demands an owner is told that there is none."""
    with pytest.raises(BundleError, match="no owner"):
        check_owner(read_bundle(folder))
    check_owner(Bundle({"card": {"owner": "somebody"}}))


@pytest.mark.parametrize("format_", [None, "1", 0, 99, 1.5])
def test_another_format_is_refused_whatever_it_is(folder, format_):
    """Also one that nearly looks right; the message says what this version reads."""
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": format_}))
    with pytest.raises(BundleError, match="this version reads format"):
        read_bundle(folder)


def test_every_difference_is_told_at_once(folder):
    """Changed, missing and extra files in one message."""
    (folder / "models" / "stopped" / "logistic" / "coef.npy").unlink()
    (folder / "extra.txt").write_text("x")
    (folder / "evidence.json").write_text("[]")
    with pytest.raises(BundleError) as refused:
        read_bundle(folder)
    for said in ("coef.npy is missing", "extra.txt is not in the manifest", "evidence.json was changed"):
        assert said in str(refused.value)


def test_opening_takes_less_than_a_second_of_cpu(small_training):
    """Of a real bundle, beyond the imports; the best of three, since other tests run beside this one."""
    from crm_ml.prediction.predictor import Predictor

    taken = []
    for _ in range(3):
        started = time.process_time()
        Predictor.load(small_training.bundle_folder)
        taken.append(time.process_time() - started)
    assert min(taken) < 1.0
