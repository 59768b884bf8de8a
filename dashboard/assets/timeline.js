// The timeline as SVG: stacked bars, one a window; gaps hatched; the open window outlined; a click chooses.
(() => {
  const HEIGHT = 126,
    LEFT = 34,
    RIGHT = 8,
    TOP = 10,
    BOTTOM = 30, // axis labels, and above them the strip of polarity
    STRIP = 6;
  const HOUR_MS = 3600000;
  let drawn = null;

  const niceMax = (value) => {
    const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
    return [1, 2, 3, 4, 5, 6, 8, 10].map((m) => m * power).find((m) => m >= value) || 10 * power;
  };

  const parisHour = new Intl.DateTimeFormat("fr-FR", {
    timeZone: "Europe/Paris",
    hour: "numeric",
    hourCycle: "h23",
  });

  // [ms, label] of the hours (or days) that fit the width, on the clock of Paris.
  const hours = (data, width) => {
    const fitting = Math.max(2, width / 72);
    const every_h =
      [1, 2, 3, 6, 12, 24, 48, 120].find((h) => (data.until_ms - data.after_ms) / HOUR_MS / h <= fitting) ||
      240;
    const marks = [];
    for (let at = Math.ceil(data.after_ms / HOUR_MS) * HOUR_MS; at <= data.until_ms; at += HOUR_MS) {
      const hour = parseInt(parisHour.format(at), 10);
      const day = Math.floor(at / (24 * HOUR_MS));
      const shown = every_h < 24 ? hour % every_h === 0 : hour === 0 && day % (every_h / 24) === 0;
      if (shown) marks.push([at, hour === 0 ? pulse.date(at) : pulse.time(at)]);
    }
    return marks;
  };

  const hatch = () =>
    pulse.svg(
      "defs",
      {},
      pulse.svg(
        "pattern",
        { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        pulse.svg("rect", { width: 6, height: 6, class: "hatch-ground" }),
        pulse.svg("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch-line" }),
      ),
    );

  const total = (w) => w[4].reduce((sum, bar) => sum + bar[1], 0);

  const { t } = pulse;

  const words = (data, w) => {
    const begin = w[0] - data.width_ms;
    const range = `${pulse.date(w[0])}, ${pulse.time(begin)} → ${pulse.time(w[0])}`;
    if (!w[2]) return `${range} : ${t("timeline.none")}`;
    const unit = data.size === "stations" ? "n.station" : "n.disruption";
    const what =
      data.stack === "line"
        ? pulse.count(w[4].filter((bar) => bar[0] < data.series.length).length, "n.line_hit", "n.lines_hit")
        : t("timeline.in_clusters", { what: pulse.count(total(w), unit), n: w[4].length });
    const parts = [
      what,
      w[6] && data.stack !== "line" ? t("timeline.largest", { name: w[6] }) : null,
      w[5] === null ? null : `${t("timeline.polarity")} ${pulse.polarity(w[5])}`,
      w[3] && w[2] < w[1] ? t("timeline.partial", { n: w[2], of: w[1] }) : null,
      w[3] ? null : t("timeline.open"),
    ];
    return `${range} : ${parts.filter(Boolean).join(", ")}`;
  };

  // The largest parts of one window by name: what the bars of lines stand for.
  const legend = (data, w) =>
    data.stack !== "line" || !w
      ? []
      : [...w[4]]
          .filter((bar) => bar[0] < data.series.length)
          .sort((a, b) => b[1] - a[1])
          .slice(0, 5)
          .map((bar) => [data.series[bar[0]], bar[1]]);

  const draw = (data, selection) => {
    const host = document.getElementById("timeline");
    if (!host) return;
    if (!data) return host.replaceChildren();
    const width = Math.max(host.clientWidth, 280);
    const inner = width - LEFT - RIGHT,
      x = (ms) => LEFT + (inner * (ms - data.after_ms)) / (data.until_ms - data.after_ms);
    const top = niceMax(Math.max(1, ...data.windows.map(total))),
      y = (value) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * value) / top;
    const bar = Math.max(1, x(data.after_ms + data.step_ms) - LEFT);
    const svg = pulse.svg(
      "svg",
      { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" },
      hatch(),
    );
    for (const value of [0, top / 2, top]) {
      svg.append(
        pulse.svg("line", {
          x1: LEFT,
          x2: width - RIGHT,
          y1: y(value),
          y2: y(value),
          class: value ? "grid" : "axis",
        }),
      );
      const label = pulse.svg("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" });
      label.textContent = pulse.number(value);
      svg.append(label);
    }
    for (const [at, text] of hours(data, width)) {
      svg.append(
        pulse.svg("line", {
          x1: x(at),
          x2: x(at),
          y1: HEIGHT - BOTTOM,
          y2: HEIGHT - BOTTOM + 4,
          class: "axis",
        }),
      );
      const label = pulse.svg("text", {
        x: x(at),
        y: HEIGHT - 5,
        "text-anchor": x(at) > width - 30 ? "end" : x(at) < LEFT + 16 ? "start" : "middle",
      });
      label.textContent = text;
      svg.append(label);
    }
    drawGaps(svg, data, x, y, top);
    for (const w of data.windows) drawWindow(svg, data, w, x, y, bar);
    drawPolarity(svg, data, x, y(0) + 3, bar);
    drawMarks(svg, data, x);
    markChosen(svg, data, selection, x, bar);
    host.replaceChildren(svg);
    drawn = { data, x, width, selection };
    const chosen = data.windows.findIndex((w) => w[0] === chosenEnd(data, selection));
    host.setAttribute("aria-valuemax", Math.max(0, data.windows.length - 1));
    host.setAttribute("aria-valuenow", Math.max(0, chosen));
    host.setAttribute("aria-valuetext", hint());
    const title = document.getElementById("timeline-title");
    if (title) title.textContent = t(data.stack === "line" ? "timeline.title.line" : "timeline.title");
  };

  // Time without a window, or with windows that nobody observed.
  const drawGaps = (svg, data, x, y, top) => {
    const rect = (from, to) =>
      svg.append(
        pulse.svg("rect", {
          x: x(from),
          y: y(top),
          width: Math.max(0, x(to) - x(from)),
          height: y(0) - y(top),
          class: "gap",
        }),
      );
    let until = data.after_ms;
    for (const w of data.windows) {
      if (w[0] - data.step_ms > until) rect(until, w[0] - data.step_ms);
      if (!w[2]) rect(w[0] - data.step_ms, w[0]);
      until = Math.max(until, w[0]);
    }
    if (until < data.until_ms) rect(until, data.until_ms);
  };

  const drawWindow = (svg, data, w, x, y, bar) => {
    let sum = 0;
    const left = x(w[0]) - bar,
      gap = bar > 3 ? 0.6 : 0;
    const partial = w[3] && w[2] < w[1];
    for (const [, size, colour] of w[4]) {
      svg.append(
        pulse.svg("rect", {
          x: left + gap / 2,
          width: bar - gap,
          y: y(sum + size),
          height: Math.max(0.5, y(sum) - y(sum + size) - (y(sum) - y(sum + size) > 7 ? 0.6 : 0)),
          fill: colour,
          opacity: w[3] ? (partial ? 0.55 : 1) : 0.6,
        }),
      );
      sum += size;
    }
    if (partial && w[2])
      svg.append(pulse.svg("rect", { x: left, width: bar, y: y(0), height: 3, class: "gap" }));
    if (!w[3])
      svg.append(
        pulse.svg("rect", {
          x: left,
          width: bar,
          y: y(sum) - 1,
          height: y(0) - y(sum) + 1,
          class: "open-window",
        }),
      );
  };

  const drawPolarity = (svg, data, x, top, bar) => {
    for (const w of data.windows) {
      if (w[5] === null || !w[2]) continue;
      const fill = pulse.polarityColour(w[5]);
      svg.append(pulse.svg("rect", { x: x(w[0]) - bar, width: bar + 0.3, y: top, height: STRIP, fill }));
    }
  };

  // Alerts: [moment, line].
  const drawMarks = (svg, data, x) => {
    for (const [ms, line] of data.marks || []) {
      const mark = pulse.svg("path", { d: `M${x(ms)} ${TOP + 2}l4.5 -8h-9z`, class: "mark" });
      const title = pulse.svg("title", {});
      title.textContent = `${pulse.time(ms)} ${t("timeline.alert", { line })}`;
      mark.append(title);
      svg.append(mark);
    }
  };

  const chosenEnd = (data, selection) =>
    selection && selection.window
      ? Date.parse(selection.window)
      : data.windows.length
        ? data.windows[data.windows.length - 1][0]
        : null;

  const markChosen = (svg, data, selection, x, bar) => {
    const end = chosenEnd(data, selection);
    if (end === null) return;
    const begin = Math.max(end - data.width_ms, data.after_ms);
    svg.append(
      pulse.svg("rect", {
        x: x(begin),
        width: Math.max(2, x(end) - x(begin)),
        y: TOP - 4,
        height: HEIGHT - TOP - BOTTOM + 4,
        class: "chosen-span",
      }),
    );
    svg.append(
      pulse.svg("rect", {
        x: x(end) - bar - 1,
        width: bar + 2,
        y: TOP - 4,
        height: HEIGHT - TOP - BOTTOM + 4,
        class: "chosen",
      }),
    );
  };

  const indexAt = (clientX) => {
    const box = document.getElementById("timeline").getBoundingClientRect();
    const px = clientX - box.left;
    const { data, x } = drawn;
    return data.windows.findIndex((w) => px >= x(w[0] - data.step_ms) && px < x(w[0]));
  };

  const hint = () => {
    if (!drawn || !drawn.data.windows.length) return "";
    const end = chosenEnd(drawn.data, drawn.selection);
    const w = drawn.data.windows.find((item) => item[0] === end);
    return w ? words(drawn.data, w) : "";
  };

  const say = (w, text) => {
    const node = document.getElementById("timeline-hint");
    if (!node || node.dataset.said === text) return;
    node.dataset.said = text;
    const parts = drawn ? legend(drawn.data, w) : [];
    node.replaceChildren(text, ...parts.map(([line, n]) => [" ", pulse.badge(line), ` ${pulse.number(n)}`]).flat());
  };
  const chosenWindow = () => {
    if (!drawn) return null;
    const end = chosenEnd(drawn.data, drawn.selection);
    return drawn.data.windows.find((w) => w[0] === end) || null;
  };
  const rest = () => say(chosenWindow(), hint());

  const chooseIndex = (i) => {
    const { windows } = drawn.data;
    if (i < 0 || i >= windows.length) return;
    const newest = i === windows.length - 1 && !windows[i][3];
    pulse.choose("window", newest ? "" : new Date(windows[i][0]).toISOString().replace(".000Z", "Z"));
  };

  // A click chooses; a drag goes through the windows, a few a second.
  const DRAG_EVERY_MS = 150;
  let dragged = 0; // when a drag last chose; 0: nobody drags
  document.addEventListener("pointerdown", (event) => {
    if (!drawn || event.button || !event.target.closest("#timeline")) return;
    dragged = performance.now();
    chooseIndex(indexAt(event.clientX));
  });
  document.addEventListener("pointerup", (event) => {
    if (dragged && drawn && event.target.closest && event.target.closest("#timeline")) chooseIndex(indexAt(event.clientX));
    dragged = 0;
  });
  document.addEventListener("pointercancel", () => (dragged = 0));
  document.addEventListener("pointermove", (event) => {
    if (!drawn || !event.target.closest) return;
    if (!event.target.closest("#timeline")) return rest();
    const w = drawn.data.windows[indexAt(event.clientX)];
    say(w, w ? words(drawn.data, w) : t("timeline.none"));
    if (dragged && performance.now() - dragged > DRAG_EVERY_MS) {
      dragged = performance.now();
      chooseIndex(indexAt(event.clientX));
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!drawn || !event.target.closest || !event.target.closest("#timeline")) return;
    const end = chosenEnd(drawn.data, drawn.selection),
      i = drawn.data.windows.findIndex((w) => w[0] === end);
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12 }[event.key];
    if (step) {
      event.preventDefault();
      chooseIndex(Math.min(Math.max(0, i + step), drawn.data.windows.length - 1));
    }
    if (event.key === "End") {
      event.preventDefault();
      pulse.choose("window", "");
    }
  });
  pulse.timeline = {
    // The windows of the range and which one is on screen, for what plays them.
    state: () => (drawn ? { windows: drawn.data.windows, at: drawn.data.windows.indexOf(chosenWindow()) } : null),
    choose: chooseIndex,
    data: () => drawn && drawn.data,
  };
  window.addEventListener("resize", () => {
    if (drawn) draw(drawn.data, drawn.selection);
  });

  window.dash_clientside.pulse_timeline = {
    draw: (data, selection) => {
      if (selection) {
        draw(data, selection);
        rest();
      }
      return window.dash_clientside.no_update;
    },
  };
})();
