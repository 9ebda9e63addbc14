"""Scores over HTTP are the Predictor's, for feature rows and for raw transactions."""

import json
import math

import hypothesis
import hypothesis.strategies as st
import pytest

from crm_ml.prediction.scores import SCORES

from .conftest import AS_OF, features_of, problem


def same(answer, expected):
    """Whether an answer holds these scores; null is missing."""
    for name in SCORES[:-1]:
        if math.isnan(expected[name]):
            assert answer[name] is None
        else:
            assert answer[name] == pytest.approx(expected[name], rel=1e-9)
    assert answer["score_basis"] == expected["score_basis"]


def test_feature_rows_get_the_numbers_of_the_predictor(client, predictor, snapshot):
    """Many rows at a time and one at a time, in the order in which they were sent."""
    expected = predictor.predict(snapshot)
    rows = [{"customer_id": one, "features": features_of(row)} for one, row in snapshot.iterrows()]
    many = client.post("/v1/score", json={"rows": rows}).json()
    assert [one["customer_id"] for one in many["scores"]] == list(snapshot.index)
    assert many["model_version"] == predictor.bundle.version
    for answer, row in zip(many["scores"], rows, strict=True):
        same(answer, expected.loc[row["customer_id"]])
    for row in rows[::7]:
        alone = client.post("/v1/score", json={"rows": [row]}).json()["scores"]
        same(alone[0], expected.loc[row["customer_id"]])


def test_only_the_scores_that_are_asked_for(client, snapshot):
    """Less is answered sooner, and is the same."""
    row = {"features": features_of(snapshot.iloc[0])}
    whole = client.post("/v1/score", json={"rows": [row]}).json()["scores"][0]
    for names in (["p_stopped"], ["score_basis", "clv"]):
        for rows in ([row], [row, row]):
            part = client.post("/v1/score", json={"rows": rows, "scores": names}).json()["scores"][0]
            assert part == {"customer_id": None, **{name: pytest.approx(whole[name]) for name in names}}


def test_transactions_get_the_numbers_of_the_predictor(client, predictor):
    """Raw lines in the columns of the training: same reading, same snapshot, same scores."""
    import pandas as pd

    from crm_ml.prediction.raw_rows import read_raw

    columns = client.get("/v1/model").json()["transactions"]
    days = {"a": ["1997-05-02", "1997-08-20", "1998-05-03"], "b": ["1998-06-21"]}
    lines = [
        {
            columns["customer_id"]: who,
            columns["timestamp"]: day,
            columns["amount"]: 12.5,
            columns["quantity"]: 1,
        }
        for who, bought in days.items()
        for day in bought
    ]
    answer = client.post("/v1/score", json={"transactions": lines, "as_of": AS_OF}).json()
    expected = predictor.predict(predictor.snapshot(read_raw(pd.DataFrame(lines), predictor.facts), AS_OF))
    assert [one["customer_id"] for one in answer["scores"]] == ["a", "b"]
    for one in answer["scores"]:
        same(one, expected.loc[one["customer_id"]])
    assert answer["input"]["read"] == answer["input"]["accepted"] == 4
    assert answer["as_of"] == AS_OF


def test_refused_transactions_are_counted(client):
    """Nothing is dropped silently over HTTP either."""
    columns = client.get("/v1/model").json()["transactions"]
    good = {columns["customer_id"]: "a", columns["timestamp"]: "1998-06-01", columns["amount"]: 5.0}
    lines = [{**good, columns["quantity"]: 1}, {**good, columns["quantity"]: 1, columns["customer_id"]: None}]
    told = client.post("/v1/score", json={"transactions": lines, "as_of": AS_OF}).json()["input"]
    assert (told["read"], told["accepted"], told["quarantined"]) == (2, 1, 1)
    assert any("customer" in one["finding"] for one in told["findings"])


