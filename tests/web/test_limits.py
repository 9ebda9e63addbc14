"""Bodies: too large, too slow, or of another kind, refused over a real socket before anybody reads them."""

import contextlib
import socket
import time

import pytest

from .conftest import problem

HEAD = b"POST /v1/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def answer_of(connection):
    """Everything until the other side closes."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts).decode()


def test_a_large_body_is_refused_by_its_head(serve):
    """Nobody waits for five megabytes to say no."""
    client = serve(limits={"max_bytes": 1_000})
    answer = client.post("/v1/score", content=b"x" * 1_001, headers={"Content-Type": "application/json"})
    assert "at most 1,000 bytes" in problem(answer, 413)
    assert answer.headers["connection"] == "close"


def test_a_body_without_a_length_is_counted(serve):
    """Chunks do not get around the limit."""
    client = serve(limits={"max_bytes": 1_000})
    chunks = (b"x" * 100 for _ in range(11))
    problem(client.post("/v1/score", content=chunks, headers={"Content-Type": "application/json"}), 413)


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""]
)
def test_only_json_is_read(client, kind):
    """A form in a browser cannot send a request (no preflight would ask)."""
    problem(client.post("/v1/score", content=b"{}", headers={"Content-Type": kind}), 415)


def test_a_compressed_body_is_not_unpacked(client):
    """A small bomb stays small."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert "compressed" in problem(client.post("/v1/score", content=b"\x1f\x8b", headers=headers), 415)


def test_slow_and_huge_requests_over_a_socket(start):
    """A body that trickles, a head that never ends, a head that is no HTTP, a body of gigabytes, too many."""
    limits = {"body_seconds": 0.6, "header_seconds": 1.0, "max_bytes": 100_000, "connections": 5}
    service = start(limits=limits)

    with service.connect() as slow:
        slow.sendall(HEAD + b"Content-Length: 50\r\n\r\n{")
        started = time.monotonic()
        said = answer_of(slow)
        assert said.startswith("HTTP/1.1 408"), said
        assert "problem+json" in said
        assert time.monotonic() - started < 5

    with service.connect() as silent:
        silent.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        assert answer_of(silent).startswith("HTTP/1.1 408")

    with service.connect() as second:  # the second request of a connection has a deadline too
        second.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in second.recv(65_536)
        second.sendall(b"GET /health HTTP/1.1\r\nX-Slow: ")
        assert "408" in answer_of(second)

    with service.connect() as garbage:
        garbage.sendall(b"\x16\x03\x01 not http\r\n\r\n")
        said = answer_of(garbage)
        assert said.startswith("HTTP/1.1 400")
        assert "problem+json" in said

    with service.connect() as huge:
        huge.sendall(HEAD + b"Content-Length: 5000000000\r\n\r\n")
        assert answer_of(huge).startswith("HTTP/1.1 413")

    with service.connect() as endless:
        assert sent_before_hanging_up(endless) < 10_000_000

    with service.connect() as wide:
        wide.sendall(b"GET /health HTTP/1.1\r\n" + b"X: " + b"a" * 200_000)
        said = answer_of_reset(wide)
        assert said == "" or said.startswith("HTTP/1.1 400")

    with contextlib.ExitStack() as held:
        for _ in range(5):
            held.enter_context(service.connect())
        time.sleep(0.1)
        said = answer_of(held.enter_context(service.connect()))
        assert said.startswith("HTTP/1.1 503")
        assert "problem+json" in said

    time.sleep(0.1)
    with service.connect() as good:
        good.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert answer_of(good).startswith("HTTP/1.1 200")


def sent_before_hanging_up(connection: socket.socket) -> int:
    """Send chunks without an end; return how many bytes the other side took."""
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 100_000_000:
            connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            sent += 0x10000
            time.sleep(0.001)
    return sent


def answer_of_reset(connection: socket.socket) -> str:
    """What was said before the other side hung up on unread bytes."""
    try:
        return answer_of(connection)
    except ConnectionError:
        return ""
