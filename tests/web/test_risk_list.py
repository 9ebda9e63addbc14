"""The risk list in pages: everybody once, in order, under any filter; questions are data and nothing else."""

import numpy as np
import pandas as pd
import pytest

from crm_ml.prediction.columns import column_names
from crm_ml.reporting.tables import write_parquet

from .conftest import problem


def walk(client, **query):
    """All customers, page after page."""
    found, cursor = [], None
    while True:
        params = {**query, "limit": 200} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/risk-list", params=params).raise_for_status().json()
        found += page["customers"]
        cursor = page["next"]
        if not cursor:
            return found
        assert len(page["customers"]) == 200


def ids(rows):
    return [one["customer_id"] for one in rows]


def test_pages_hold_everybody_once_in_the_order_of_calling(client, risk_list):
    """Page after page is the list."""
    found = walk(client, columns="customer_id,rank")
    assert ids(found) == risk_list["customer_id"].tolist()
    assert [one["rank"] for one in found] == list(range(1, len(risk_list) + 1))


@pytest.mark.parametrize("sort", ["usual_spend", "p_drying_up", "expected_loss", "purchase_days", "rank"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_every_order_holds_everybody_once_missing_last(client, risk_list, sort, order):
    """Ties come by rank, so no customer falls between two pages."""
    by = [sort] if sort == "rank" else [sort, "rank"]
    ascending = [order == "asc", True][: len(by)]
    expected = risk_list.sort_values(by, ascending=ascending, kind="stable")
    assert (
        ids(walk(client, sort=sort, order=order, columns="customer_id")) == expected["customer_id"].tolist()
    )


@pytest.mark.parametrize(
    ("query", "keeps"),
    [
        ({"risk_band": "high"}, lambda t: t["risk_band"] == "high"),
        ({"threat": "stops", "contact_group": "holdout"},
         lambda t: (t["threat"] == "stops") & (t["contact_group"] == "holdout")),
        ({"owner": "Bob'; DROP TABLE"}, lambda t: t["owner"] == "Bob'; DROP TABLE"),
        ({"owner": "nobody' OR 1=1 --"}, lambda t: t["owner"] == "?"),
        ({"min_expected_loss": 20.5, "min_p_at_risk": 0.3},
         lambda t: (t["expected_loss"] >= 20.5) & (t["p_at_risk"] >= 0.3)),
        ({"segment": "champions"}, lambda t: t["segment"] == "champions"),
        ({"may_contact": True}, lambda t: t["may_contact"].fillna(False)),
        ({"human_review_required": False}, lambda t: ~t["human_review_required"]),
    ],
)  # fmt: skip
def test_filters_keep_whom_they_say(client, risk_list, query, keeps):
    """A value is compared and never read as SQL."""
    found = walk(client, columns="customer_id", sort="clv", order="desc", **query)
    assert sorted(ids(found)) == sorted(risk_list.loc[keeps(risk_list).astype(bool), "customer_id"])


def test_a_row_is_the_row_of_the_file(client, risk_list):
    """All columns in their stable order, dates as text, missing as null."""
    row = client.get("/v1/risk-list", params={"limit": 1}).json()["customers"][0]
    assert list(row) == column_names()
    first = risk_list.iloc[0]
    for name in ("clv", "p_stopped", "reason_1", "segment", "human_review_required"):
        assert row[name] == first[name]
    assert row["last_purchase"] == str(first["last_purchase"])
    assert row["may_contact"] is None


def test_the_page_says_what_it_is(client, predictor):
    """Day, horizon, currency and model stand on every page, as does the way to the next one."""
    answer = client.get("/v1/risk-list", params={"limit": 5, "owner": "Bob'; DROP TABLE"})
    page = answer.json()
    assert (page["as_of"], page["currency"], page["model_version"]) == (
        "1998-07-01",
        "USD",
        predictor.bundle.version,
    )
    link = answer.headers["link"]
    assert link.endswith('; rel="next"')
    following = client.get(link[1 : link.index(">")]).json()
    ten = client.get("/v1/risk-list", params={"limit": 10, "owner": "Bob'; DROP TABLE"}).json()
    assert ids(following["customers"]) == ids(ten["customers"])[5:]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"sort": "customer_id; DROP TABLE x"}, "rank"),
        ({"sort": "customer_id"}, "rank"),
        ({"risk_band": "High"}, "'high'"),
        ({"limit": 0}, "greater than"),
        ({"limit": 10_001}, "less than"),
        ({"min_p_at_risk": "nan"}, ""),
        ({"min_clv": "inf"}, ""),
        ({"filter": "1=1"}, "not permitted"),
    ],
)
def test_unknown_questions_are_refused(client, query, says):
    """A misspelt filter must not come back as everybody."""
    answer = client.get("/v1/risk-list", params=query)
    problem(answer, 422)
    assert says in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    "columns", ["rnak", 'rank"; DROP TABLE x; --', "*", "rank,,clv", "count(*)", "a" * 1_500]
)
def test_columns_are_names_and_nothing_else(client, columns):
    """A name is looked up, never pasted."""
    assert "no such column" in problem(client.get("/v1/risk-list", params={"columns": columns}), 422)


