"""What `./pulse bench mutations` plants: a text of the code, what it becomes, and the tests that should see it.

A text stands exactly once in its package. Where a change moves it, the test of this table says so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`old` of a file in the folder `package` becomes `new`; `tests` are arguments of pytest."""

    name: str
    package: str
    old: str
    new: str
    tests: tuple[str, ...]


KILLS = ("tests/truth/test_kills.py",)
REBUILDS = ("tests/truth/test_rebuild_kills.py", "tests/spark_app/commands/test_new_store.py")
LOST = (
    "tests/truth/test_lost_files.py",
    "tests/truth/test_lost_checkpoints.py",
    "tests/spark_app/store/test_checkpoint.py",
)
FOLDS = (
    "tests/spark_app/derived/test_fold_dead_letters.py",
    "tests/spark_app/derived/test_fold_books.py",
    "tests/spark_app/commands/test_refold.py",
    "tests/spark_app/derived/test_runner.py",
    "tests/spark_app/derived/test_any_log_folds.py",
)
SAME = ("tests/truth/test_same_tables.py", "tests/truth/test_lost_checkpoints.py", "tests/spark_app/fold/test_sink.py")
UP = ("tests/deploy",)
AXE = ("tests/dashboard/browser/test_accessibility.py",)
WALKS = ("tests/dashboard/browser/test_walks.py", "tests/dashboard/browser/test_history.py")
PLAYBACK = ("tests/dashboard/browser/test_playback.py",)

