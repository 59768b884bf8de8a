// What the popups say. Published texts become text nodes: whatever they contain, it is shown, never run.
(() => {
  const { el } = pulse;

  const line = (id) =>
    pulse.badge(
      pulse.view.lines[id] || { name: id, mode: "other", colour: "#5b6774", text: "#fff", label: id },
    );

  const { t } = pulse;

  const period = (d) => {
    const near = pulse.view.span.end_ms;
    const end = d.end_ms ? t("popup.end", { end: pulse.moment(d.end_ms, near) }) : t("popup.no_end");
    return t("popup.since", { begin: pulse.moment(d.begin_ms, near), end });
  };

  const swatch = (colour) => el("span", { class: "swatch", style: { background: colour } });

  const place = (because) => {
    if (!because || !because.method) return null;
    const sure =
      because.confidence === null ? "" : t("popup.sure", { n: Math.round(because.confidence * 100) });
    const said = because.words ? t("popup.said", { words: because.words, rule: because.rule }) : "";
    const how = t(`method.${because.method}`) || because.method;
    return el("div", { class: "small" }, t("popup.place", { how, said, sure }));
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
        pulse.severity(d.severity),
        d.state === "ongoing" ? null : el("span", { class: "tag" }, t(`state.${d.state}`)),
      ),
      el("h4", {}, d.title || t("popup.untitled")),
      el("p", { class: "popup-text" }, untitled(d)),
      el("div", { class: "small" }, period(d)),
      el(
        "div",
        { class: "small" },
        swatch(d.colour),
        ` ${t("popup.polarity", { value: pulse.polarity(d.polarity), extent: pulse.extent(d.extent) })}`,
      ),
      because
        ? place(because)
        : d.unplaced
          ? el("div", { class: "small" }, t("popup.unplaced", { why: t(`reason.${d.unplaced}`) || d.unplaced }))
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
    return more > 0 ? [...shown, el("p", { class: "small" }, t("and_more", { n: more }))] : shown;
  };

  // What most of a cluster holds in this window: its line and its cause.
  const about = (c) => {
    const of_line = c.line === "*" ? t("cluster.lines") : c.line ? line(c.line) : null;
    const cause = c.cause === "*" ? t("cluster.causes") : c.cause ? t(`cause.${c.cause}`) : null;
    if (!of_line && !cause) return null;
    return el("div", { class: "popup-lines" }, of_line, cause ? el("span", {}, cause) : null);
  };

  const trend = (c) => {
    if (!c.trend) return null;
    const words = t("trend.from", { trend: t(`trend.${c.trend}`) });
    return el("p", { class: "small" }, `${pulse.TRENDS[c.trend]} ${words}`);
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
        el("h3", {}, t("cluster.name", { name: [c.letter, c.name].filter(Boolean).join(" · ") })),
        about(c),
        el(
          "p",
          { class: "small" },
          t("popup.cluster", {
            disruptions: t("n.disruptions", { n: c.disruptions }),
            stations: t("n.stations", { n: c.stations }),
            opened: c.opened,
            over: c.over,
          }),
        ),
        trend(c),
        el(
          "p",
          { class: "small" },
          swatch(c.colour),
          ` ${t("popup.width", { value: pulse.polarity(c.polarity), width: pulse.number(c.width_km) })}`,
        ),
        cards(c.ids.map((id) => [id, null])),
      );
    },
    gone: () =>
      el(
        "div",
        { class: "popup" },
        el("p", {}, t("popup.gone", { time: pulse.time(pulse.view.seen_ms || pulse.view.span.end_ms) })),
      ),
    // The disruptions that a popup is about.
    ids: (kind, key) => {
      if (!pulse.view) return [];
      if (kind === "disruption") return [key];
      if (kind === "cluster") return (pulse.view.clusters[key] || { ids: [] }).ids;
      const feature = pulse.map.stations.get(key);
      return feature ? feature.properties.because.map((item) => item.id) : [];
    },
  };
})();
