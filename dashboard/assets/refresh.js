// Beat, version, freshness. Nothing here waits without a limit, so nothing stays stuck when the server dies.
(() => {
  const ANSWER_LIMIT_MS = 4000;
  const RETRY_VIEW_MS = 8000; // a view asked for this long ago and not shown is asked for again
  const state = { said: null, saidAt: 0, failingSince: 0, asking: false, paused: false, limits: null, asked: "", askedAt: 0 };

  const ask = async () => {
    if (state.asking) return;
    state.asking = true;
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), ANSWER_LIMIT_MS);
    try {
      const answer = await fetch("/version", { signal: stop.signal, cache: "no-store" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      state.said = await answer.json();
      pulse.source = state.said.src;
      state.saidAt = performance.now();
      state.failingSince = 0;
      tell(state.said);
    } catch (error) {
      state.failingSince = state.failingSince || performance.now();
    } finally {
      clearTimeout(limit);
      state.asking = false;
      paint();
    }
  };

  const tell = (said) => {
    if (said.error || state.paused) return;
    const now = performance.now();
    const shown = pulse.shownVersion;
    if (said.v !== state.asked || (shown !== said.v && now - state.askedAt > RETRY_VIEW_MS)) {
      state.asked = said.v;
      state.askedAt = now;
      pulse.set("version", { data: { v: said.v, at: Math.round(now) } });
    }
    if (said.s !== state.status) {
      state.status = said.s;
      pulse.set("status-version", { data: said.s });
    }
  };

  // Pure: what to say about the age of the data. `elapsed_s` since the server spoke, `failing_s` of silence.
  pulse.judge = (said, elapsed_s, failing_s, limits) => {
    if (failing_s > 3) {
      return { old: true, banner: `Le serveur de Pulse ne répond plus depuis ${Math.round(failing_s)} s. L'écran garde le dernier état reçu.`, text: seen(said) };
    }
    if (!said) return { old: false, banner: "", text: "connexion…" };
    if (said.error) return { old: true, banner: `Données indisponibles : ${said.error}`, text: "aucun relevé" };
    if (!said.tick) return { old: true, banner: "Le dépôt est vide : la chaîne n'a encore rien écrit.", text: "aucun relevé" };
    if (said.src === "recorded" || said.src === "file") return { old: false, banner: "", text: seen(said) };
    const newest = Math.min(said.good || said.tick, Infinity);
    const age_s = (said.now - newest) / 1000 + elapsed_s;
    const tickAge_s = (said.now - (said.seen || 0)) / 1000 + elapsed_s;
    const limit_s = 2 * limits.poll_interval_s;
    const text = `dernier relevé correct ${when(newest, said.now)} (${pulse.ago(age_s)})`;
    if (age_s > limit_s) {
      return { old: true, text, banner: `Données anciennes : dernier relevé correct ${when(newest, said.now)}, ${pulse.ago(age_s)}. La carte ne montre pas l'état présent.` };
    }
    if (tickAge_s > limit_s + 2 * limits.tick_s) {
      return { old: true, text, banner: `Calcul en retard : dernière observation calculée ${when(said.seen, said.now)}, ${pulse.ago(tickAge_s)}.` };
    }
    return { old: false, banner: "", text };
  };

  const when = (ms, near) => (pulse.sameDay(ms, near) ? `à ${pulse.time(ms)}` : `le ${pulse.date(ms)} à ${pulse.time(ms)}`);
  const seen = (said) => {
    const at = said && (said.good || said.seen || said.tick);
    return at ? `dernier relevé correct ${when(at, said.src === "recorded" ? at : said.now)}` : "aucun relevé";
  };

  const SERVICE_DAY_MS = 4 * 3600 * 1000; // a day of service begins at four in the morning
  const SOURCES = { live: "PRIM", simulated: "réseau simulé", file: "fichier" };
  const sourceName = (said) => {
    if (!said || !said.src) return "";
    if (said.src !== "recorded") return SOURCES[said.src] || said.src;
    return `enregistrement du ${pulse.longDate((said.tick || said.good) - SERVICE_DAY_MS)}`;
  };

  const paint = () => {
    const now = performance.now();
    const failing_s = state.failingSince ? (now - state.failingSince) / 1000 : 0;
    const verdict = pulse.judge(state.said, (now - state.saidAt) / 1000, failing_s, { tick_s: 300, ...state.limits });
    const text = state.paused ? `${verdict.text} · affichage en pause` : verdict.text;
    const freshness = document.getElementById("freshness");
    if (freshness && freshness.textContent !== text) freshness.textContent = text;
    document.body.classList.toggle("is-old", verdict.old);
    const banner = document.getElementById("stale-banner");
    if (banner) {
      banner.hidden = !verdict.banner;
      if (banner.textContent !== verdict.banner) banner.textContent = verdict.banner;
    }
    const badge = document.getElementById("source-badge");
    if (badge) badge.textContent = sourceName(state.said);
    paintLicence(state.said);
  };

  const paintLicence = (said) => {
    const texts = state.limits && state.limits.attributions;
    const node = document.getElementById("licence");
    const text = texts ? texts[said && said.src] || texts[""] : "";
    if (node && node.textContent !== text) node.textContent = text;
  };

  pulse.refresh = {
    togglePause: () => {
      state.paused = !state.paused;
      const button = document.getElementById("pause");
      button.setAttribute("aria-pressed", state.paused);
      button.textContent = state.paused ? "Reprendre" : "Pause";
      if (!state.paused) { state.asked = ""; ask(); }
      paint();
    },
    state,
  };

  window.dash_clientside.pulse_refresh = {
    beat: (_n, limits) => {
      state.limits = limits;
      ask();
      paint();
    },
  };
})();
