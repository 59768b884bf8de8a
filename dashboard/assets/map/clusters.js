// The clusters: a circle with its number, on SVG above the canvas. Only strokes and numbers take the mouse, so the dots
// below stay in reach. All of them are drawn anew with every view, in one task: none is there before the others.
(() => {
  const PANE = "clusters";
  const Z_INDEX = 440;
  let features = [];
  let group = null;
  let renderer = null;
  let focused = null; // key of the circle under the keyboard, which is drawn anew there

  const circle = ({ properties, geometry }) => {
    const [lon, lat] = geometry.coordinates;
    return L.circleMarker([lat, lon], {
      pane: PANE,
      renderer,
      radius: properties.radius,
      weight: 2,
      color: properties.colour,
      fillColor: properties.colour,
      fillOpacity: 0.22,
      opacity: 0.95,
      className: "cluster",
    });
  };

  const label = ({ size, trend, colour, ink, place }) => {
    const number = trend && trend !== "flat" ? `${pulse.number(size)} ${pulse.TRENDS[trend]}` : pulse.number(size);
    const style = { background: colour, color: ink };
    return pulse.el(
      "span",
      {},
      pulse.el("span", { class: "cluster-label", style }, number),
      place ? pulse.el("span", { class: "cluster-name" }, place) : null,
    );
  };

  const spoken = ({ name, size, trend }) =>
    [pulse.t("cluster.name", { name }), pulse.number(size), trend && pulse.t(`trend.${trend}`)]
      .filter(Boolean)
      .join(", ");

  // A circle is a button: it has a name, the focus, and opens with a key.
  const makeButton = (node, { properties }, openIt, mark) => {
    const { key } = properties;
    node.dataset.key = key;
    for (const [name, value] of Object.entries({ tabindex: 0, role: "button", "aria-label": spoken(properties) }))
      node.setAttribute(name, value);
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      openIt();
    });
    node.addEventListener("focus", () => {
      focused = key;
      mark(true);
    });
    node.addEventListener("blur", () => {
      mark(false);
      setTimeout(() => {
        if (node.isConnected && focused === key) focused = null;
      }, 0);
    });
    if (focused === key) node.focus({ preventScroll: true });
  };

  const draw = (feature) => {
    const layer = circle(feature);
    const openIt = () => pulse.map.openCluster(feature.properties.key, layer.getLatLng());
    layer.bindTooltip(label(feature.properties), {
      permanent: true,
      opacity: 1, // Leaflet's 0.9 takes contrast from the ink on a dark map
      direction: "center",
      className: "cluster-tooltip",
      interactive: true,
      pane: PANE,
    });
    layer.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      openIt();
    });
    group.addLayer(layer);
    const mark = (on) => layer.getTooltip().getElement()?.classList.toggle("is-focused", on); // a small ring is under it
    makeButton(layer.getElement(), feature, openIt, mark);
  };

  const paint = () => {
    if (!group) return; // the map is on its way, and paints what is there then
    group.clearLayers();
    features.forEach(draw);
  };

  pulse.clusters = {
    isDrawn: () => Boolean(group), // the map is there
    begin: (map) => {
      map.createPane(PANE).style.zIndex = Z_INDEX;
      renderer = L.svg({ pane: PANE, padding: 0.5 });
      map.whenReady(() => {
        group = L.layerGroup().addTo(map);
        paint();
      });
    },
    paint: (collection) => {
      features = collection.features;
      paint();
    },
    circleOf: (key) => document.querySelector(`path.cluster[data-key="${CSS.escape(key)}"]`),
  };
})();