FAULTS = (
    # geo
    Fault(
        "the axes of the projection are swapped",
        "geo",
        "_to_lambert_93().transform(lon, lat)",
        "_to_lambert_93().transform(lat, lon)",
        ("tests/geo",),
    ),
    Fault(
        "a whole line is never read",
        "geo",
        "if (line_id, station.zda) not in reading.spared:",
        "if (line_id, station.zda) in reading.spared:",
        ("tests/geo/text",),
    ),
    Fault(
        "words go before PRIM's stops",
        "geo",
        "        if published or self._bounds:\n",
        "        if not published:\n",
        ("tests/geo/text",),
    ),
    Fault(
        "a long text is read to its end",
        "geo",
        "text[:TEXT_MAX_CHARS]",
        "text",
        ("tests/geo/text",),
    ),
    # prim_client
    Fault(
        "the doubled hour is read as its other half",
        "prim_client",
        "return readings(_wall_clock(text))[0]",
        "return readings(_wall_clock(text))[1]",
        ("tests/prim_client",),
    ),
    Fault(
        "a closed disruption is remembered for a minute",
        "prim_client",
        "FORGET_AFTER = timedelta(hours=24)",
        "FORGET_AFTER = timedelta(minutes=1)",
        ("tests/prim_client", "tests/spark_app/derived/test_silence.py"),
    ),
    Fault(
        "the grace of an absent disruption is left out",
        "prim_client",
        "at - item.missing_since >= self._grace",
        "at >= item.missing_since",
        ("tests/prim_client",),
    ),
    Fault(
        "a rejected poll counts as a good one",
        "prim_client",
        "if not self._clock.is_observed(at):",
        "if self._clock.is_observed(at) is None:",
        ("tests/prim_client", "tests/truth/test_bad_input.py"),
    ),
    Fault(
        "a day's quota is overdrawn by one",
        "prim_client",
        "if self._budget(db, now).left < 1:",
        "if self._budget(db, now).left < 0:",
        ("tests/prim_client/inputs",),
    ),
    Fault(
        "links of any scheme are shown",
        "prim_client",
        'url_schemes={"http", "https"}',
        'url_schemes={"http", "https", "javascript"}',
        ("tests/prim_client",),
    ),
    # stream_server
    Fault(
        "a part outlives its supervisor",
        "deploy",
        "if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL):",
        "if libc.prctl(PR_SET_PDEATHSIG, 0):",
        ("tests/deploy/processes", *KILLS),
    ),
    Fault(
        "what a dead part left behind lives on",
        "deploy",
        "            os.killpg(self.process.pid, signal.SIGKILL)\n        self.process.wait()",
        "            os.kill(self.process.pid, signal.SIGKILL)\n        self.process.wait()",
        ("tests/deploy/processes", *KILLS),
    ),
    Fault(
        "a part that ended is not started again",
        "deploy",
        'self.next_start_s = time.monotonic() + pause_s\n        self.say(f"{self.part.name} {how}; it starts again',
        'self.next_start_s = time.monotonic() + 1e9\n        self.say(f"{self.part.name} {how}; it starts again',
        ("tests/deploy/processes/test_supervisor.py",),
    ),
    Fault(
        "a log may be begun with other facts",
        "stream_server",
        "if kept.get(name, fact) != fact:",
        "if kept.get(name, fact) is None:",
        ("tests/stream_server",),
    ),
    Fault(
        "the differ's state is not kept with its entries",
        "stream_server",
        'self._keep("differ", state)',
        'self._keep("differ", b"")',
        ("tests/stream_server",),
    ),
    # spark_app: kills, lost files, rebuilds
    Fault(
        "a batch that is stored is stored again",
        "spark_app",
        "            if _is_written(connection, query_id, batch_id, from_entry, to_entry):",
        "            if False and _is_written(connection, query_id, batch_id, from_entry, to_entry):",
        SAME,
    ),
    Fault("`--fresh` forgets nothing", "spark_app", "            forget(plan)", "            pass", KILLS),
    Fault(
        "a replay that was stopped says that it is done",
        "spark_app",
        "if code or not _is_complete(engine):",
        "if code:",
        KILLS,
    ),
    Fault(
        "a lost log is begun anew",
        "spark_app",
        "if stored is not None and not plan.log.is_file():",
        "if stored is not None and plan.log.is_dir():",
        LOST,
    ),
    Fault("a lost checkpoint is not noticed", "spark_app", 'return "is lost" if newest else ""', 'return ""', LOST),
    Fault(
        "the checkpoint of another store is kept",
        "spark_app",
        "own = newest is not None and newest.query_id == progress.query_id",
        "own = newest is not None",
        LOST,
    ),
    Fault(
        "a damaged checkpoint is left where it is",
        "spark_app",
        "    remove(folder)\n    return reason and",
        "    return reason and",
        LOST,
    ),
    Fault(
        "a rebuild loses IDFM's own ids",
        "spark_app",
        "            write_evidence(connection, kept)",
        "            write_evidence(connection, {})",
        REBUILDS,
    ),
    Fault(
        "a rebuild puts the new file in place at its beginning",
        "spark_app",
        "    new.begin()\n    code = run(",
        "    new.begin()\n    new.finish(None)\n    code = run(",
        REBUILDS,
    ),
    Fault(
        "a rebuild leaves its files behind",
        "spark_app",
        '"checkpoint").rename(place.checkpoint)\n    shutil.rmtree(place.rebuild, ignore_errors=True)',
        '"checkpoint").rename(place.checkpoint)',
        REBUILDS,
    ),
    Fault(
        "a rebuild drops what the log has no more",
        "spark_app",
        "    if first < begin or last >= end:\n        return True",
        "    if last >= end:\n        return True",
        REBUILDS,
    ),
    Fault(
        "tables in the making are not marked",
        "spark_app",
        'put_meta(connection, **{REBUILDING: datetime.now(UTC).isoformat(timespec="seconds")})',
        "put_meta(connection)",
        REBUILDS,
    ),
    # spark_app: folds and models
    Fault(
        "a bad entry is set aside and not counted",
        "spark_app",
        ".put_aside(number, at_us).write(connection)",
        ".put_aside(number, at_us)",
        FOLDS,
    ),
    Fault(
        "a fold that another process moved goes on",
        "spark_app",
        "here = (derived.c.name == fold.name) & (derived.c.next_entry == start)",
        "here = derived.c.name == fold.name",
        FOLDS,
    ),
    Fault(
        "a fold's state is not read back",
        "spark_app",
        "fold.begin(orjson.loads(zstandard.decompress(bytes(state))))",
        "fold.begin(None)",
        FOLDS,
    ),
    Fault(
        "the dying cluster keeps its weight",
        "spark_app",
        "weights[[largest, smallest]] = (weights[largest] + weights[smallest]) / 2",
        "weights[largest] = (weights[largest] + weights[smallest]) / 2",
        ("tests/spark_app/fold/test_kmeans.py",),
    ),
    Fault(
        "an empty batch is not discounted",
        "spark_app",
        "weights = self.weights * discount + counts",
        "weights = self.weights * (discount if len(points) else 1.0) + counts",
        ("tests/spark_app/fold/test_kmeans.py",),
    ),
    Fault(
        "swapped coordinates go unsaid",
        "spark_app",
        'F.lit("; lat and lon look swapped")',
        'F.lit("")',
        ("tests/truth/test_bad_input.py", "tests/spark_app/query/test_enrich.py"),
    ),
    Fault(
        "a store's password is an argument",
        "deploy",
        'return ["--store", f"{STORE_PREFIX}{STORE_VARIABLE}"], {STORE_VARIABLE: url}',
        'return ["--store", url], {}',
        UP,
    ),
    # dashboard
    Fault(
        "playback does not wait for the screen",
        "dashboard",
        "const painted = () => pulse.shown.live === pulse.refresh.state.turns.live;",
        "const painted = () => true;",
        PLAYBACK,
    ),
    Fault(
        "playback never comes to its end",
        "dashboard",
        "if (next > last && !loop) return false;",
        "if (next > last && loop) return false;",
        PLAYBACK,
    ),
    Fault(
        "a choice is no step of the history",
        "dashboard",
        'pulse.addAddress = () => write("pushState");',
        'pulse.addAddress = () => write("replaceState");',
        WALKS,
    ),
    Fault(
        "Back shows the address and not its screen",
        "dashboard",
        "    pulse.pages.show(window.location.pathname);\n    publish();\n",
        "    pulse.pages.show(window.location.pathname);\n",
        WALKS,
    ),
    Fault("grey words cannot be read in the dark", "dashboard", "  --muted: #9fadbd;", "  --muted: #3a4552;", AXE),
    Fault(
        "the policy of the page is left out",
        "dashboard",
        'response.headers.setdefault("Content-Security-Policy", policy)',
        "pass",
        ("tests/dashboard/server/test_security.py", "tests/dashboard/browser/test_xss.py"),
    ),
)
