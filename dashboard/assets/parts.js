// What a turn brings is painted part by part, each in a task of its own: a click waits for one of them, not for all.
(() => {
  const PAINT = {
    hits: (found) => pulse.map.paintHits(found),
    stations: (found) => pulse.stations.paint(found),
    clusters: (found) => pulse.clusters.paint(found),
    table: (rowData) => pulse.set("table", { rowData }),
    timeline: (data) => pulse.timeline.paint(data),
    view: (view) => pulse.figures.paint(view), // the last: it says what is on the screen
  };
  const waiting = [];
  let timer = null;
  let painted = null;

  const next = () => {
    const paint = waiting.shift();
    timer = waiting.length ? setTimeout(next, 0) : null; // before it paints: an error holds nothing up
    paint();
  };
  pulse.later = (paint) => {
    waiting.push(paint);
    timer = timer || setTimeout(next, 0);
  };
  pulse.paintParts = (parts) => {
    if (parts === painted) return; // an answer without anything new
    painted = parts;
    for (const name of Object.keys(PAINT)) if (name in parts) pulse.later(() => PAINT[name](parts[name]));
  };
})();