def test_explained_scores_are_those_of_the_list(client, predictor, transactions, risk_list):
    """Reasons, rule, band, threat and advice: what the list says of the same customer."""
    table = risk_list.set_index("customer_id")
    chosen = table[table["threat"] != "none"].index[:5]
    rows = predictor.snapshot(transactions, AS_OF).loc[chosen]
    sent = [{"customer_id": one, "features": features_of(row)} for one, row in rows.iterrows()]
    for answer in client.post("/v1/score", json={"rows": sent, "explain": True}).json()["scores"]:
        expected = table.loc[answer["customer_id"]]
        for name in ("risk_band", "threat", "reason_1", "reason_2", "advice", "rule", "segment"):
            assert answer[name] == expected[name], name
    dutch = client.post("/v1/score", json={"rows": sent, "explain": True, "language": "nl"}).json()
    assert dutch["scores"][0]["reason_1"] != answer["reason_1"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "give either rows or transactions"),
        ({"rows": []}, "at least 1"),
        ({"rows": [{"features": {}}]}, "at least 1"),
        ({"rows": [{"features": {"recency_days": "x"}}]}, "valid number"),
        ({"rows": [{"features": {"recency_days": 1e300}}]}, "less than or equal"),
        ({"rows": [{"features": {"a": 1}}], "transactions": [{"a": 1}]}, "give either"),
        ({"rows": [{"features": {"a": 1}}], "as_of": "1998-07-01"}, "as_of is for transactions"),
        ({"rows": [{"features": {"a": 1}}], "scores": ["p_chrun"]}, "p_stopped"),
        ({"rows": [{"features": {"a": 1}, "gender": "f"}]}, "not permitted"),
        ({"transactions": [{"a": {"b": 1}}]}, "valid"),
        ({"transactions": [{"a": 1}], "as_of": "9999-12-31"}, "2200-01-01"),
    ],
)
def test_a_wrong_body_is_told_where_it_is_wrong(client, body, says):
    """One problem with a pointer a fault, nothing computed."""
    answer = client.post("/v1/score", json=body)
    problem(answer, 422)
    errors = answer.json()["errors"]
    assert any(says in one["detail"] for one in errors), errors
    assert all(one["pointer"].startswith("/body") for one in errors)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"rows": [{"features": {"x": NaN}}]}', 422),
        (b'{"rows": [{"features": {"x": ' + b"9" * 5_000 + b"}}]}", 400),
        (b'{"transactions": [{"a": "\\ud800"}]}', 422),
        (b'{"transactions": [{"a": "\\u0000"}]}', 422),
        (b"\xff\xfe", 400),
        (b"null", 422),
    ],
)
def test_bytes_that_are_no_request_are_refused(client, content, status):
    """Broken, bottomless, too long a number, half a character, not even text."""
    answer = client.post("/v1/score", content=content, headers={"Content-Type": "application/json"})
    problem(answer, status)


def test_a_missing_feature_is_named(client, snapshot):
    """Alone and among many rows; unknown is null and not absent."""
    row = features_of(snapshot.iloc[0])
    needed = client.get("/v1/model").json()["features"][0]["name"]
    without = {name: value for name, value in row.items() if name != needed}
    assert needed in problem(client.post("/v1/score", json={"rows": [{"features": without}]}), 422)
    rows = [{"features": row}, {"features": without}]
    said = problem(client.post("/v1/score", json={"rows": rows}), 422)
    assert f"row 1 without {needed}" in said


@pytest.mark.parametrize(
    "lines",
    [
        [{"nothing": 1}],
        [{"customer_id": "a"}],
        [{"customer_id": "a", "date": "yesterday", "amount_usd": 1, "cds": 1}],
        [{"customer_id": "a", "date": "9999-12-31", "amount_usd": 1, "cds": 1}],
        [{"customer_id": "a", "date": 10**15, "amount_usd": True, "cds": 10**15}],
        [{"customer_id": None, "date": None, "amount_usd": None, "cds": None}],
        [{"customer_id": "'; DROP TABLE x; --", "date": "1998-06-01", "amount_usd": "=1+1", "cds": 1}],
    ],
)
def test_impossible_transactions_are_wrong_input_and_no_defect(client, lines):
    """Whatever stands in a cell: it is the client's to mend."""
    problem(client.post("/v1/score", json={"transactions": lines, "as_of": AS_OF}), 422)


def test_hostile_ids_come_back_as_they_are(client, snapshot):
    """An id is text: never SQL, a path, markup or a formula."""
    row = features_of(snapshot.iloc[0])
    ids = ["'; DROP TABLE list; --", "../../etc/passwd", "<script>alert(1)</script>", "=1+1", "é😀", " "]
    rows = [{"customer_id": one, "features": row} for one in ids]
    assert [
        one["customer_id"] for one in client.post("/v1/score", json={"rows": rows}).json()["scores"]
    ] == ids


