// The timeline as SVG: stacked bars, one a window; gaps hatched; the open window outlined; what is chosen marked.
(() => {
  const HEIGHT = 126,
    LEFT = 34,
    RIGHT = 8,
    TOP = 10,
    BOTTOM = 30, // axis labels, and above them the strip of polarity
    STRIP = 6;
  const HOUR_MS = 3600000;

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

  const axes = (svg, data, width, x, y, top) => {
    for (const value of [0, top / 2, top].filter(Number.isInteger)) {
      const level = { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: value ? "grid" : "axis" };
      const label = pulse.svg("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, pulse.number(value));
      svg.append(pulse.svg("line", level), label);
    }
    for (const [at, text] of hours(data, width)) {
      const mark = { x1: x(at), x2: x(at), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4, class: "axis" };
      const anchor = x(at) > width - 30 ? "end" : x(at) < LEFT + 16 ? "start" : "middle";
      svg.append(pulse.svg("line", mark), pulse.svg("text", { x: x(at), y: HEIGHT - 5, "text-anchor": anchor }, text));
    }
  };

  // The chart of `data` in `host`; gives what pointing at it needs: x of a moment, and the width.
  const draw = (host, data) => {
    const width = Math.max(host.clientWidth, 280);
    const x = (ms) => LEFT + ((width - LEFT - RIGHT) * (ms - data.after_ms)) / (data.until_ms - data.after_ms);
    const top = niceMax(Math.max(1, ...data.windows.map(total)));
    const y = (value) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * value) / top;
    const bar = Math.max(1, x(data.after_ms + data.step_ms) - LEFT);
    const size = { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" };
    const svg = pulse.svg("svg", size, hatch());
    axes(svg, data, width, x, y, top);
    drawGaps(svg, data, x, y, top);
    drawBars(svg, data, x, y, bar);
    drawPolarity(svg, data, x, y(0) + 3, bar);
    drawMarks(svg, data, x);
    const chosen = svg.appendChild(pulse.svg("g", {}));
    host.replaceChildren(svg);
    return { data, x, bar, chosen };
  };

  // Which window is on screen: the only thing that moves when another one is chosen.
  const mark = ({ data, x, bar, chosen }, end) => {
    const tall = { y: TOP - 4, height: HEIGHT - TOP - BOTTOM + 4 };
    const begin = end === null ? null : Math.max(end - data.width_ms, data.after_ms);
    const span = { ...tall, x: x(begin), width: Math.max(2, x(end) - x(begin)), class: "chosen-span" };
    const last = { ...tall, x: x(end) - bar - 1, width: bar + 2, class: "chosen" };
    chosen.replaceChildren(...(end === null ? [] : [pulse.svg("rect", span), pulse.svg("rect", last)]));
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

  const box = (x, y, width, height) =>
    `M${x.toFixed(2)} ${y.toFixed(2)}h${width.toFixed(2)}v${height.toFixed(2)}h${(-width).toFixed(2)}z`;

  // On the hue of a cluster; the first one is plain (cluster_mark.css has the same for badges).
  const PATTERNS = { 1: "M0 5L5 0", 2: "M1.5 1.5h1.4", 3: "M1 0V5" };
  const patterns = () =>
    pulse.svg("defs", {}, ...Object.entries(PATTERNS).map(([n, d]) =>
      pulse.svg("pattern", { id: `part-pattern-${n}`, width: 5, height: 5, patternUnits: "userSpaceOnUse" },
        pulse.svg("path", { d, class: "part-pattern" }))));

  // The parts of a cluster are one group, so that all of them stand out together.
  const drawCluster = (cluster, shapes) => {
    const n = (cluster.pattern || 0) % 4;
    const paths = shapes.map(([opacity, d]) => pulse.svg("path", { d, opacity, class: "bars" }));
    const marks = n ? shapes.map(([opacity, d]) => pulse.svg("path", { d, opacity, fill: `url(#part-pattern-${n})` })) : [];
    const look = { "data-cluster-part": cluster.id, class: `cluster-part ${pulse.hueClass(cluster)}` };
    return pulse.svg("g", look, ...paths, ...marks);
  };

  // Bars of one look are one shape: thousands of elements would hold up the page.
  const drawBars = (svg, data, x, y, bar) => {
    const byLine = data.stack === "line";
    const shapes = new Map(); // what it is a part of: colour of a line or place of a cluster -> opacity -> path
    const gap = bar > 3 ? 0.6 : 0;
    for (const w of data.windows) {
      const opacity = w[3] ? (w[2] < w[1] ? 0.55 : 1) : 0.6;
      let sum = 0;
      for (const [position, size, colour] of w[4]) {
        const height = y(sum) - y(sum + size);
        const shape = box(x(w[0]) - bar + gap / 2, y(sum + size), bar - gap, Math.max(0.5, height - (height > 7 ? 0.6 : 0)));
        const part = byLine ? colour : position;
        if (!shapes.has(part)) shapes.set(part, {});
        shapes.get(part)[opacity] = (shapes.get(part)[opacity] || "") + shape;
        sum += size;
      }
    }
    if (!byLine) svg.append(patterns());
    for (const [part, byOpacity] of shapes) {
      const found = Object.entries(byOpacity);
      if (byLine) svg.append(...found.map(([opacity, d]) => pulse.svg("path", { d, fill: part, opacity, class: "bars" })));
      else svg.append(drawCluster(data.series[part], found));
    }
    for (const w of data.windows) drawState(svg, w, x(w[0]) - bar, y, total(w), bar);
  };

  // What is not whole: observations that miss, and the window that is still open.
  const drawState = (svg, w, left, y, sum, bar) => {
    if (w[3] && w[2] && w[2] < w[1])
      svg.append(pulse.svg("rect", { x: left, width: bar, y: y(0), height: 3, class: "gap" }));
    if (!w[3])
      svg.append(
        pulse.svg("rect", { x: left, width: bar, y: y(sum) - 1, height: y(0) - y(sum) + 1, class: "open-window" }),
      );
  };

  const drawPolarity = (svg, data, x, top, bar) => {
    const shapes = new Map();
    for (const w of data.windows) {
      if (w[5] === null || !w[2]) continue;
      const fill = pulse.polarityColour(w[5]);
      shapes.set(fill, (shapes.get(fill) || "") + box(x(w[0]) - bar, top, bar + 0.3, STRIP));
    }
    for (const [fill, d] of shapes) svg.append(pulse.svg("path", { d, fill, class: "polarity" }));
  };

  // Alerts: [moment, line id, its name].
  const alertWords = ([ms, , name]) => `${pulse.date(ms)}, ${pulse.time(ms)} · ${t("timeline.alert", { line: name })}`;
  const drawMarks = (svg, data, x) => {
    data.marks.forEach((alert) => {
      const title = pulse.svg("title", {}, alertWords(alert));
      svg.append(pulse.svg("path", { d: `M${x(alert[0])} ${TOP + 2}l4.5 -8h-9z`, class: "mark" }, title));
    });
  };

  pulse.chart = { draw, mark, total, alertWords, MARKS_PX: TOP + 4 };
})();
