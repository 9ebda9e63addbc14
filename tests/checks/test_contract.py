"""What every model of the catalogue promises beyond scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.models.catalog import from_parts, make_model
from crm_ml.models.parts import Parts


def answer(model, X):
    """Return probabilities or amounts."""
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


def test_a_stored_model_answers_to_the_last_bit(case, fitted, later, tmp_path):
    """Fit and load take the same path: parts on disk give the same numbers, contributions included."""
    model = fitted(case)
    loaded = from_parts(Parts.load(model.to_parts().save(tmp_path)))
    np.testing.assert_array_equal(answer(loaded, later.X), answer(model, later.X))
    np.testing.assert_array_equal(loaded.contributions(later.X), model.contributions(later.X))
    assert list(loaded.feature_names_in_) == list(later.X.columns)


def test_two_fits_give_the_same_bytes(case, customers, tmp_path):
    """Same rows, same seed: the same files."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        case.make(seed=3).fit(customers.X, case.label(customers)).to_parts().save(folder)
    names = [
        sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()) for folder in folders
    ]
    assert names[0] == names[1]
    for name in names[0]:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_column_order_and_extra_columns_do_not_matter(case, fitted, later):
    """Columns are found by name."""
    shuffled = later.X[later.X.columns[::-1]].assign(extra=1.0)
    np.testing.assert_array_equal(answer(fitted(case), shuffled), answer(fitted(case), later.X))


def test_a_missing_column_is_refused_by_name(case, fitted, later):
    """The message names the column and what looks like it."""
    wrong = later.X.rename(columns={"recency_days": "recency_day"})
    with pytest.raises(ColumnError, match=r"recency_days.*recency_day'"):
        answer(fitted(case), wrong)


def test_an_infinite_value_is_refused_by_name(case, fitted, later):
    """Infinity is a mistake of the caller, not a large customer."""
    with pytest.raises(InputError, match="orders"):
        answer(fitted(case), later.X.assign(orders=np.inf))


def test_missing_values_survive_anywhere(case, fitted, later):
    """Features that were never missing in training may be missing later, even all of them."""
    holes = later.X.copy()
    holes.iloc[:20, :] = np.nan
    holes.iloc[20:40, 0] = np.nan
    assert np.isfinite(answer(fitted(case), holes)).all()
    assert np.isfinite(fitted(case).contributions(holes)).all()


def test_nullable_dtypes_read_as_numbers(case, fitted, later):
    """Int64 and Float64 with <NA> give what float64 with NaN gives."""
    nullable = later.X.convert_dtypes()
    assert any(pd.api.types.is_extension_array_dtype(dtype) for dtype in nullable.dtypes)
    np.testing.assert_array_equal(answer(fitted(case), nullable), answer(fitted(case), later.X))


def test_one_row_answers_as_in_the_batch(case, fitted, later):
    """A customer's answer does not depend on who else is asked about."""
    batch = answer(fitted(case), later.X)
    single = np.concatenate([answer(fitted(case), later.X.iloc[[row]]) for row in range(5)])
    np.testing.assert_allclose(single, batch[:5], rtol=1e-12)


def test_contributions_add_up_to_the_margin(case, fitted, later):
    """base_margin plus the row sum is the margin, so that reasons explain the whole answer."""
    model = fitted(case)
    total = model.base_margin() + model.contributions(later.X).sum(axis=1)
    np.testing.assert_allclose(total, model.margin(later.X), rtol=1e-9, atol=1e-9)


def test_contributions_name_what_drives_the_label(case, fitted, later):
    """Noise matters less than the features that made the label."""
    strength = np.abs(fitted(case).contributions(later.X)).mean(axis=0)
    by_name = dict(zip(later.X.columns, strength, strict=True))
    driver = "recency_days" if case.kind == "classifier" else "revenue"
    assert by_name[driver] > 2 * by_name["noise"]


def test_learns(case, fitted, later):
    """A model that learnt nothing would pass many other checks."""
    given = answer(fitted(case), later.X)
    if case.kind == "classifier":
        assert roc_auc_score(later.stopped, given[:, 1]) > 0.72
    else:
        error = ((given - later.value) ** 2).mean()
        assert error < 0.8 * later.value.var()
        assert given.sum() == pytest.approx(later.value.sum(), rel=0.15)


