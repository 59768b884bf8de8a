// The list of the clusters of the window. A row is drawn anew only where it says something else, and keeps the focus.
(() => {
  const { el, t } = pulse;
  const ORDER = "pulse.clusters.order";
  const BY = {
    size: () => 0, // as they come
    growth: (a, b) => (b.growth ?? -Infinity) - (a.growth ?? -Infinity) || 0,
    severity: (a, b) => a.rank - b.rank,
  };
  const rows = new Map(); // id of the cluster -> {item, button, said}
  let found = { clusters: [], unplaced: 0, observed: null };
  let order = "size";

  // The sizes as an area under a line, a gap where nothing was observed.
  const [WIDTH, HEIGHT] = [64, 22];
  const spark = (sizes) => {
    const top = Math.max(2, ...sizes);
    const point = (size, i) => [(2 + ((WIDTH - 5) * i) / (sizes.length - 1)).toFixed(1), (HEIGHT - 2 - ((HEIGHT - 5) * size) / top).toFixed(1)];
    const pieces = sizes.reduce((list, size, i) => {
      if (size === null) return [...list, []];
      list[list.length - 1].push(point(size, i));
      return list;
    }, [[]]).filter((piece) => piece.length);
    const lines = pieces.map((piece) => `M${piece.map((at) => at.join(" ")).join("L")}`);
    const areas = pieces.map((piece, i) => `${lines[i]}V${HEIGHT - 2}H${piece[0][0]}z`);
    const [x, y] = sizes[sizes.length - 1] === null ? [] : point(sizes[sizes.length - 1], sizes.length - 1);
    return pulse.svg(
      "svg",
      { class: "size-spark", width: WIDTH, height: HEIGHT, "aria-hidden": "true" },
      pulse.svg("path", { class: "area", d: areas.join("") }),
      pulse.svg("path", { class: "line", d: lines.join("") }),
      ...(x === undefined ? [] : [pulse.svg("circle", { cx: x, cy: y, r: 2 })]),
    );
  };

  const hidden = (text) => el("span", { class: "visually-hidden" }, text);
  // A number with its word for those who hear it.
  const counted = (n, key) => {
    const words = t(key, { n });
    return [pulse.number(n), hidden(words.slice(pulse.number(n).length))];
  };

  const arrow = ({ trend }) =>
    trend
      ? el("span", { class: `cluster-trend is-${trend}`, title: t("trend.from", { trend: t(`trend.${trend}`) }) },
          el("span", { "aria-hidden": "true" }, pulse.TRENDS[trend]), hidden(t(`trend.${trend}`)))
      : el("span", { class: "cluster-trend" });

  const gravest = ({ severity }) =>
    el("span", { class: `severity mark-only ${severity}`, title: t(`severity.${severity}`) },
      el("span", { class: `severity-icon ${severity}`, "aria-hidden": "true" }), hidden(t(`severity.${severity}`)));

  const lines = ({ lines: badges, more_lines: more }) =>
    el("span", { class: "cluster-lines" },
      ...badges.map(pulse.badge),
      more.length ? el("span", { class: "more", title: more.join(", ") }, `+${more.length}`) : null);

  const cause = (c) => (c.cause === "*" ? t("cluster.causes") : c.cause ? t(`cause.${c.cause}`) : "");

  const draw = (c, [begin, end]) => [
    pulse.clusterMark(c),
    el("span", { class: "cluster-place" }, c.name),
    el("span", { class: "cluster-about" }, gravest(c), lines(c), el("span", { class: "cluster-cause" }, cause(c))),
    el("span", { class: "cluster-sizes", title: t("clusters.sizes", { begin: pulse.time(begin), end: pulse.time(end) }) }, spark(c.sizes)),
    el("b", { class: "cluster-size" }, counted(c.disruptions, "n.disruptions")),
    arrow(c),
    el("span", { class: "cluster-stations" }, t("n.stations", { n: c.stations })),
  ];

  const rowOf = (c) => {
    if (!rows.has(c.key)) {
      const button = el("button", { type: "button", "data-cluster-row": c.key, "aria-pressed": "false" });
      rows.set(c.key, { item: el("li", {}, button), button, said: "" });
    }
    const row = rows.get(c.key);
    const said = JSON.stringify([c, found.sizes_ms]);
    if (row.said !== said) {
      row.said = said;
      row.button.className = `cluster-row ${pulse.hueClass(c)}`;
      row.button.replaceChildren(...draw(c, found.sizes_ms));
    }
    pulse.selection.dress(row.button);
    return row.item;
  };

  // What stands beside the rows of clusters, made anew only where it says something else.
  const others = new Map(); // what it is -> {item, said}
  const other = (what, said, make) => {
    if (others.get(what)?.said !== said) others.set(what, { said, item: make() });
    return others.get(what).item;
  };
  const note = (text, ...more) => other("note", text, () => el("li", { class: "cluster-note" }, text, ...more));

  // The chosen cluster where the window does not have it: it stays in the address, so that stepping on brings it back.
  const absent = () => {
    const key = pulse.selection.selected();
    if (!key || found.observed === null || found.clusters.some((c) => c.key === key)) return [];
    const known = (pulse.timeline.data()?.series || []).find(({ id }) => id === key);
    const name = known && [known.letter, known.label].filter(Boolean).join(" · ");
    const forget = el("button", { type: "button", class: "button quiet", "data-choice": "cluster:", "aria-label": t("clusters.forget") }, "×");
    return [note(name ? t("clusters.absent.name", { name }) : t("clusters.absent"), forget)];
  };

  const nobody = () => {
    if (found.clusters.length || found.observed === null) return [];
    const text = t(found.observed ? "clusters.none" : "clusters.unknown");
    return [other("nobody", text, () => el("li", { class: "cluster-note" }, text))];
  };

  const nowhere = () =>
    el("li", { class: "cluster-row is-nowhere" },
      el("span", { class: "cluster-mark", "aria-hidden": "true" }, "–"),
      el("span", { class: "cluster-place" }, t("clusters.nowhere")),
      el("span", { class: "cluster-about" }, el("span", { class: "cluster-cause" }, t("clusters.nowhere.why"))),
      el("b", { class: "cluster-size" }, counted(found.unplaced, "n.disruptions")));
  const unplaced = () => (found.unplaced ? [other("nowhere", found.unplaced, nowhere)] : []);

  const place = () => {
    const host = document.getElementById("cluster-list");
    if (!host) return;
    const held = host.contains(document.activeElement) ? document.activeElement : null;
    const items = [...found.clusters].sort(BY[order]).map(rowOf);
    const wanted = [...absent(), ...nobody(), ...items, ...unplaced()];
    for (const item of [...host.children]) if (!wanted.includes(item)) item.remove();
    wanted.forEach((item, i) => host.children[i] === item || host.insertBefore(item, host.children[i] || null));
    if (held && held.isConnected && held !== document.activeElement) held.focus({ preventScroll: true });
  };

  const paint = (said) => {
    found = said;
    const kept = new Set(found.clusters.map(({ key }) => key));
    for (const key of rows.keys()) if (!kept.has(key)) rows.delete(key);
    const n = found.clusters.length;
    const title = document.getElementById("cluster-count");
    if (title) title.textContent = n ? t("clusters.count", { n }) : t("clusters.title");
    place();
  };

  const paintOrder = () => {
    for (const button of document.querySelectorAll("[data-choice^='order-of-clusters:']"))
      button.setAttribute("aria-pressed", button.dataset.choice === `order-of-clusters:${order}`);
  };
  const remembered = () => {
    try {
      return window.localStorage.getItem(ORDER);
    } catch (error) {
      return null; // a browser that keeps nothing
    }
  };
  pulse.onChoice("order-of-clusters", (name) => {
    order = name;
    try {
      window.localStorage.setItem(ORDER, name);
    } catch (error) {
      console.info("the order is not remembered", error);
    }
    paintOrder();
    place();
  });
  window.addEventListener("pulse:layout", () => {
    order = remembered() in BY ? remembered() : "size";
    paintOrder();
  });
  let known = null; // the chosen cluster that the list was placed for
  window.addEventListener("pulse:selection", ({ detail }) => {
    if (detail.selected === known) return;
    known = detail.selected;
    place();
  });

  pulse.clusterList = { paint };
})();
