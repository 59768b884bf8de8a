// Where the badges of the clusters stand on a map: pure, all lengths in pixels.
// The largest takes its place first; one that has no room at its anchor takes the nearest free spot.
(() => {
  const GAP = 4; // between two badges, and to what else lies over the map
  const MARGIN = 12; // to the edge of the map: room for the pointer of a badge whose anchor lies outside
  const STEP = 5; // between two rings on which a free spot is looked for
  const TURNS = 24; // spots on a ring

  // The point of the map, far enough from its edge, that is nearest to the anchor as seen from the middle.
  const inFrame = ({ x, y, radius }, { width, height }) => {
    const [cx, cy] = [width / 2, height / 2];
    const room = (half) => Math.max(half - radius - MARGIN, 0);
    const scale = Math.min(1, room(cx) / Math.max(Math.abs(x - cx), 1), room(cy) / Math.max(Math.abs(y - cy), 1));
    return { x: cx + (x - cx) * scale, y: cy + (y - cy) * scale };
  };

  const isFree = ({ x, y }, radius, placed, { width, height, taken }) =>
    Math.min(x, width - x, y, height - y) >= radius + MARGIN - 0.01 &&
    placed.every((other) => Math.max(Math.abs(x - other.x), Math.abs(y - other.y)) >= radius + other.radius + GAP) &&
    taken.every((box) => {
      const reach = radius + GAP;
      return x + reach <= box.left || x - reach >= box.right || y + reach <= box.top || y - reach >= box.bottom;
    });

  const bearingFrom = (placed, spot) => {
    const distance = (other) => Math.hypot(spot.x - other.x, spot.y - other.y);
    const nearest = placed.reduce((best, other) => (!best || distance(other) < distance(best) ? other : best), null);
    return nearest ? Math.atan2(spot.y - nearest.y, spot.x - nearest.x) : 0;
  };

  const spotFor = (anchor, placed, frame) => {
    const first = inFrame(anchor, frame);
    if (isFree(first, anchor.radius, placed, frame)) return first;
    const away = bearingFrom(placed, first);
    for (let distance = STEP; distance < Math.max(frame.width, frame.height); distance += STEP)
      for (let turn = 0; turn < TURNS; turn++) {
        const angle = away + ((turn % 2 ? 1 : -1) * Math.ceil(turn / 2) * 2 * Math.PI) / TURNS;
        const spot = { x: first.x + distance * Math.cos(angle), y: first.y + distance * Math.sin(angle) };
        if (isFree(spot, anchor.radius, placed, frame)) return spot;
      }
    return first; // no room on so small a map
  };

  // anchors: [{x, y, radius}], the one that comes first has the first choice. frame: {width, height, taken: [{left,
  // top, right, bottom}]}, what lies over the map. Gives [{x, y, radius, isOutside, isMoved}] in the same order.
  pulse.layBadges = (anchors, frame) => {
    const placed = [];
    for (const anchor of anchors) {
      const { x, y, radius } = anchor;
      const spot = spotFor(anchor, placed, frame);
      const isOutside = x < 0 || y < 0 || x > frame.width || y > frame.height;
      placed.push({ ...spot, radius, isOutside, isMoved: Math.hypot(spot.x - x, spot.y - y) > 3 });
    }
    return placed;
  };
})();
