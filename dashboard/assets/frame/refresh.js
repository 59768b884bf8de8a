// Beat, version, freshness. Nothing here waits without a limit, so nothing stays stuck when the server dies.
(() => {
  const ANSWER_LIMIT_MS = 1900; // under a beat: a question that hangs is one of the failures
  const SILENT_AFTER = 2; // questions in a row without an answer: one may be lost on the way
  const RETRY_VIEW_MS = 8000; // a view asked for this long ago and not shown is asked for again
  const state = {
    said: null,
    saidAt: 0,
    failingSince: 0,
    failures: 0, // in a row
    asking: false,
    paused: false,
    pace_s: 0, // 0: on every beat; Infinity: never
    looked: -Infinity, // when it last asked
    limits: null,
    version: "", // on the screen; stands still in a pause
    turns: {}, // page -> what it was last asked to show: version and choice
    askedAt: 0,
    kind: "",
  };

  const ask = async () => {
    if (state.asking) return;
    state.asking = true;
    state.looked = performance.now();
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), ANSWER_LIMIT_MS);
    try {
      const answer = await fetch("/version", { signal: stop.signal, cache: "no-store" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      state.said = await answer.json();
      if (pulse.source !== state.said.src) {
        pulse.source = state.said.src;
        if (pulse.selection()) pulse.paintLive(pulse.selection());
      }
      state.saidAt = performance.now();
      [state.failingSince, state.failures] = [0, 0];
      tell(state.said);
    } catch (error) {
      state.failingSince = state.failingSince || state.looked;
      state.failures += 1;
    } finally {
      clearTimeout(limit);
      state.asking = false;
      paint();
    }
  };

  const tell = (said) => {
    if (!state.limits || said.error || state.paused) return; // before the page is there it only listens
    state.version = said.v;
    turn();
    if (said.s !== state.status) {
      state.status = said.s;
      pulse.set("status-version", { data: said.s });
    }
  };

  // What the page on the screen has to show now, if it is not that already; asked again if no answer came.
  const turn = () => {
    const query = pulse.selection();
    if (!state.version || !query || !pulse.pages.ready()) return;
    const page = pulse.pages.name(),
      now = performance.now();
    const asked = { v: state.version, query, page };
    const key = JSON.stringify(asked);
    const lost = pulse.shown[page] !== key && now - state.askedAt > RETRY_VIEW_MS;
    if (state.turns[page] === key && !lost) return;
    [state.turns[page], state.askedAt] = [key, now];
    pulse.set(`turn-${page}`, { data: { ...asked, at: Math.round(now), painted: pulse.painted(page) } });
  };

  // The answer was not whole for what is painted now: asked again at once, but once, as a fault may lie in the painting.
  let repeated = "";
  const repeat = (page) => {
    if (state.turns[page] === repeated) return;
    repeated = state.turns[page];
    state.turns[page] = "";
    turn();
  };

  const { t } = pulse;
  const when = (ms, near) =>
    pulse.sameDay(ms, near)
      ? t("at", { time: pulse.time(ms) })
      : t("on_at", { date: pulse.date(ms), time: pulse.time(ms) });
  const recorded = (said) => said.src === "recorded" || said.src === "file";

  // "dernier relevé correct à 14:05 (il y a 2 min)"; a recording has no age.
  const seen = (said, elapsed_s) => {
    const at = said && (said.good || said.seen);
    if (!at) return t("fresh.none");
    if (recorded(said)) return t("fresh.good", { when: when(at, said.tick || at) });
    return t("fresh.good_ago", {
      when: when(at, said.now),
      ago: pulse.ago((said.now - at) / 1000 + elapsed_s),
    });
  };

  const partDown = ({ part, since, why }, now) =>
    t("fresh.down_why", { part: t(`part.${part}`), when: when(since, now), why });

  // Pure: what to say about the age of the data, `elapsed_s` after the server spoke, `silent_s` into its silence (0: it speaks).
  // `kind` changes only when there is something new to announce.
  pulse.judge = (said, elapsed_s, silent_s, limits) => {
    const text = said ? seen(said, elapsed_s) : t("fresh.connecting");
    const old = (kind, banner) => ({ kind, banner, text });
    if (silent_s) return old(t("fresh.silent"), t("fresh.silent_for", { n: Math.round(silent_s) }));
    if (!said) return { kind: "", banner: "", text };
    if (said.error) return old(t("fresh.error"), t("fresh.error_why", { why: said.error }));
    if (said.down) return old(t("fresh.down"), said.down.map((one) => partDown(one, said.now)).join(" "));
    if (!said.tick) return old(t("fresh.empty"), t("fresh.empty_why"));
    if (recorded(said)) return { kind: "", banner: "", text };
    const age_s = (said.now - (said.good || said.seen || 0)) / 1000 + elapsed_s;
    const tickAge_s = (said.now - (said.seen || 0)) / 1000 + elapsed_s;
    if (age_s > 2 * limits.poll_interval_s) return old(t("fresh.old"), t("fresh.old_why", { text }));
    if (tickAge_s > 2 * (limits.poll_interval_s + limits.tick_s)) {
      const moment = said.seen ? when(said.seen, said.now) : t("fresh.never");
      return old(t("fresh.late"), t("fresh.late_why", { when: moment, ago: pulse.ago(tickAge_s) }));
    }
    return { kind: "", banner: "", text };
  };

  const SERVICE_DAY_MS = 4 * 3600 * 1000; // a day of service begins at four in the morning
  const sourceName = (said) => {
    if (!said || !said.src) return "";
    const day = pulse.longDate((said.tick || said.good) - SERVICE_DAY_MS);
    return t(`source.${said.src}`, { day }) || said.src;
  };

  const paint = () => {
    if (!state.limits) return;
    const now = performance.now();
    const silent_s = state.failures >= SILENT_AFTER ? (now - state.failingSince) / 1000 : 0;
    const verdict = pulse.judge(state.said, (now - state.saidAt) / 1000, silent_s, state.limits);
    const text = state.paused ? `${verdict.text} · ${t("pause.state")}` : verdict.text;
    const freshness = document.getElementById("freshness");
    if (freshness && freshness.textContent !== text) freshness.textContent = text;
    document.body.classList.toggle("is-old", Boolean(verdict.banner));
    const banner = document.getElementById("stale-banner");
    const dot = document.getElementById("dot");
    const shown = verdict.banner ? "old" : state.paused || state.pace_s === Infinity ? "paused" : "ok";
    if (dot && dot.dataset.state !== shown) {
      dot.dataset.state = shown;
      dot.title = t(`dot.${shown}`);
    }
    if (banner) {
      if (banner.hidden === Boolean(verdict.banner)) banner.hidden = !verdict.banner;
      if (banner.textContent !== verdict.banner) banner.textContent = verdict.banner;
    }
    if (verdict.kind !== state.kind) pulse.announce(verdict.kind || t("fresh.again"));
    state.kind = verdict.kind;
    const badge = document.getElementById("source-badge");
    const source = sourceName(state.said);
    if (badge && badge.textContent !== source) badge.textContent = source;
    paintLicence(state.said);
  };

  const paintLicence = (said) => {
    const node = document.getElementById("licence");
    const texts = state.limits && state.limits.attributions;
    let text = texts ? texts[said && said.src] || texts[""] : "";
    if (said && said.credit) text = text.replace(/^.*? · /, () => `${said.credit} · `);
    if (node && node.textContent !== text) node.textContent = text;
  };

  pulse.refresh = {
    togglePause: () => {
      state.paused = !state.paused;
      const button = document.getElementById("pause");
      button.setAttribute("aria-pressed", state.paused);
      button.textContent = t(state.paused ? "pause.off" : "pause.on");
      if (!state.paused) ask();
      paint();
    },
    turn,
    repeat,
    state,
  };

  // A server that is silent is asked on every beat, so that its return is seen at once.
  const due = () => state.failingSince || performance.now() - state.looked > state.pace_s * 1000 - 300;

  const PACE = "pulse.pace";
  const setPace = (value) => {
    state.pace_s = value === "off" ? Infinity : value === "2" ? 0 : Number(value) || 0;
    const select = document.getElementById("pace");
    if (select) select.value = value;
    paint();
  };
  const remembered = () => {
    try {
      return window.localStorage.getItem(PACE) || "2";
    } catch (error) {
      return "2"; // a browser that keeps nothing
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.id !== "pace") return;
    setPace(event.target.value);
    try {
      window.localStorage.setItem(PACE, event.target.value);
    } catch (error) {
      console.info("the pace is not remembered", error);
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && due()) ask();
  });
  pulse.refresh.startPace = () => setPace(remembered());

  const beat = () => {
    if (document.hidden) return; // nobody looks
    if (due()) ask();
    paint();
  };

  window.dash_clientside.pulse_refresh = {
    // A timer of our own: with dcc.Interval Dash changes the page at every beat, news or not.
    beat: (limits) => {
      state.limits = limits;
      clearInterval(state.timer);
      state.timer = setInterval(beat, limits.beat_ms);
      if (!state.said) return beat();
      tell(state.said); // what was asked while Dash drew the page
      paint();
    },
  };
  if (!document.hidden) ask();
  pulse.onChoice("pause", () => pulse.refresh.togglePause());
  pulse.onKey("p", () => pulse.refresh.togglePause());
})();
