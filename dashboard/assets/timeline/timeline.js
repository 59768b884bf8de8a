// The timeline is read, clicked, dragged and walked through with the arrows; `chart.js` draws it.
(() => {
  const { t } = pulse;
  const chart = pulse.chart;
  let drawn = null; // what is on the screen: the chart, its data, the selection

  const words = (data, w) => {
    const begin = w[0] - data.width_ms;
    const range = `${pulse.date(w[0])}, ${pulse.time(begin)} → ${pulse.time(w[0])}`;
    if (!w[2]) return t("pair", { name: range, value: t("timeline.none") });
    // The height of a bar is a mean of weights, so the words count its parts.
    const what =
      data.stack === "line"
        ? t("n.lines_hit", { n: w[4].filter((bar) => bar[0] < data.series.length).length })
        : t("timeline.in_clusters", { n: w[4].length });
    const parts = [
      what,
      w[6] && data.stack !== "line" ? t("timeline.largest", { name: w[6] }) : null,
      w[5] === null ? null : `${t("timeline.polarity")} ${pulse.polarity(w[5])}`,
      w[3] && w[2] < w[1] ? t("figures.observed", { n: w[2], of: w[1] }) : null,
      w[3] ? null : t("timeline.open"),
    ];
    return t("pair", { name: range, value: parts.filter(Boolean).join(", ") });
  };

  // The largest parts of one window by name: what the bars of lines stand for.
  const legend = (data, w) =>
    data.stack !== "line" || !w
      ? []
      : [...w[4]]
          .filter((bar) => bar[0] < data.series.length)
          .sort((a, b) => b[1] - a[1])
          .slice(0, 5)
          .map((bar) => data.series[bar[0]]);

  // The place among the drawn windows of the one on the map: itself, or the nearest where a long range leaves it out; -1
  // where none is drawn.
  const chosenIndex = ({ windows }, selection) => {
    const end = selection && selection.window ? Date.parse(selection.window) : NaN;
    if (Number.isNaN(end)) return windows.length - 1;
    const away = (i) => Math.abs(windows[i][0] - end);
    return windows.reduce((nearest, _, i) => (nearest < 0 || away(i) < away(nearest) ? i : nearest), -1);
  };
  const endOf = (data, i) => (i < 0 ? null : data.windows[i][0]);

  const draw = (data) => {
    const selection = pulse.selection();
    const host = document.getElementById("timeline");
    if (!host) return;
    if (!data) return host.replaceChildren();
    const same = drawn && drawn.data === data && drawn.host === host && drawn.width === host.clientWidth;
    if (!same) {
      drawn = { ...chart.draw(host, data), host, width: host.clientWidth };
      pulse.selection.dressAll(host, "[data-cluster-part]");
    }
    drawn.selection = selection;
    const at = chosenIndex(data, selection);
    chart.mark(drawn, endOf(data, at));
    host.setAttribute("aria-valuemax", Math.max(0, data.windows.length - 1));
    host.setAttribute("aria-valuenow", Math.max(0, at));
    host.setAttribute("aria-valuetext", hint());
    const title = document.getElementById("timeline-title");
    if (title) title.textContent = t(data.stack === "line" ? "timeline.title.line" : "timeline.title");
  };

  const indexAt = (clientX) => {
    const box = document.getElementById("timeline").getBoundingClientRect();
    const px = clientX - box.left;
    const { data, x } = drawn;
    return data.windows.findIndex((w) => px >= x(w[0] - data.step_ms) && px < x(w[0]));
  };

  const hint = () => {
    const w = chosenWindow();
    return w ? words(drawn.data, w) : "";
  };

  const say = (w, text) => {
    const node = document.getElementById("timeline-hint");
    if (!node || node.dataset.said === text) return;
    node.dataset.said = text;
    const parts = drawn ? legend(drawn.data, w) : [];
    node.replaceChildren(text, ...parts.flatMap((line) => [" ", pulse.badge(line)]));
  };

  // Every cluster of one bar by name, as it was called then, and how many disruptions it had; the top of the bar first.
  const nameAt = ({ names, label }, ms) => [...(names || [])].reverse().find(([from]) => from <= ms)?.[1] || label;
  const tipRow = (cluster, ms, n) => {
    const text = nameAt(cluster, ms) || t("cluster.new");
    const [mark, name] = [pulse.clusterMark(cluster), pulse.el("span", {}, text)];
    return pulse.el("div", { class: "tip-row", "data-tip": cluster.id }, mark, name, pulse.el("b", {}, pulse.number(n)));
  };
  let tipped = -1; // the window that it is of
  const tip = (i) => {
    const host = document.getElementById("timeline-tip");
    const { data, x } = drawn || {};
    const w = data && data.stack !== "line" && data.windows[i];
    if (tipped === (w ? i : -1)) return;
    tipped = w ? i : -1;
    if (!w || !w[4].length) return host.replaceChildren();
    const rows = w[4].map(([position], part) => tipRow(data.series[position], w[0], data.counts[i][part])).reverse();
    const head = pulse.el("h3", {}, `${pulse.time(w[0] - data.width_ms)} → ${pulse.time(w[0])} · ${t("clusters.count", { n: rows.length })}`);
    host.replaceChildren(head, ...rows);
    const [at, wide] = [x(w[0]), host.offsetWidth];
    host.style.left = `${Math.max(0, Math.min(at + 10, host.parentElement.clientWidth - wide - 10))}px`;
    markTip();
  };
  const markTip = () => {
    const key = pulse.selection.pointed();
    for (const row of document.querySelectorAll("[data-tip]")) row.classList.toggle("is-dimmed", Boolean(key) && row.dataset.tip !== key);
  };
  window.addEventListener("pulse:selection", markTip);

  const chosenWindow = () => {
    if (!drawn) return null;
    return drawn.data.windows[chosenIndex(drawn.data, drawn.selection)] || null;
  };
  const rest = () => {
    tip(-1);
    say(chosenWindow(), hint());
  };

  const chooseIndex = (i, within) => {
    const { windows } = drawn.data;
    if (i < 0 || i >= windows.length) return;
    const newest = i === windows.length - 1 && !windows[i][3];
    pulse.choose("window", newest ? "" : new Date(windows[i][0]).toISOString().replace(".000Z", "Z"), within);
  };

  // The alert whose mark is under the pointer.
  const MARK_PX = 6; // to each side of it
  const markAt = ({ clientX, clientY }) => {
    const box = document.getElementById("timeline").getBoundingClientRect();
    if (clientY - box.top > chart.MARKS_PX) return null;
    const away = ([ms]) => Math.abs(clientX - box.left - drawn.x(ms));
    const near = drawn.data.marks.filter((mark) => away(mark) <= MARK_PX);
    return near.sort((a, b) => away(a) - away(b))[0] || null;
  };
  // Its page, for its line and at the window in which it was raised: one step of the history.
  const openAlert = ([ms, line]) => {
    const { windows } = drawn.data;
    pulse.goto("/alerts");
    pulse.choose("lines", line, true);
    chooseIndex(windows.findIndex((w) => w[0] >= ms), true);
  };

  // A click chooses; a drag goes through the windows, a few a second.
  const DRAG_EVERY_MS = 150;
  let dragged = 0; // when a drag last chose; 0: nobody drags
  document.addEventListener("pointerdown", (event) => {
    if (!drawn || event.button || !event.target.closest("#timeline")) return;
    const mark = markAt(event);
    if (mark) return openAlert(mark);
    dragged = performance.now();
    const before = pulse.selection().window;
    chooseIndex(indexAt(event.clientX));
    pressed = { x: event.clientX, isStep: pulse.selection().window !== before };
  });
  // A click on a part chooses its cluster with the window: one step of the history.
  const CLICK_PX = 3; // a press that moves further is a drag
  let pressed = null;
  document.addEventListener("click", (event) => {
    const part = event.target.closest("[data-cluster-part]");
    if (!part || !pressed || Math.abs(event.clientX - pressed.x) > CLICK_PX) return;
    pulse.selection.select(part.dataset.clusterPart, pressed.isStep);
  });
  document.addEventListener("pointerup", (event) => {
    if (dragged && drawn && event.target.closest && event.target.closest("#timeline")) chooseIndex(indexAt(event.clientX), true);
    dragged = 0;
  });
  document.addEventListener("pointercancel", () => (dragged = 0));
  document.addEventListener("pointermove", (event) => {
    if (!drawn || !event.target.closest) return;
    if (!event.target.closest("#timeline")) return rest();
    const mark = markAt(event);
    const i = indexAt(event.clientX);
    const w = drawn.data.windows[i];
    tip(mark ? -1 : i);
    say(mark ? null : w, mark ? chart.alertWords(mark) : w ? words(drawn.data, w) : t("timeline.none"));
    if (dragged && performance.now() - dragged > DRAG_EVERY_MS) {
      dragged = performance.now();
      chooseIndex(indexAt(event.clientX), true); // one step of the history for the whole drag
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!drawn || !event.target.closest || !event.target.closest("#timeline")) return;
    const i = chosenIndex(drawn.data, drawn.selection);
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12 }[event.key];
    if (step) {
      event.preventDefault();
      chooseIndex(Math.min(Math.max(0, i + step), drawn.data.windows.length - 1), event.repeat);
    }
    if (event.key === "End") {
      event.preventDefault();
      pulse.choose("window", "");
    }
  });
  pulse.timeline = {
    // The windows of the range and which one is on screen, for what plays them.
    state: () => (drawn ? { windows: drawn.data.windows, at: chosenIndex(drawn.data, drawn.selection) } : null),
    choose: chooseIndex,
    data: () => drawn && drawn.data,
    has: (cluster) => Boolean(drawn) && drawn.data.series.some(({ id }) => id === cluster),
    paint: (data) => {
      draw(data);
      tipped = -2; // of another chart
      rest();
    },
  };
  window.addEventListener("resize", () => {
    if (drawn) draw(drawn.data);
  });
  window.addEventListener("pulse:choice", () => {
    if (!drawn) return;
    draw(drawn.data);
    rest();
  });
})();
