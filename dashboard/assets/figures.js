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

  const head = (view) => {
    const s = view.span;
    const near = Date.now();
    const day = pulse.sameDay(s.begin_ms, near) ? "" : `${pulse.longDate(s.begin_ms)}, `;
    const state = s.closed ? "fenêtre close" : "fenêtre en cours";
    const missing =
      s.observed < s.expected && s.closed ? `, ${s.expected - s.observed} relevés manquent` : "";
    return [
      el("h2", {}, `${day}${pulse.time(s.begin_ms)} → ${pulse.time(s.end_ms)}`),
      el("div", { class: "small" }, `${state}, ${s.observed} observations sur ${s.expected}${missing}`),
    ];
  };

  const quiet = (view) => {
    if (view.figures.ongoing) return null;
    if (!view.seen_ms)
      return el("p", { class: "quiet-note" }, "Aucune observation dans cette fenêtre : on ne sait pas.");
    return el(
      "p",
      { class: "quiet-note" },
      `Aucune perturbation publiée à ${pulse.time(view.seen_ms)} pour ce choix.`,
    );
  };

  const draw = (view) => {
    if (view.error) return pulse.write("figures", el("p", { class: "quiet-note" }, view.error));
    const f = view.figures;
    pulse.write(
      "figures",
      el("div", { class: "figures-head" }, head(view)),
      quiet(view),
      el(
        "div",
        { class: "figure-row" },
        figure(
          f.ongoing,
          view.seen_ms
            ? `en cours à ${pulse.time(view.seen_ms)}`
            : view.awaited_ms
              ? `publiées ; foyers à ${pulse.time(view.awaited_ms)}`
              : "en cours",
          "Perturbations en cours au dernier relevé observé de la fenêtre",
        ),
        figure(f.stations, "stations touchées"),
        figure(f.opened, "ouvertes dans la fenêtre"),
        figure(f.closed, "closes dans la fenêtre"),
        figure(
          f.ongoing - f.placed,
          "sans lieu",
          "Perturbations en cours dont aucun point n'a été trouvé : comptées, jamais dessinées",
        ),
      ),
    );
    const count = document.getElementById("table-count");
    if (count) count.textContent = `${f.window} actives dans la fenêtre`;
  };

  // The links name the window that is on screen, so a file never shows another one.
  const paintExport = (view) => {
    const query = new URLSearchParams(view.query);
    query.set("window", new Date(view.span.end_ms).toISOString().replace(".000Z", "Z"));
    for (const link of document.querySelectorAll("[data-export]"))
      link.href = `/export/${link.dataset.export}?${query}`;
  };

  const paintLive = (selection) => {
    const button = document.getElementById("live");
    if (!button) return;
    const live = !selection.window;
    const recorded = pulse.source === "recorded" || pulse.source === "file";
    button.textContent = recorded
      ? live
        ? "Dernière fenêtre"
        : "Aller à la fin"
      : live
        ? "En direct"
        : "Revenir au direct";
    button.setAttribute("aria-pressed", live);
    document.body.classList.toggle("is-past", !live);
  };

  const narrow = window.matchMedia("(max-width: 1100px)");

  window.dash_clientside.pulse_figures = {
    paint: (view, selection, stations) => {
      if (!selection) return window.dash_clientside.no_update;
      if (!view) document.getElementById("legend").open = !narrow.matches;
      pulse.paintChoices(selection, view && view.counts);
      paintLive(selection);
      if (!view) return window.dash_clientside.no_update;
      if (!view.error) {
        pulse.view = view;
        paintExport(view);
      }
      pulse.map.setStations(stations);
      draw(view);
      if (!view.error) {
        announce(view);
        legendSizes(view);
      }
      setTimeout(pulse.map.refreshPopup, 0);
      return view.query || "";
    },
  };

  const announce = ({ span, figures }) => {
    const ongoing = pulse.plural(figures.ongoing, "perturbation");
    const stations = pulse.plural(figures.stations, "station touchée", "stations touchées");
    pulse.announce(`${pulse.time(span.end_ms)} : ${ongoing} en cours, ${stations}`);
  };

  const legendSizes = ({ size, unit_px }) => {
    const known = size === "stations" ? [1, 5, 25, 100, 400] : [1, 5, 25, 100];
    const shown = known
      .map((value) => [value, unit_px * Math.sqrt(value)])
      .filter(([, radius]) => radius >= 5 && radius <= 26)
      .slice(-2);
    pulse.write(
      "legend-sizes",
      shown.map(([value, radius]) =>
        el(
          "span",
          { class: "legend-size" },
          el("i", { style: { width: `${2 * radius}px`, height: `${2 * radius}px` } }),
          String(value),
        ),
      ),
      el("span", { class: "legend-caption" }, size === "stations" ? "stations" : "perturbations"),
    );
  };
})();
