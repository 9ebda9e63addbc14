"""Options of the HTTP service: who may ask, how much, and for how long."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from crm_ml.data.pseudonyms import PseudonymSettings
from crm_ml.jobs.sections import CardSection, Positive, Section, TrackingSection

__all__ = ["KeySection", "LimitsSection", "ServeConfig"]

Seconds = Annotated[float, Field(gt=0)]


class KeySection(Section):
    """A client of the service; `crm-ml serve --new-key NAME` makes one."""

    name: str = Field(
        min_length=1, max_length=100, description="who holds the key; stands in logs and metrics"
    )
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the key; the key itself is nowhere")


class LimitsSection(Section):
    """What the service bears; beyond it a request is refused."""

    max_bytes: Positive = Field(5_000_000, description="bytes of a request's body")
    max_rows: Positive = Field(10_000, description="feature rows or transactions of a request")
    header_seconds: Seconds = Field(10.0, description="for the first line and headers of a request")
    body_seconds: Seconds = Field(10.0, description="for the body of a request to arrive")
    request_seconds: Seconds = Field(30.0, description="for the answer")
    threads: Positive = Field(2, description="requests that are computed at a time")
    in_flight: Positive = Field(256, description="requests that are taken in at a time")
    connections: Positive = Field(1_000, description="connections that are open at a time")
    requests_per_minute: Positive | None = Field(None, description="of one client; empty: any number")
    drain_seconds: Seconds = Field(20.0, description="for running requests when the service is stopped")
    memory: str = Field("512MB", description="for one question to the list")


class ServeConfig(Section):
    """Options of ``crm-ml serve``."""

    bundle: str = Field("", description="folder of the bundle")
    alias: str = Field("", description="registry alias such as champion, instead of a folder")
    model: str = Field("crm", description="registered model that has the alias")
    data: str = Field("", description="Parquet list to serve customers and the risk list from")
    history: tuple[str, ...] = Field(
        (), description="Parquet files or globs of earlier lists, for the history of a customer"
    )
    host: str = Field("127.0.0.1", description="address to listen on; others than this machine's need keys")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0: any that is free")
    keys: tuple[KeySection, ...] = Field((), description="clients; empty: this machine only, without keys")
    limits: LimitsSection = Field(default_factory=LimitsSection, description="what the service bears")
    pseudonyms: PseudonymSettings = Field(
        default_factory=PseudonymSettings, description="answer with pseudonyms instead of customer ids"
    )
    card: CardSection = Field(default_factory=CardSection, description="owner_required is checked here")
    tracking: TrackingSection = Field(default_factory=TrackingSection, description="where the registry is")