@pytest.mark.parametrize("cursor", ["x", "é", "A" * 60, "=", "eyJhIjoxfQ", "' OR 1=1", "\x00"])
def test_a_made_up_cursor_is_refused(client, cursor):
    """A cursor is signed: nobody writes one."""
    assert "not a cursor" in problem(client.get("/v1/risk-list", params={"cursor": cursor}), 400)


def test_a_cursor_of_another_question_is_refused(client):
    """Or customers would be left out without a word."""
    cursor = client.get("/v1/risk-list", params={"limit": 1}).json()["next"]
    again = client.get("/v1/risk-list", params={"cursor": cursor, "risk_band": "high"})
    assert "other filters" in problem(again, 400)
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    problem(client.get("/v1/risk-list", params={"cursor": flipped}), 400)


def test_a_replaced_list_ends_the_walk_and_is_served(serve, risk_list, tmp_path):
    """A page of one list never follows one of another; the new list needs no restart."""
    path = write_parquet(risk_list, tmp_path / "list.parquet")
    client = serve(data=str(path))
    cursor = client.get("/v1/risk-list", params={"limit": 5}).json()["next"]
    write_parquet(risk_list.assign(model_version="another", rank=np.arange(len(risk_list), 0, -1)), path)
    gone = client.get("/v1/risk-list", params={"limit": 5, "cursor": cursor})
    assert "replaced" in problem(gone, 410)
    page = client.get("/v1/risk-list", params={"limit": 1}).json()
    assert page["model_version"] == "another"
    assert page["customers"][0]["customer_id"] == risk_list["customer_id"].iloc[-1]


def test_a_list_that_is_gone_makes_the_service_not_ready(serve, risk_list, tmp_path):
    """A supervisor is told; the client gets a problem and no path of this machine."""
    path = write_parquet(risk_list, tmp_path / "list.parquet")
    client = serve(data=str(path))
    assert client.get("/ready").status_code == 200
    path.unlink()
    assert "gone" in problem(client.get("/ready"), 503)
    for answer in (client.get("/v1/risk-list"), client.get("/v1/customers/1")):
        assert str(tmp_path) not in problem(answer, 503)


def test_an_empty_list_is_an_empty_page(serve, risk_list, tmp_path):
    """Nobody at risk is no error."""
    client = serve(data=str(write_parquet(risk_list.iloc[:0], tmp_path / "list.parquet")))
    page = client.get("/v1/risk-list").json()
    assert (page["customers"], page["next"]) == ([], None)


def test_without_a_list_there_is_no_such_address(serve):
    """Scores on request are served all the same."""
    client = serve(data="")
    assert "--data" in problem(client.get("/v1/risk-list"), 404)
    assert client.get("/ready").status_code == 200


def test_pseudonyms_stand_for_ids_and_names_are_left_out(serve, risk_list, tmp_path):
    """And a customer is found under the pseudonym only."""
    from crm_ml.data.pseudonyms import pseudonyms

    (tmp_path / "key").write_text("a secret of a fair length")
    client = serve(pseudonyms={"key_file": str(tmp_path / "key")})
    page = client.get("/v1/risk-list", params={"limit": 3}).json()["customers"]
    real = risk_list["customer_id"].iloc[:3].tolist()
    assert ids(page) == pseudonyms(real, "a secret of a fair length")
    assert "name" not in page[0]
    found = client.get(f"/v1/customers/{page[1]['customer_id']}").json()
    assert found["rank"] == 2
    assert found["customer_id"] == page[1]["customer_id"]
    problem(client.get(f"/v1/customers/{real[1]}"), 404)


def test_a_page_reads_the_same_twice(client):
    """No clock, no chance."""
    query = {"sort": "clv", "order": "desc", "limit": 20}
    first, second = (client.get("/v1/risk-list", params=query) for _ in range(2))
    assert first.content == second.content
    assert pd.Series([one["clv"] for one in first.json()["customers"]]).is_monotonic_decreasing
