"""Signs of life, counters, the model card."""

import re

from .conftest import problem


def test_health_and_readiness(client):
    """What a supervisor asks."""
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ok"}


def test_metrics_count_by_route_and_never_by_customer(client, snapshot, risk_list):
    """Prometheus reads them; an id in a label would be personal data for ever."""
    customer = risk_list["customer_id"].iloc[0]
    client.get(f"/v1/customers/{customer}")
    client.get("/v1/customers/secret-customer")
    client.get("/nowhere/secret-page")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.text
    assert 'route="/v1/customers/{customer_id:path}",status="200"} 1' in text
    assert 'route="none",status="404"} 1' in text
    assert "secret" not in text
    assert customer not in text
    line = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+')
    assert all(one.startswith("# ") or line.fullmatch(one) for one in text.splitlines())


def test_histogram_adds_up(client):
    """The last bucket holds all requests."""
    for _ in range(3):
        client.get("/health")
    text = client.get("/metrics").text
    assert 'crm_ml_request_seconds_bucket{route="/health",le="+Inf"} 3' in text
    assert 'crm_ml_request_seconds_count{route="/health"} 3' in text


def test_the_model_card(client, predictor):
    """Owner, proof, and what a request must hold."""
    card = client.get("/v1/model").json()
    assert card["model_version"] == predictor.bundle.version
    assert card["card"]["owner"] == "tests"
    assert {one["name"] for one in card["features"]} == set(predictor.models.reads)
    assert all(one.get("meaning") for one in card["features"] if one["name"] != "established")
    assert card["transactions"]["timestamp"] == "date"


def test_wrong_addresses_and_methods_are_problems(client):
    """Every error has one shape."""
    assert "/openapi.json" in problem(client.get("/v2/score"), 404)
    refused = client.delete("/v1/score")
    problem(refused, 405)
    assert refused.headers["allow"] == "POST"
    problem(client.get("/docs"), 404)
