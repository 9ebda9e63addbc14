"""More at a time, or longer, than the service bears; and many at a time that it does bear."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from crm_ml.jobs.serve_config import LimitsSection
from crm_ml.web.errors import Problem
from crm_ml.web.metrics import Metrics
from crm_ml.web.pressure import BoundedPressure

from .conftest import features_of, problem


def ask(app, path="/v1/score"):
    scope = {"type": "http", "path": path, "method": "GET", "headers": []}
    return app(scope, None, None)


def test_requests_beyond_the_limit_are_turned_away_and_counted_down():
    """The gate opens again when the others are done; signs of life always pass."""

    async def run():
        release = asyncio.Event()

        async def waiting(scope, receive, send):
            if scope["path"] == "/v1/score":
                await release.wait()

        metrics = Metrics("v")
        gate = BoundedPressure(waiting, LimitsSection(in_flight=2), metrics)
        taken = [asyncio.create_task(ask(gate)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refused:
            await ask(gate)
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
        await ask(gate, "/health")
        release.set()
        await asyncio.gather(*taken)
        assert metrics.in_flight == 0
        await ask(gate)

    asyncio.run(run())


def test_an_answer_that_takes_too_long_is_given_up():
    """The client is told what to do, and the place is free again."""

    async def run():
        async def endless(scope, receive, send):
            await asyncio.sleep(60)

        metrics = Metrics("v")
        gate = BoundedPressure(endless, LimitsSection(request_seconds=0.05), metrics)
        with pytest.raises(Problem, match=r"longer than 0\.05 seconds"):
            await ask(gate)
        assert metrics.in_flight == 0

    asyncio.run(run())


def test_a_slow_computation_is_a_problem_and_not_a_hang(serve, monkeypatch):
    """Through the whole application, with the work on a thread."""
    client = serve(limits={"request_seconds": 0.2})
    monkeypatch.setattr("crm_ml.web.routes.risk_list._page", lambda *_: time.sleep(1.0))
    started = time.monotonic()
    assert "longer than 0.2 seconds" in problem(client.get("/v1/risk-list"), 503)
    assert time.monotonic() - started < 0.9


def test_many_at_a_time_get_their_own_answers(client, predictor, snapshot):
    """Eight clients, each with own customers: nobody gets another's number."""
    expected = predictor.predict(snapshot)["p_at_risk"]

    def one(customer):
        row = {"customer_id": customer, "features": features_of(snapshot.loc[customer])}
        names = [["p_at_risk"], ["p_at_risk", "clv"]][hash(customer) % 2]
        answer = client.post("/v1/score", json={"rows": [row], "scores": names}).json()["scores"][0]
        page = client.get("/v1/risk-list", params={"limit": 3}).json()
        return customer, answer["customer_id"], answer["p_at_risk"], len(page["customers"])

    with ThreadPoolExecutor(8) as clients:
        for customer, got, chance, size in clients.map(one, list(snapshot.index) * 2):
            assert (got, size) == (customer, 3)
            assert chance == pytest.approx(expected[customer], rel=1e-12)
