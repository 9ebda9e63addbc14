"""The document tells what the service does; schemathesis asks everything that the document allows."""

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from crm_ml.jobs.config import ServeConfig
from crm_ml.jobs.serve import open_served
from crm_ml.web.app import make_api, make_app
from crm_ml.web.service import Service

from .conftest import KEY, keys, problem

HEADERS = {"Authorization": f"Bearer {KEY} tests"}
OPERATIONS = [
    "GET /health",
    "GET /ready",
    "GET /metrics",
    "GET /v1/model",
    "POST /v1/score",
    "GET /v1/customers/{customer_id}",
    "GET /v1/risk-list",
]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def document(bundle, list_file):
    """The document as the service hands it out, with the service behind it."""
    options = {
        "bundle": str(bundle),
        "data": str(list_file),
        "keys": keys("tests"),
        "limits": {"max_rows": 50},
    }
    app = make_app(open_served(ServeConfig.model_validate(options)))
    return schemathesis.openapi.from_asgi("/openapi.json", app, headers=HEADERS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_that_the_document_allows_breaks_the_service(document, operation):
    """No 5xx, no status, type or shape that the document does not name; what it forbids is refused."""
    method, path = operation.split()
    described = document[path][method]

    @hypothesis.seed(1)
    @hypothesis.settings(
        max_examples=150 if "v1" in path else 10,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(
        case=described.as_strategy() | described.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    def ask(case):
        answer = case.call(headers=HEADERS)
        case.validate_response(answer, checks=CHECKS)

    ask()


def test_every_answer_carries_the_security_headers(client):
    """Answers and problems alike; the server underneath does not name itself."""
    for answer in (client.get("/health"), client.get("/nowhere"), client.post("/v1/score", json={})):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
        assert answer.headers["x-request-id"]


def test_a_request_id_is_kept_when_it_is_one(client):
    """It joins the logs of two systems, and cannot carry anything else into them."""
    assert client.get("/health", headers={"X-Request-ID": "abc-1.2"}).headers["x-request-id"] == "abc-1.2"
    for id_ in ("a b", 'x"}', "a" * 65):
        assert client.get("/health", headers={"X-Request-ID": id_}).headers["x-request-id"] != id_


def test_a_defect_tells_the_client_nothing(client, monkeypatch):
    """The message of an unexpected error may quote data."""
    monkeypatch.setattr("crm_ml.web.scoring.score_one", lambda *_: 1 / 0)
    body = {"rows": [{"features": {"recency_days": 1}}]}
    for more in ({}, {"scores": ["p_stopped"]}):
        answer = client.post("/v1/score", json={**body, **more})
        assert "X-Request-ID" in problem(answer, 500)
        assert "division" not in answer.text


def test_every_operation_names_its_problems(serve):
    """The document is what a client is written against."""
    client = serve(keys=keys("tests"), key=f"{KEY} tests")
    made = client.get("/openapi.json").json()
    assert set(made["paths"]) == {one.split()[1] for one in OPERATIONS}
    for operations in made["paths"].values():
        for operation in operations.values():
            assert operation["description"]
            assert {"404", "413", "422", "429", "503"} <= set(operation["responses"])
            assert "application/problem+json" in operation["responses"]["422"]["content"]
    assert made["paths"]["/v1/score"]["post"]["security"] == [{"key": []}]
    assert "security" not in made["paths"]["/health"]["get"]


def test_the_application_without_its_layers_has_the_same_document(bundle):
    """Whoever mounts the routes elsewhere gets all of them."""
    app = make_api(Service(open_served(ServeConfig(bundle=str(bundle)))))
    assert "security" not in str(app.openapi()["paths"])
