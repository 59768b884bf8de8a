// The clusters: a badge each at its medoid station, above everything but the popups. A badge whose station lies outside
// of the map stands at its edge and leads there; one that had to move apart from others has a leader line.
(() => {
  const PANE = "clusters";
  const Z_INDEX = 650;
  const OVER_THE_MAP = ".leaflet-control, .map-note:not(:empty)";
  const badges = new Map(); // id of the cluster -> {node, name, feature, spot}
  let map = null;
  let leaders = null; // svg of the leader lines
  let features = [];
  let taken = null; // boxes of what lies over the map; null: to be measured anew

  const latLng = ({ geometry }) => L.latLng(geometry.coordinates[1], geometry.coordinates[0]);

  const spoken = ({ letter, name, disruptions, stations, trend }) =>
    [
      pulse.t("cluster.name", { name: [letter, name].filter(Boolean).join(" · ") }),
      pulse.t("n.disruptions", { n: disruptions }),
      pulse.t("n.stations", { n: stations }),
      trend && pulse.t(`trend.${trend}`),
    ]
      .filter(Boolean)
      .join(", ");

  const press = (badge) => {
    const { key, radius } = badge.feature.properties;
    if (pulse.map.isOpenOn(key)) return pulse.selection.select(null);
    const isOutside = badge.spot.isOutside; // then it comes into view
    if (!pulse.area.drawing()) pulse.selection.select(key);
    if (isOutside) return;
    pulse.map.openCluster(key, map.containerPointToLatLng([badge.spot.x, badge.spot.y]), [0, 4 - radius]);
  };

  const make = (key) => {
    const node = pulse.el("button", { type: "button", "data-cluster": key, "aria-pressed": "false" });
    const badge = { node, name: pulse.el("span", { class: "cluster-name", "aria-hidden": "true" }), feature: null, spot: null };
    node.addEventListener("click", () => press(badge));
    node.addEventListener("mousedown", (event) => pulse.area.drawing() && event.preventDefault()); // Enter stays the area's
    L.DomEvent.disableClickPropagation(node);
    map.getPane(PANE).append(node);
    return badge;
  };

  const write = (badge, feature) => {
    const { node, name } = badge;
    const { letter, disruptions, trend, radius } = feature.properties;
    const arrow = trend && trend !== "flat" ? pulse.TRENDS[trend] : "";
    badge.feature = feature;
    node.className = `cluster-badge leaflet-zoom-animated ${pulse.hueClass(feature.properties)}`;
    node.classList.toggle("is-new", !letter);
    node.style.setProperty("--diameter", `${2 * radius}px`);
    node.setAttribute("aria-label", spoken(feature.properties));
    name.textContent = feature.properties.name;
    node.replaceChildren(
      pulse.el("b", {}, letter || pulse.t("cluster.new")),
      pulse.el("span", {}, `${pulse.number(disruptions)}${arrow}`),
      name,
    );
  };

  const boxesOver = () => {
    const own = map.getContainer().getBoundingClientRect();
    return [...map.getContainer().parentElement.querySelectorAll(OVER_THE_MAP)].map((node) => {
      const { left, top, right, bottom } = node.getBoundingClientRect();
      return { left: left - own.left, top: top - own.top, right: right - own.left, bottom: bottom - own.top };
    });
  };

  // The name below a badge, where nothing else is.
  const NAME = { width: 150, height: 18 };
  const nameable = (spots) => {
    const boxes = spots.map(({ x, y, radius }) => [x - radius, y - radius, x + radius, y + radius]);
    return spots.map((spot) => {
      const top = spot.y + spot.radius + 1;
      const box = [spot.x - NAME.width / 2, top, spot.x + NAME.width / 2, top + NAME.height];
      const clear = boxes.every((o) => box[2] < o[0] || box[0] > o[2] || box[3] < o[1] || box[1] > o[3]);
      if (clear && !spot.isOutside) boxes.push(box);
      return clear && !spot.isOutside;
    });
  };

  const leader = ({ feature, spot }, anchor) => {
    const ends = { x1: anchor.x, y1: anchor.y, x2: spot.x, y2: spot.y };
    const dot = { cx: anchor.x, cy: anchor.y, r: 3.5 };
    const look = pulse.hueClass(feature.properties);
    return pulse.svg("g", { class: `cluster-leader ${look}`, "data-of": feature.properties.key }, pulse.svg("line", ends), pulse.svg("circle", dot));
  };

  // All badges for one view of the map; `at` gives the point of the map where a place is or will be.
  const place = (at = (place) => map.latLngToContainerPoint(place)) => {
    if (!map || !map._loaded) return;
    const { x: width, y: height } = map.getSize();
    const shown = features.map(({ properties }) => badges.get(properties.key));
    const anchors = shown.map(({ feature }) => ({ ...at(latLng(feature)), radius: feature.properties.radius }));
    taken = taken || boxesOver();
    const spots = pulse.layBadges(anchors, { width, height, taken });
    const named = nameable(spots);
    const lines = [];
    shown.forEach((badge, i) => {
      const spot = spots[i];
      const bearing = Math.atan2(anchors[i].y - spot.y, anchors[i].x - spot.x);
      badge.spot = spot;
      badge.node.classList.toggle("is-outside", spot.isOutside);
      badge.node.style.setProperty("--bearing", `${bearing.toFixed(2)}rad`);
      badge.name.hidden = !named[i];
      L.DomUtil.setPosition(badge.node, map.containerPointToLayerPoint([spot.x, spot.y]));
      if (spot.isMoved && !spot.isOutside) lines.push(leader(badge, anchors[i]));
    });
    leaders.setAttribute("width", width);
    leaders.setAttribute("height", height);
    leaders.replaceChildren(...lines);
    L.DomUtil.setPosition(leaders, map.containerPointToLayerPoint([0, 0]));
    pulse.mapFocus.paint();
  };

  const placeAsZoomed = ({ center, zoom }) => {
    const corner = map.project(center, zoom).subtract(map.getSize().divideBy(2));
    place((place) => map.project(place, zoom).subtract(corner));
  };

  const paint = () => {
    if (!map) return; // it is on its way, and paints what is there then
    const kept = new Set(features.map(({ properties }) => properties.key));
    for (const [key, { node }] of badges) {
      if (kept.has(key)) continue;
      node.remove();
      badges.delete(key);
    }
    for (const feature of features) {
      const { key } = feature.properties;
      if (!badges.has(key)) badges.set(key, make(key));
      write(badges.get(key), feature);
    }
    pulse.map.openOn(features.map(latLng));
    place();
  };

  pulse.badges = {
    isDrawn: () => Boolean(map), // the map is there
    begin: (leaflet) => {
      leaflet.createPane(PANE).style.zIndex = Z_INDEX;
      badges.clear();
      leaders = pulse.svg("svg", { class: "cluster-leaders leaflet-zoom-hide", "aria-hidden": "true" });
      leaflet.getPane(PANE).append(leaders);
      leaflet.whenReady(() => {
        map = leaflet;
        map.on("move zoomend viewreset", () => place());
        map.on("zoomanim", placeAsZoomed);
        map.on("resize", () => {
          taken = null;
          place();
        });
        paint();
      });
    },
    paint: (collection) => {
      features = collection.features;
      paint();
    },
    has: (key) => features.some(({ properties }) => properties.key === key),
    of: (key) => badges.has(key) ? badges.get(key).node : null,
  };
})();
