// The ways of the clusters through their medoids of the last hour, and the forks where they split or merged.
(() => {
  const PANE = "trails";
  const Z_INDEX = 430; // above the stations, under the badges
  let group = null;
  let renderer = null;
  let features = [];

  const draw = ({ geometry, properties }) => {
    const places = geometry.coordinates.map(([lon, lat]) => [lat, lon]);
    const look = { pane: PANE, renderer, interactive: false };
    const classes = `cluster-trail is-${properties.kind} ${pulse.hueClass(properties)}`;
    group.addLayer(L.polyline(places, { ...look, className: `${classes} is-casing` }));
    group.addLayer(L.polyline(places, { ...look, className: classes }));
    if (properties.kind !== "trail") return;
    for (const place of places.slice(0, -1)) group.addLayer(L.circleMarker(place, { ...look, radius: 3.5, className: classes }));
  };

  const paint = () => {
    if (!group) return; // the map is on its way, and paints what is there then
    group.clearLayers();
    features.forEach(draw);
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
