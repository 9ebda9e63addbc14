"""Columns for linear models: frozen, bounded, with a place for what is missing."""

from __future__ import annotations

import numpy as np

from crm_ml.models.encoding import Encoding


def fitted():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.lognormal(3, 1, 500), rng.integers(1, 4, 500).astype(float), np.ones(500)])
    X[::5, 0] = np.nan
    return X, Encoding.fit(X, np.ones(500))


def test_columns_are_standardised_and_constants_dropped():
    """Logarithm and rank of two features, and one indicator of being missing."""
    X, encoding = fitted()
    columns = encoding.transform(X)
    assert encoding.owner.tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_allclose(columns.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(columns.std(axis=0), 1, rtol=1e-12)


def test_missing_takes_the_median_and_the_range_is_an_end():
    """A customer beyond the training range stands where the range ends."""
    X, encoding = fitted()
    rows = np.array(
        [
            [np.nan, 2.0, 1.0],
            [np.nanmedian(X[:, 0]), 2.0, 1.0],
            [1e12, 9.0, 1.0],
            [np.nanmax(X[:, 0]), 3.0, 1.0],
        ]
    )
    columns = encoding.transform(rows)
    np.testing.assert_allclose(columns[0, [0, 1]], columns[1, [0, 1]], atol=0.05)
    assert columns[0, 2] > columns[1, 2]
    np.testing.assert_array_equal(columns[2], columns[3])


def test_a_weight_is_a_repetition():
    """Quantiles, means and spreads of weighted rows are those of repeated rows."""
    X, _ = fitted()
    weight = np.arange(500) % 3 + 1.0
    one = Encoding.fit(X, weight)
    other = Encoding.fit(np.repeat(X, weight.astype(int), axis=0), np.ones(int(weight.sum())))
    for name, array in one.to_arrays().items():
        np.testing.assert_allclose(array, other.to_arrays()[name], rtol=1e-9, atol=1e-12, err_msg=name)


def test_gather_adds_columns_of_a_feature():
    """Contributions of log, rank and indicator belong to one feature."""
    _, encoding = fitted()
    np.testing.assert_array_equal(encoding.gather(np.ones((2, 5))), [[3, 2, 0], [3, 2, 0]])
