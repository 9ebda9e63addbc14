"""A frame that is given to a function batch by batch comes back whole, on every engine."""

from __future__ import annotations

import time

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from crm_ml.data.engines.batches import in_threads, of_one_size
from crm_ml.data.engines.make import make_engine

# py4j leaves its sockets to the garbage collector.
QUIET = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ENGINES = ["duckdb", "polars", pytest.param("spark", marks=QUIET)]
ROWS = 150_000
SCHEMA = pa.schema([("id", pa.int64()), ("twice", pa.float64()), ("word", pa.string())])


def doubling():
    """Return a function as the scoring hands it to an engine; made here, so that it travels to a worker."""

    def doubled(batches):
        for batch in batches:
            twice = pc.multiply(pc.cast(batch["id"], pa.float64()), 2.0)
            word = pa.array([None if one % 7 == 0 else "é" for one in batch["id"].to_pylist()])
            yield pa.RecordBatch.from_arrays([batch["id"], twice, word], schema=SCHEMA)

    return doubled


@pytest.mark.parametrize("kind", ENGINES)
def test_what_the_function_hands_back_is_the_frame(kind):
    """No row is lost or doubled between the batches, and missing values stay missing."""
    engine = make_engine(kind, threads=1)
    rows = 3_000 if kind == "spark" else ROWS
    frame = engine.materialise(engine.from_arrow(pa.table({"id": pa.array(range(rows), pa.int64())})))
    found = engine.to_arrow(engine.map_batches(frame, doubling(), SCHEMA)).sort_by("id")
    assert found["id"].to_pylist() == list(range(rows))
    assert found["twice"].to_pylist() == [2.0 * one for one in range(rows)]
    assert found["word"].null_count == len(range(0, rows, 7))


@pytest.mark.parametrize("kind", ENGINES[:2])
def test_batches_of_an_empty_frame(kind):
    """Nobody to score is a list of nobody, with its columns."""
    engine = make_engine(kind)
    frame = engine.from_arrow(pa.table({"id": pa.array([], pa.int64())}))
    found = engine.to_arrow(engine.map_batches(frame, doubling(), SCHEMA))
    assert (found.num_rows, found.column_names) == (0, SCHEMA.names)


def test_a_relation_of_somebody_else_takes_batches_too():
    """On a connection that is not ours there is no second cursor; the rows go round by a file."""
    import duckdb

    relation = duckdb.connect().sql("SELECT range AS id FROM range(1000)")
    engine = make_engine("duckdb", frame=relation)
    found = engine.to_arrow(engine.map_batches(engine.from_native(relation), doubling(), SCHEMA))
    assert sorted(found["id"].to_pylist()) == list(range(1000))


@pytest.mark.parametrize("sizes", [[], [0], [5], [3, 0, 4, 20, 1], [8, 8]])
def test_batches_of_one_size(sizes):
    """How an engine cuts a stream changes no batch."""
    numbers = iter(range(sum(sizes)))
    given = [pa.RecordBatch.from_pydict({"n": [next(numbers) for _ in range(size)]}) for size in sizes]
    made = list(of_one_size(given, rows=8))
    assert [one for batch in made for one in batch["n"].to_pylist()] == list(range(sum(sizes)))
    assert all(len(batch) == 8 for batch in made[:-1])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_batches_at_work_together_come_back_in_their_order(threads):
    """Protects the order of a list when a later batch is done sooner, and that a failure is not swallowed."""
    given = [pa.record_batch({"n": [number]}) for number in range(7)]

    def slow_first(batch):
        number = batch["n"][0].as_py()
        time.sleep(0.02 if number % 3 == 0 else 0.0)
        if number == 6:
            raise ValueError("the last one fails")
        return batch

    made = in_threads(slow_first, given, threads)
    assert [next(made)["n"][0].as_py() for _ in range(6)] == list(range(6))
    with pytest.raises(ValueError, match="the last one fails"):
        next(made)


def test_what_a_function_made_of_batches_can_be_given_back():
    """Protects the memory of a job: a table of the engine goes as soon as it is used."""
    engine = make_engine("duckdb", threads=1)
    schema = pa.schema([("n", pa.int64())])
    frame = engine.from_arrow(pa.table({"n": [1, 2]}))
    kept = engine.map_batches(frame, lambda batches: batches, schema)
    assert engine.to_arrow(kept)["n"].to_pylist() == [1, 2]
    engine.release(kept)
    assert engine._connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]