def test_constant_and_empty_features_are_harmless(case, customers):
    """A column with one value, or without any, adds nothing and breaks nothing."""
    X = customers.X.assign(constant=1.0, empty=np.nan)
    model = case.make().fit(X, case.label(customers))
    assert np.isfinite(answer(model, X)).all()
    given = model.contributions(X)
    np.testing.assert_allclose(given[:, [5, 6]], 0.0, atol=1e-12)


def test_only_constant_features_give_the_base_rate(case, customers):
    """Nothing to learn from: the answer is that of everybody."""
    X = pd.DataFrame({"constant": np.ones(len(customers.X))})
    label = case.label(customers)
    given = answer(case.make().fit(X, label), X)
    expected = label.mean()
    positive = given[:, 1] if case.kind == "classifier" else given
    np.testing.assert_allclose(positive, expected, rtol=0.02)


def test_text_features_are_refused_by_name(case, customers):
    """A column with text is named, not turned into numbers."""
    with pytest.raises(InputError, match="colour"):
        case.make().fit(customers.X.assign(colour="red"), case.label(customers))


def test_missing_labels_are_refused_with_the_remedy(case, customers):
    """A row without label is never a 0."""
    dtype = "boolean" if case.kind == "classifier" else "Float64"
    label = case.label(customers).astype(dtype)
    label.iloc[0] = pd.NA
    with pytest.raises(InputError, match="align"):
        case.make().fit(customers.X, label)


def test_an_unknown_parameter_is_refused(case):
    """A typo in a config is named."""
    with pytest.raises(InputError, match="parameter"):
        case.make(depht=3)


def test_probabilities_sum_to_one(classifier, customers, later):
    """For two and for three classes, in the order of classes_."""
    for label in (customers.stopped, customers.threat):
        model = classifier.make().fit(customers.X, label)
        given = model.predict_proba(later.X)
        assert given.shape == (len(later.X), len(model.classes_))
        np.testing.assert_allclose(given.sum(axis=1), 1.0, rtol=1e-12)
        assert (given > 0).all()
        assert set(model.predict(later.X)) <= set(label)


def test_three_classes_explain_every_class(classifier, customers, later):
    """Contributions add up to the margin of each class, and its margin falls with its probability."""
    model = classifier.make().fit(customers.X, customers.threat)
    for code, name in enumerate(model.classes_):
        total = model.base_margin(name) + model.contributions(later.X, name).sum(axis=1)
        np.testing.assert_allclose(total, model.margin(later.X, name), rtol=1e-9, atol=1e-9)
        logs = np.log(model.predict_proba(later.X))
        others = np.delete(logs, code, axis=1).mean(axis=1)
        np.testing.assert_allclose(model.margin(later.X, name), logs[:, code] - others, atol=1e-6)


def test_one_class_is_refused_clearly(classifier, customers):
    """No model of a label that never happens."""
    with pytest.raises(InputError, match=r"two classes.*1 class"):
        classifier.make().fit(customers.X, np.zeros(len(customers.X), dtype=bool))


def test_probabilities_are_calibrated_in_the_large(classifier, fitted, later):
    """The mean probability is the rate, within what 1,500 customers allow."""
    given = fitted(classifier).predict_proba(later.X)[:, 1]
    assert given.mean() == pytest.approx(later.stopped.mean(), abs=0.035)


@pytest.mark.parametrize("name", ["logistic", "decision_tree"])
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_a_weight_of_two_is_a_row_twice(name, kind, customers):
    """Where nothing is drawn or counted by row; LightGBM's bins, batches, forests and splits go by row."""
    label = (customers.stopped if kind == "classifier" else customers.value).iloc[:60]
    X = customers.X.iloc[:60]
    weight = np.where(np.arange(60) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(60), weight.astype(int))
    weighted = make_model(name, kind=kind).fit(X, label, sample_weight=weight)
    repeated = make_model(name, kind=kind).fit(X.iloc[rows], label.iloc[rows])
    np.testing.assert_allclose(answer(weighted, X), answer(repeated, X), rtol=1e-6, atol=1e-9)
