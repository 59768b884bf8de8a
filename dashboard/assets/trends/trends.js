// The trends' page asks for what is new while it is on the screen: one question at a time, none in a pause.
(() => {
  const LOST_MS = 8000; // a question without an answer for so long is asked again
  const state = { asked: "", askedAt: 0, waiting: false, n: 0 };

  window.dash_clientside.pulse_trends = {
    ask: (_beat, query, tag, departements) => {
      const none = window.dash_clientside.no_update;
      if (!query || document.hidden || pulse.pages.name() !== "trends") return none;
      const now = performance.now();
      const asked = JSON.stringify([query, tag, departements]);
      const changed = asked !== state.asked;
      if (state.waiting && !changed && now - state.askedAt < LOST_MS) return none;
      if (pulse.refresh.state.paused && !changed) return none;
      Object.assign(state, { asked, askedAt: now, waiting: true, n: state.n + 1 });
      return { query, tag, departements, n: state.n };
    },
    answered: (have) => {
      if (have && have.n === state.n) state.waiting = false;
      return state.n;
    },
  };
})();
