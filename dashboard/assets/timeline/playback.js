// Plays the windows of the timeline: the next one only when the last one is on the screen.
(() => {
  const WAIT_MS = 3000; // for a window that does not come; then the next is tried
  let playing = false;
  let loop = false;
  let timer = null;
  let chosenAt = 0;

  const speed = () => Number((document.getElementById("play-speed") || {}).value) || 2;
  const painted = () => pulse.shown.live === pulse.refresh.state.turns.live;

  const paint = () => {
    const toggle = document.getElementById("play-toggle");
    if (!toggle) return;
    toggle.textContent = playing ? "❚❚" : "▶";
    toggle.setAttribute("aria-label", pulse.t(playing ? "play.stop" : "play.toggle"));
    toggle.setAttribute("aria-pressed", playing);
    document.getElementById("play-loop").setAttribute("aria-pressed", loop);
  };

  // What was played is one step of the history, unless Back ended it.
  const stop = (byBack = false) => {
    if (!playing) return;
    playing = false;
    clearTimeout(timer);
    paint();
    if (byBack) return;
    pulse.addAddress();
    pulse.figures.told();
  };

  const step = (by, held) => {
    const state = pulse.timeline.state();
    if (!state || !state.windows.length) return false;
    const last = state.windows.length - 1;
    const at = state.at < 0 ? last : state.at;
    const next = at + by;
    if (next > last && !loop) return false;
    chosenAt = performance.now();
    pulse.timeline.choose(next > last ? 0 : next < 0 ? 0 : next, held);
    return true;
  };

  const tick = () => {
    if (!playing) return;
    if (painted() || performance.now() - chosenAt > WAIT_MS) if (!step(1)) return stop();
    timer = setTimeout(tick, 1000 / speed());
  };

  const start = () => {
    const state = pulse.timeline.state();
    if (!state || !state.windows.length) return;
    playing = true;
    if (state.at < 0 || state.at >= state.windows.length - 1) pulse.timeline.choose(0); // from the beginning
    chosenAt = performance.now();
    paint();
    timer = setTimeout(tick, 1000 / speed());
  };

  const ACTIONS = {
    toggle: () => (playing ? stop() : start()),
    back: (held) => (stop(), step(-1, held)),
    on: (held) => (stop(), step(1, held)),
    loop: () => ((loop = !loop), paint()),
  };
  pulse.onChoice("play", (what) => ACTIONS[what]());
  pulse.onKey("k", () => ACTIONS.toggle());
  pulse.onKey("j", (event) => ACTIONS.back(event.repeat));
  pulse.onKey("l", (event) => ACTIONS.on(event.repeat));
  pulse.playback = { playing: () => playing, stop };
})();
