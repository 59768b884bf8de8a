// The ways of the clusters through their medoids of the last hour, and the forks where they split or merged.
(() => {
  const PANE = "trails";
  const Z_INDEX = 430; // above the stations, under the badges
  let group = null;
  let renderer = null;
  let features = [];

  const draw = ({ geometry, properties }) => {
    const places = geometry.coordinates.map(([lon, lat]) => [lat, lon]);
    const className = `cluster-trail is-${properties.kind} ${pulse.hueClass(properties)}`;
    const look = { pane: PANE, renderer, interactive: false };
    const add = (layer) => {
      group.addLayer(layer);
      layer.getElement().dataset.of = properties.key;
    };
    add(L.polyline(places, { ...look, className: `${className} is-casing` }));
    add(L.polyline(places, { ...look, className }));
    if (properties.kind !== "trail") return;
    for (const place of places.slice(0, -1))
      add(L.circleMarker(place, { ...look, radius: 3.5, className: `${className} is-stop` }));
  };

  const paint = () => {
    if (!group) return; // the map is on its way, and paints what is there then
    group.clearLayers();
    features.forEach(draw);
    pulse.mapFocus.paint();
  };

  pulse.trails = {
    begin: (map) => {
      Object.assign(map.createPane(PANE).style, { zIndex: Z_INDEX, pointerEvents: "none" });
      renderer = L.svg({ pane: PANE, padding: 0.5 });
      group = L.layerGroup().addTo(map);
      paint();
    },
    paint: (collection) => {
      features = collection.features;
      paint();
    },
    count: () => features.length,
  };
})();