def test_too_many_rows_are_too_large(serve):
    """A bound on work, beside the bound on bytes."""
    client = serve(limits={"max_rows": 3})
    row = {"features": {"recency_days": 1}}
    assert "at most 3 rows, this one 4" in problem(client.post("/v1/score", json={"rows": [row] * 4}), 413)


def test_pseudonyms_stand_for_ids(serve, snapshot, tmp_path):
    """Who may not see ids gets names that say nothing."""
    from crm_ml.data.pseudonyms import pseudonym

    (tmp_path / "key").write_text("a secret of a fair length")
    client = serve(pseudonyms={"key_file": str(tmp_path / "key")})
    rows = [
        {"customer_id": "17", "features": features_of(snapshot.iloc[0])},
        {"features": features_of(snapshot.iloc[0])},
    ]
    for sent in (rows, rows[:1]):
        answer = client.post("/v1/score", json={"rows": sent})
        assert answer.json()["scores"][0]["customer_id"] == pseudonym("17", "a secret of a fair length")
        assert '"17"' not in answer.text


def test_answers_are_json_that_everybody_reads(client, snapshot):
    """Missing is null: NaN is no JSON."""
    row = {"features": features_of(snapshot[~snapshot["established"]].iloc[0])}
    text = client.post("/v1/score", json={"rows": [row]}).text
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert json.loads(text)["scores"][0]["p_drying_up"] is None


NUMBERS = st.none() | st.floats(-1e12, 1e12) | st.sampled_from([0.0, -1.0, 1.0, 0.5, 1e12, 1e-300])
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(-1e12, 1e12),
    st.sampled_from(["1998-06-01", "1998-06-30 12:00", "06/01/1998", "c1", "12,50", "=1+1", "NULL", ""]),
    st.text(max_size=20).filter(lambda text: text.isprintable()),
)


@pytest.mark.parametrize("explain", [False, True])
def test_no_number_breaks_the_models(client, snapshot, explain):
    """Impossible histories, huge and tiny values: an answer or a problem, never a defect."""
    needed = [one["name"] for one in client.get("/v1/model").json()["features"]]
    seen = set()
    names = [*needed, *(("usual_spend",) if explain else ("monetary_value", "first_value"))]
    real = features_of(snapshot.iloc[0])

    @hypothesis.seed(1)
    @hypothesis.settings(max_examples=60, deadline=None, database=None, phases=[hypothesis.Phase.generate])
    @hypothesis.given(
        features=st.fixed_dictionaries(dict.fromkeys(names, NUMBERS)),
        history=st.none() | st.tuples(st.integers(0, 10**6), st.floats(0, 1e6), st.floats(0, 1e6)),
        kept=st.sampled_from([frozenset(), frozenset(real)]) | st.frozensets(st.sampled_from(sorted(real))),
    )
    def ask(features, history, kept):
        if history is not None:  # one that can be
            frequency, first, second = history
            t_x = min(first, second) if frequency else 0.0
            features |= {"frequency": frequency, "t_x": t_x, "T": max(first, second)}
        features |= {
            name: real[name] for name in kept
        }  # as they stand in a list; all of them: a real customer
        answer = client.post("/v1/score", json={"rows": [{"features": features}], "explain": explain})
        assert answer.status_code in (200, 422), (answer.text, features)
        seen.add(answer.status_code)

    ask()
    assert seen == {200, 422}


def test_no_cell_breaks_the_reading(client):
    """Whatever stands in a line of transactions."""
    columns = client.get("/v1/model").json()["transactions"]

    @hypothesis.seed(1)
    @hypothesis.settings(max_examples=40, deadline=None, database=None, phases=[hypothesis.Phase.generate])
    @hypothesis.given(
        lines=st.lists(st.fixed_dictionaries(dict.fromkeys(columns.values(), CELLS)), min_size=1, max_size=4)
    )
    def ask(lines):
        answer = client.post("/v1/score", json={"transactions": lines, "as_of": AS_OF})
        assert answer.status_code in (200, 422), (answer.text, lines)

    ask()
