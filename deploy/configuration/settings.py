"""The configuration, typed and validated at start. Only entry points call `load`.

Every key of `config.yaml` is a field here with its unit in the name; an unknown key, a wrong type or
a value out of range is one sentence that names the file and the key.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from deploy.configuration.redaction import redacted
from deploy.configuration.section import (
    DatabaseUrl,
    HeaderName,
    HostName,
    Loopback,
    Origin,
    PageHost,
    Port,
    Section,
    WebAddress,
)
from deploy.configuration.strict_yaml import StrictYamlError, read_yaml
from deploy.configuration.transport import Transport

PACKAGED = Path(sys.prefix) / "share" / "pulse" / "config.yaml"  # where `pip install` puts the file
KEY_VARIABLE = "PRIM_API_KEY"  # of PRIM: with it the live feed, without it the simulated network
PASSWORD_VARIABLE = "PULSE_PASSWORD"  # noqa: S105 - its name; the page asks for what it holds
STORE_VARIABLE = "PULSE_STORE_URL"  # overrides store.url: a URL with a password is a secret
CONFIG_VARIABLE = "PULSE_CONFIG"  # set by the launcher: the file that `load` reads by default


class SettingsError(ValueError):
    """The configuration cannot be used; the message is one sentence for the user."""


class Poll(Section):
    interval_s: float = Field(120, ge=1, description="time between two polls; never faster than the quota allows")
    timeout_s: float = Field(30, gt=0, description="time allowed for one answer")
    retries: int = Field(3, ge=0, le=10, description="attempts after a failed one, with growing pauses")
    daily_quota: int = Field(1000, ge=1, description="requests a day that the key allows")
    line_reports_every_min: float = Field(
        15, ge=0, description="time between two readings of Navitia's line reports, for IDFM's disruption_id; 0: off"
    )
    line_reports_daily_quota: int = Field(
        4000, ge=1, description="requests a day that the key allows there; a reading takes about 11"
    )
    base_url: WebAddress = Field(
        "https://prim.iledefrance-mobilites.fr/marketplace", description="PRIM's address, or a simulator's"
    )
    contact: str = Field(
        "", description="whom PRIM can write to about these requests (a web or mail address); part of the User-Agent"
    )


class Differ(Section):
    tick_s: int = Field(300, ge=1, description="step of the model's clock")
    grace_s: int = Field(600, ge=0, description="absent from good polls for this long: closed")
    clock_tolerance_s: int = Field(600, ge=0, description="PRIM's clock is believed within this distance of ours")


class Filters(Section):
    keywords: tuple[str, ...] = Field((), description="keep only messages that contain one of these words")
    languages: tuple[Literal["fr", "en"], ...] = Field((), description="keep only messages in these languages")


class FileInput(Section):
    columns: dict[str, str] = Field({}, description="CSV header to message field")


class LogSettings(Section):
    group_polls: int = Field(200, ge=1, le=1000, description="polls that a replay writes in one transaction")
    retention_days: int = Field(400, ge=1, description="entries older than this may be dropped")
    host: Loopback = Field("127.0.0.1", description="address of the log's socket; loopback only")
    port: Port = Field(9999, description="port of the log's socket")
    client_buffer_mb: float = Field(16, gt=0, description="a client further behind is dropped with a reason")


class Spark(Section):
    cores: int = Field(2, ge=1, le=256, description="local cores, and shuffle partitions")
    max_entries_per_batch: int = Field(1000, ge=1, description="log entries in one micro-batch at most")
    trigger_s: float = Field(0.2, ge=0, description="live: time between two micro-batches")
    driver_memory_mb: int = Field(1024, ge=512, description="heap of Spark's JVM")


class Sentiment(Section):
    analyzer: str = Field("transport", description="analyzer of the French text")


class Clusters(Section):
    k: int = Field(8, ge=1, le=62, description="clusters per channel at least")
    k_max: int = Field(
        32, ge=1, le=62, description="clusters per channel at most; under k it is k, which fixes their number"
    )
    disruptions_per_cluster: float = Field(
        3, gt=0, description="between k and k_max there is one cluster for so many disruptions"
    )
    half_life_min: float = Field(60, gt=0, description="time in which the weight of a disruption halves")
    polarity_km: float = Field(10, ge=0, description="distance that a full unit of polarity is worth")


class Windows(Section):
    span_min: float = Field(30, gt=0, description="length of a window; a multiple of slide_min")
    slide_min: float = Field(5, gt=0, description="step between windows; a multiple of the tick")


class Trends(Section):
    trend_window_min: float = Field(120, gt=0, description="window whose tags are compared with their trailing week")
    trend_refresh_s: float = Field(2, ge=0.5, description="time between two looks of the trends' chart for a new tick")
    memory_days: float = Field(7, gt=0, description="the trailing week: what a tag is compared with")


class Topics(Section):
    every_h: float = Field(
        0,
        ge=0,
        description="`./pulse up` runs `./pulse topics` so often, in a second JVM that ends with it; 0: only by hand",
    )


class Store(Section):
    url: DatabaseUrl = Field(
        "",
        description="SQLAlchemy URL; empty: SQLite in data_dir. One with a password belongs into the environment: "
        "PULSE_STORE_URL overrides this key",
    )
    retention_days: int = Field(400, ge=1, description="messages and facts older than this are dropped")


class Archive(Section):
    enabled: bool = Field(True, description="write every hit to a Delta table")
    url: str = Field("", description="folder or s3:// address; empty: in data_dir")
    endpoint: WebAddress | Literal[""] = Field("", description="of an S3 store that is not Amazon's")
    region: str = Field("", description="region of the S3 store; empty: us-east-1")
    retention_days: int = Field(400, ge=1, description="service days older than this are deleted")
    compact_every_commits: int = Field(100, ge=1, description="commits between two compactions")


def _quiet_hours(text: str) -> str:
    if text and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError("expected hours of Paris as 01:00-05:00, or nothing")
    return text


class Alerts(Section):
    raise_share: float = Field(
        0.25, gt=0, le=1, description="share of a line's stations blocked that raises an alert where it is unusual"
    )
    always_share: float = Field(0.3, gt=0, le=1, description="share that raises an alert even where it is usual")
    clear_share: float = Field(0.1, ge=0, le=1, description="under this share it is over; at most raise_share")
    clear_min: float = Field(10, ge=0, description="minutes under clear_share before it is over")
    repeat_min: float = Field(30, ge=0, description="raised again within so many minutes: the same alert, told once")
    usual_factor: float = Field(2, ge=0, description="unusual: so many times the level expected at that hour")
    quiet_hours: Annotated[str, AfterValidator(_quiet_hours)] = Field(
        "", description="hours of Paris in which nothing is delivered, as 01:00-05:00"
    )
    webhooks: tuple[WebAddress, ...] = Field((), description="addresses that get each alert as signed JSON")
    max_age_min: float = Field(30, gt=0, description="an alert that could not be delivered for so long is skipped")


class Dashboard(Section):
    host: PageHost = Field(
        "127.0.0.1", description="address of the page; one that other machines reach needs PULSE_PASSWORD"
    )
    port: Port = Field(8050, description="port of the page")
    refresh_s: float = Field(2, ge=0.5, description="time between two looks for a new version")
    tiles: bool = Field(False, description="draw background tiles from tiles_url")
    embed_ancestors: tuple[Origin, ...] = Field(
        (), description="origins whose pages may frame `?embed=1`, as https://example.org"
    )
    public_names: tuple[HostName, ...] = Field(
        (), description="other names under which a proxy or tunnel reaches the page, as pulse.example.org"
    )
    proxy_header: HeaderName = Field(
        "", description="header in which that proxy names the user it let in; refused without it"
    )
    tiles_url: WebAddress = Field("https://tile.openstreetmap.org/{z}/{x}/{y}.png", description="tile server")


class Simulator(Section):
    port: Port = Field(8099, description="port of the simulated PRIM")
    seed: int = Field(1, description="the same seed gives the same network history")
    history_h: float = Field(24, ge=0, description="hours handed over before real time")


class Settings(Section):
    """The whole of `config.yaml`."""

    data_dir: Path = Field(
        Path(".pulse"),
        description="logs, stores, checkpoints; relative to this file (to where you are, for the file of an "
        "installed package)",
    )
    poll: Poll = Poll()
    differ: Differ = Differ()
    filters: Filters = Filters()
    file_input: FileInput = FileInput()
    log: LogSettings = LogSettings()
    transport: Transport = Transport()
    spark: Spark = Spark()
    sentiment: Sentiment = Sentiment()
    clusters: Clusters = Clusters()
    windows: Windows = Windows()
    trends: Trends = Trends()
    topics: Topics = Topics()
    store: Store = Store()
    archive: Archive = Archive()
    alerts: Alerts = Alerts()
    dashboard: Dashboard = Dashboard()
    simulator: Simulator = Simulator()

    def sha256(self) -> str:
        """Hash of what shapes the results (differ, filters, sentiment, clusters, windows): in every export."""
        shaping = self.model_dump_json(include={"differ", "filters", "sentiment", "clusters", "windows"})
        return hashlib.sha256(shaping.encode()).hexdigest()


def default_path() -> Path:
    """The file that the launcher names in PULSE_CONFIG, else `config.yaml` beside the packages."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parents[2] / "config.yaml"


