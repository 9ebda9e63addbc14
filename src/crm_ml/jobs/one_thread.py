"""Linear algebra of a job on one thread: its outputs must not depend on the number of cores."""

from __future__ import annotations

from threadpoolctl import threadpool_limits

__all__ = ["one_thread"]


def one_thread() -> threadpool_limits:
    """Return a context in which no vector or matrix product is divided between threads.

    Divided sums are added in another order and differ in the last bit. The vectors of a job are short
    besides: threads of a product wait for each other longer than they work.
    """
    return threadpool_limits(1, user_api="blas")
