// What the popups say. Published texts become text nodes: whatever they contain, it is shown, never run.
(() => {
  const { el } = pulse;

  const line = (id) =>
    pulse.badge(
      pulse.view.lines[id] || { name: id, mode: "other", colour: "#5b6774", text: "#fff", label: id },
    );

  const period = (d) => {
    const near = pulse.view.span.end_ms;
    const end = d.end_ms ? `fin prévue ${pulse.moment(d.end_ms, near)}` : "fin non annoncée";
    return `depuis ${pulse.moment(d.begin_ms, near)} · ${end}`;
  };

  const swatch = (colour) => el("span", { class: "swatch", style: { background: colour } });

  const METHODS = {
    stop_id: "arrêt désigné par PRIM",
    stop_name: "nom d'arrêt de PRIM",
    section: "entre deux stations nommées",
    name_on_line: "station nommée dans le texte",
    name_fuzzy: "nom approché dans le texte",
    section_estimated: "tronçon de bus estimé",
  };
  const place = (because) => {
    if (!because || !because.method) return null;
    const sure = because.confidence === null ? "" : `, confiance ${Math.round(because.confidence * 100)} %`;
    const said = because.words ? ` : « ${because.words} » (${because.rule})` : "";
    return el("div", { class: "small" }, `Lieu : ${METHODS[because.method] || because.method}${said}${sure}`);
  };

  const card = (id, because) => {
    const d = pulse.view.disruptions[id];
    if (!d) return null;
    return el(
      "article",
      { class: "popup-card" },
      el(
        "div",
        { class: "popup-lines" },
        (because ? because.lines : d.lines).map(line),
        el("span", { class: `severity ${d.severity}` }, pulse.severities[d.severity] || d.severity),
        d.state === "over"
          ? el("span", { class: "tag" }, "terminée")
          : d.state === "new"
            ? el("span", { class: "tag" }, "nouvelle")
            : null,
      ),
      el("h4", {}, d.title || "(sans titre)"),
      el("p", { class: "popup-text" }, untitled(d)),
      el("div", { class: "small" }, period(d)),
      el(
        "div",
        { class: "small" },
        swatch(d.colour),
        ` polarité ${pulse.polarity(d.polarity)} · ${pulse.plural(d.stations, "station")}`,
      ),
      because
        ? place(because)
        : d.unplaced
          ? el("div", { class: "small" }, `Sans lieu : ${d.unplaced}`)
          : null,
    );
  };

  // Many texts begin with their own title.
  const untitled = ({ title, text }) =>
    title && text.startsWith(title) ? text.slice(title.length).trimStart() : text;

  const cards = (items) => {
    const shown = items
      .slice(0, 12)
      .map(([id, because]) => card(id, because))
      .filter(Boolean);
    const more = items.length - shown.length;
    return more > 0 ? [...shown, el("p", { class: "small" }, `et ${more} autres, dans le tableau`)] : shown;
  };

  pulse.popups = {
    station: (zda) => {
      const feature = pulse.map.stations.get(zda);
      if (!pulse.view || !feature) return null;
      const { name, zone, because } = feature.properties;
      const where = zone && !zone.startsWith(name) ? el("div", { class: "small" }, zone) : null;
      return el("div", { class: "popup" }, el("h3", {}, name), where, cards(because.map((item) => [item.id, item])));
    },
    disruption: (id) =>
      pulse.view && pulse.view.disruptions[id] ? el("div", { class: "popup" }, card(id)) : null,
    cluster: (key) => {
      const c = pulse.view && pulse.view.clusters[key];
      if (!c) return null;
      return el(
        "div",
        { class: "popup" },
        el("h3", {}, `Foyer ${c.name}`),
        el(
          "p",
          { class: "small" },
          `${pulse.plural(c.disruptions, "perturbation")} et ${pulse.plural(c.stations, "station")} ` +
            `en moyenne sur la fenêtre, ${pulse.number(c.opened)} ouvertes, ${pulse.number(c.closed)} closes`,
        ),
        el(
          "p",
          { class: "small" },
          swatch(c.colour),
          ` polarité ${pulse.polarity(c.polarity)} · largeur ${pulse.number(c.width_km)} km`,
        ),
        cards(c.ids.map((id) => [id, null])),
      );
    },
    gone: () =>
      el(
        "div",
        { class: "popup" },
        el("p", {}, `Plus touché au relevé de ${pulse.time(pulse.view.seen_ms || pulse.view.span.end_ms)}.`),
      ),
  };
})();