def load(path: Path | None = None) -> Settings:
    """Read and validate `path` (default: `default_path()`). Raises SettingsError with one sentence."""
    path = path or default_path()
    try:
        settings = Settings.model_validate(read_yaml(path))
    except OSError as error:
        raise SettingsError(f"cannot read the configuration {str(path)!r}: {error.strerror or error}") from error
    except StrictYamlError as error:
        raise SettingsError(f"{path}: {error}") from error
    except ValidationError as error:
        raise SettingsError(f"{path}: {_first_sentence(error)}") from error
    _check_grid(settings, path)
    _check_alerts(settings.alerts, path)
    _check_transport(settings.transport, path)
    return settings.model_copy(
        update={"data_dir": _folder_beside(path, settings.data_dir), "store": _store(settings.store)}
    )


def _store(configured: Store) -> Store:
    """`configured`, with the URL of the environment where it has one."""
    try:
        return Store(url=os.environ.get(STORE_VARIABLE) or configured.url, retention_days=configured.retention_days)
    except ValidationError as error:
        raise SettingsError(f"the environment variable {STORE_VARIABLE}: {_first_sentence(error)}") from error


def _first_sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(map(str, first["loc"])) or "the file"
    return f"{key} = {redacted(str(first['input']))[:80]!r}: {first['msg']}"


