// The window on screen in words and numbers, the live button, the counts beside the choices.
(() => {
  const { el } = pulse;

  const figure = (value, word, title) =>
    el(
      "div",
      { class: "figure", title: title || null },
      el("b", {}, pulse.number(value)),
      el("span", {}, word),
    );

  const { t } = pulse;

  // What the window did not see, in words; empty if it is whole.
  pulse.missing = (span) => (span.missing ? t("figures.missing", { n: span.missing }) : "");

  const head = (view) => {
    const s = view.span;
    const near = Date.now();
    const day = pulse.sameDay(s.begin_ms, near) ? "" : `${pulse.longDate(s.begin_ms)}, `;
    const parts = [
      t(s.closed ? "figures.closed" : "figures.open"),
      t("figures.observed", { n: s.observed, of: s.expected }),
      pulse.missing(s),
    ];
    return [
      el("h2", {}, `${day}${pulse.time(s.begin_ms)} → ${pulse.time(s.end_ms)}`),
      el("div", { class: "small" }, parts.filter(Boolean).join(", ")),
    ];
  };

  const quiet = (view) => {
    if (view.figures.ongoing) return null;
    const text = view.seen_ms ? t("figures.quiet", { time: pulse.time(view.seen_ms) }) : t("figures.unknown");
    return el("p", { class: "quiet-note" }, text);
  };

  const ongoingWords = (view) => {
    if (view.seen_ms) return t("figures.ongoing_at", { time: pulse.time(view.seen_ms) });
    return view.awaited_ms ? t("figures.awaited", { n: view.figures.ongoing, time: pulse.time(view.awaited_ms) }) : t("figures.ongoing");
  };

  const draw = (view) => {
    const f = view.figures;
    pulse.write(
      "figures",
      el("div", { class: "figures-head" }, head(view)),
      quiet(view),
      el(
        "div",
        { class: "figure-row" },
        figure(f.ongoing, ongoingWords(view), t("figures.ongoing.why")),
        figure(f.stations, t("figures.stations", { n: f.stations })),
        figure(f.opened, t("figures.opened", { n: f.opened })),
        figure(f.over, t("figures.over", { n: f.over })),
        figure(f.ongoing - f.placed, t("figures.unplaced"), t("figures.unplaced.why")),
      ),
    );
    const count = document.getElementById("table-count");
    if (count) count.textContent = t("table.count", { n: f.window, ongoing: f.ongoing });
  };

  // The links name the window that is on screen, so a file never shows another one.
  const paintExport = (view) => {
    const query = new URLSearchParams(view.query);
    query.set("window", new Date(view.span.end_ms).toISOString().replace(".000Z", "Z"));
    for (const link of document.querySelectorAll("[data-export]"))
      link.href = `/export/${link.dataset.export}?${query}`;
  };

  pulse.paintLive = (selection) => {
    const button = document.getElementById("live");
    if (!button) return;
    const live = !selection.window;
    const recorded = pulse.source === "recorded" || pulse.source === "file";
    const word = recorded ? (live ? "live.end" : "live.to_end") : live ? "live.on" : "live.back";
    button.textContent = t(word);
    button.setAttribute("aria-pressed", live);
    document.body.classList.toggle("is-past", !live);
  };

  // No window is on the screen, and nothing beside the sentence speaks of one.
  const drawNothing = ({ error, offers }) => {
    const buttons = (offers || []).map(({ choice, label }) =>
      el("button", { type: "button", class: "button", "data-choice": choice }, label),
    );
    pulse.write("figures", el("p", { class: "quiet-note" }, error), ...buttons);
    pulse.write("table-count");
    for (const link of document.querySelectorAll("[data-export]")) link.href = `/export/${link.dataset.export}${window.location.search}`;
    pulse.view = null;
    pulse.map.refreshPopup();
    pulse.announce(error);
  };

  const paint = (view) => {
    pulse.paintSelection(pulse.selection(), view.counts || null);
    if (view.error) return drawNothing(view);
    draw(view);
    pulse.view = view;
    paintExport(view);
    announce(view);
    pulse.map.refreshPopup();
    pulse.table.watch();
  };

  pulse.figures = { paint, told: () => pulse.view && announce(pulse.view) };

  const announce = ({ span, figures }) => {
    if (pulse.playback.playing()) return; // at the end
    const ongoing = t("n.disruptions", { n: figures.ongoing });
    const stations = t("n.stations_hit", { n: figures.stations });
    pulse.announce(t("figures.told", { time: pulse.time(span.end_ms), ongoing, stations }));
  };
})();
