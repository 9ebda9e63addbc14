"""A model on disk: nothing executable, nothing silent, the same bytes twice."""

from __future__ import annotations

import json

import numpy as np
import pytest

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.models.parts import Parts


def example() -> Parts:
    child = Parts("inner", {"a": 1}, {"w": np.arange(3.0)})
    arrays = {"numbers": np.array([[1.5, np.nan], [np.inf, -0.0]]), "flags": np.array([True, False])}
    return Parts("outer", {"ü": [1, None, "x"]}, arrays, {"trees": "line 1\nline 2\r\n"}, {"child": child})


def test_round_trip_keeps_everything(tmp_path):
    """Arrays with their dtype, texts with their line ends, children with theirs."""
    loaded, parts = Parts.load(example().save(tmp_path)), example()
    assert (loaded.kind, loaded.settings, loaded.texts) == (parts.kind, parts.settings, parts.texts)
    for name, array in parts.arrays.items():
        np.testing.assert_array_equal(loaded.arrays[name], array)
        assert loaded.arrays[name].dtype == array.dtype
    assert loaded.children["child"].settings == {"a": 1}


def test_the_same_parts_give_the_same_bytes(tmp_path):
    """Bundles are compared by checksum."""
    one, two = example().save(tmp_path / "one"), example().save(tmp_path / "two")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(files) == 6
    assert all((one / file).read_bytes() == (two / file).read_bytes() for file in files)


def test_an_array_of_objects_is_refused(tmp_path):
    """Objects would have to be pickled."""
    with pytest.raises(ValueError, match="allow_pickle"):
        Parts("x", {}, {"bad": np.array([{}, []], dtype=object)}).save(tmp_path)


def test_a_planted_pickle_is_not_loaded(tmp_path):
    """A file that somebody put in place of an array does not run."""
    folder = example().save(tmp_path)
    np.save(folder / "numbers.npy", np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(BundleError, match=r"numbers\.npy"):
        Parts.load(folder)


@pytest.mark.parametrize("name", ["../evil", "a/b", "A", "", "x.npy", ".hidden"])
def test_names_cannot_leave_the_folder(name, tmp_path):
    """Neither when writing nor when an index was edited."""
    with pytest.raises(InputError, match="identifiers"):
        Parts("x", {}, {name: np.zeros(1)}).save(tmp_path)
    folder = example().save(tmp_path / "good")
    index = json.loads((folder / "parts.json").read_text())
    index["arrays"] = [name]
    (folder / "parts.json").write_text(json.dumps(index))
    with pytest.raises(BundleError, match="identifiers"):
        Parts.load(folder)


@pytest.mark.parametrize("setting", [float("nan"), {1, 2}, object()])
def test_settings_must_be_json(setting, tmp_path):
    """NaN is no JSON, a set has no order, an object is no data."""
    with pytest.raises(InputError, match="JSON"):
        Parts("x", {"setting": setting}).save(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "kind": 3}'])
def test_a_damaged_index_is_named(content, tmp_path):
    """Truncated, edited, or of a later version."""
    (tmp_path / "parts.json").write_text(content)
    with pytest.raises(BundleError):
        Parts.load(tmp_path)


def test_missing_files_are_named(tmp_path):
    """A folder that lost a file says which."""
    with pytest.raises(BundleError, match="no index"):
        Parts.load(tmp_path / "nowhere")
    folder = example().save(tmp_path)
    (folder / "flags.npy").unlink()
    with pytest.raises(BundleError, match=r"flags\.npy"):
        Parts.load(folder)