def _check_grid(settings: Settings, path: Path) -> None:
    slide_s, span_s = settings.windows.slide_min * 60, settings.windows.span_min * 60
    if slide_s % settings.differ.tick_s or span_s % slide_s:
        raise SettingsError(
            f"{path}: windows.slide_min must be a multiple of differ.tick_s and windows.span_min of slide_min, "
            f"not {settings.windows.span_min} min, {settings.windows.slide_min} min, {settings.differ.tick_s} s"
        )


def _check_alerts(alerts: Alerts, path: Path) -> None:
    if alerts.clear_share > alerts.raise_share:
        raise SettingsError(
            f"{path}: alerts.clear_share = {alerts.clear_share} must not be above alerts.raise_share = "
            f"{alerts.raise_share}"
        )


def _check_transport(transport: Transport, path: Path) -> None:
    if transport.kind == "kafka" and not transport.bootstrap_servers:
        raise SettingsError(
            f"{path}: transport.kind = kafka needs transport.bootstrap_servers: the addresses of your brokers, "
            "or those that `./pulse kafka` prints"
        )


def _folder_beside(path: Path, folder: Path) -> Path:
    """`folder` beside the file `path`; beside the user where the file is the one that came with the package."""
    base = Path.cwd() if path.resolve() == PACKAGED.resolve() else path.resolve().parent
    return base / folder
