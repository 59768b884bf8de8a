// The territories of the clusters, on SVG between the lines and the stations. The canvas of the stations lies over them and
// takes the mouse, so the map itself asks which of them lies under a point.
(() => {
  const PANE = "hulls";
  const Z_INDEX = 305;
  const hulls = new Map(); // id of the cluster -> {layer, feature}
  let group = null;
  let renderer = null;
  let features = [];

  const draw = (feature) => {
    const className = `cluster-hull ${pulse.hueClass(feature.properties)}`;
    const layer = L.geoJSON(feature, { pane: PANE, style: { renderer, className } });
    return layer;
  };

  const sameLook = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const paint = () => {
    if (!group) return; // the map is on its way, and paints what is there then
    const wanted = new Map(features.map((feature) => [feature.properties.key, feature]));
    for (const [key, { layer, feature }] of hulls) {
      if (wanted.has(key) && sameLook(wanted.get(key), feature)) continue;
      group.removeLayer(layer);
      hulls.delete(key);
    }
    for (const [key, feature] of wanted) {
      if (hulls.has(key)) continue;
      const layer = draw(feature);
      group.addLayer(layer);
      layer.eachLayer((part) => (part.getElement().dataset.of = key));
      hulls.set(key, { layer, feature });
    }
    pulse.mapFocus.paint();
  };

  pulse.hulls = {
    begin: (map) => {
      Object.assign(map.createPane(PANE).style, { zIndex: Z_INDEX, pointerEvents: "none" });
      renderer = L.svg({ pane: PANE, padding: 0.5 });
      hulls.clear();
      group = L.layerGroup().addTo(map);
      paint();
    },
    paint: (collection) => {
      features = collection.features;
      paint();
    },
    count: () => hulls.size,
    // The cluster whose hull lies there; the smallest of several.
    at: ({ x, y }) => {
      const holds = (part) => part.getElement().isPointInFill(new DOMPoint(x, y));
      const found = [...features].reverse().find(({ properties }) => hulls.get(properties.key)?.layer.getLayers().some(holds));
      return found ? found.properties.key : null;
    },
  };
})();
