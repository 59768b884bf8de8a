// Small bars in a table: `data-bars` holds shares of 1, empty where nothing was observed. Nine thousand elements would
// be too many for Dash, so it gets one a row.
(() => {
  const WIDTH = 144,
    HEIGHT = 24;
  const box = (x, y, width, height) => `M${x} ${y}h${width}v${height}h${-width}z`;

  const draw = (host) => {
    const bars = host.dataset.bars.split(",");
    const step = WIDTH / bars.length;
    let [values, unknown] = ["", ""];
    bars.forEach((share, i) => {
      const height = Math.max(1, 22 * Number(share));
      if (share === "") unknown += box(i * step, 1, step, 22);
      else values += box(i * step, 23 - height, step - 1, height);
    });
    const paths = [pulse.svg("path", { d: unknown, class: "unknown" }), pulse.svg("path", { d: values, class: "values" })];
    host.replaceChildren(pulse.svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" }, ...paths));
    host.drawn = host.dataset.bars;
  };

  pulse.drawSparks = () => {
    for (const host of document.querySelectorAll(".spark[data-bars]")) if (host.drawn !== host.dataset.bars) draw(host);
  };
})();
