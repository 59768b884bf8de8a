// What a turn brings of the first page is painted part by part, each in a task of its own: a click waits for one of them,
// not for all. "Shown" is said of an answer when each of its parts is painted, and what draws later (grid, map) has drawn it.
(() => {
  const PAINT = {
    hits: (found) => pulse.map.paintHits(found),
    hulls: (found) => pulse.hulls.paint(found),
    trails: (found) => pulse.trails.paint(found),
    stations: (found) => pulse.stations.paint(found),
    clusters: (found) => pulse.badges.paint(found),
    table: (rows) => pulse.table.paint(rows),
    timeline: (data) => pulse.timeline.paint(data),
    list: (found) => pulse.clusterList.paint(found),
    view: (view) => pulse.figures.paint(view), // the last: it says what is on the screen
  };
  const DRAWN = [() => pulse.stations.isDrawn(), () => pulse.stretches.isDrawn(), () => pulse.badges.isDrawn(), () => pulse.table.isDrawn()];
  const LOOK_AGAIN_MS = 15;
  const waiting = [];
  let timer = null;
  let newest = null; // the answer that came last
  let brought = null; // its parts
  const painted = {}; // part -> hash of the value that is painted

  const next = () => {
    const paint = waiting.shift();
    timer = waiting.length ? setTimeout(next, 0) : null; // before it paints: an error holds nothing up
    paint();
  };
  pulse.later = (paint) => {
    waiting.push(paint);
    timer = timer || setTimeout(next, 0);
  };

  // Whether the screen is what an answer says: it leaves out what was painted when it was asked for, and another answer
  // may have come in between.
  const isWhole = (hashes) => Object.keys(PAINT).every((name) => painted[name] === hashes[name]);
  const settle = (answer, say) => {
    if (answer !== newest) return; // the newer one says so
    if (!DRAWN.every((drawn) => drawn())) return setTimeout(settle, LOOK_AGAIN_MS, answer, say);
    const { asked, ...hashes } = answer;
    if (isWhole(hashes)) say(asked);
    else pulse.refresh.repeat("live");
  };

  pulse.painted = (page) => (page === "live" ? { ...painted } : null);
  pulse.paintParts = (parts, answer, say) => {
    newest = answer;
    const fresh = parts === brought ? {} : parts; // a failed answer leaves the parts as they were
    brought = parts;
    for (const name of Object.keys(PAINT).filter((name) => name in fresh))
      pulse.later(() => {
        painted[name] = null; // until it is whole
        PAINT[name](parts[name]);
        painted[name] = answer[name];
      });
    pulse.later(() => settle(answer, say));
  };
})();
