// The stations that are hit, as dots on one canvas. A new view changes only the dots that look different now, so that
// two thousand of them cost little; one tooltip and one click serve them all.
(() => {
  const PANE = "stations";
  const Z_INDEX = 420; // above lines and towns, below the clusters
  const dots = new Map(); // zda -> its circle
  let group = null;

  const looks = () => {
    const [edge, ringed, colourOf] = [pulse.ink("--map-dot"), pulse.ink("--map-ring"), pulse.palette()];
    return ({ colour, shade, ring, scale }) => ({
      radius: (ring ? 5.5 : 4.5) * scale,
      weight: (ring ? 2.2 : 1.2) * scale,
      color: ring ? ringed : edge,
      fillColor: colourOf(colour, shade),
    });
  };

  const draw = (feature, look) => {
    const [lon, lat] = feature.geometry.coordinates;
    const dot = L.circleMarker([lat, lon], { pane: PANE, fillOpacity: 1, opacity: 1, ...look(feature.properties) });
    dot.feature = feature;
    group.addLayer(dot);
    dots.set(feature.properties.zda, dot);
  };

  const LOOK = ["radius", "weight", "color", "fillColor"];
  const redraw = (dot, feature, look) => {
    dot.feature = feature;
    const wanted = look(feature.properties);
    if (LOOK.some((name) => dot.options[name] !== wanted[name])) dot.setStyle(wanted);
  };

  const paint = () => {
    if (!group) return; // the map is on its way, and paints what is there then
    const look = looks();
    for (const [zda, dot] of dots) {
      if (pulse.map.stations.has(zda)) continue;
      group.removeLayer(dot);
      dots.delete(zda);
    }
    for (const [zda, feature] of pulse.map.stations) {
      const dot = dots.get(zda);
      if (dot) redraw(dot, feature, look);
      else draw(feature, look);
    }
  };

  const tooltip = ({ feature }) => pulse.el("span", {}, feature ? feature.properties.name : "");
  pulse.stations = {
    isDrawn: () => Boolean(group), // the map is there
    begin: (map) => {
      map.createPane(PANE).style.zIndex = Z_INDEX;
      dots.clear();
      group = L.featureGroup().addTo(map).bindTooltip(tooltip, { direction: "top", offset: [0, -6] });
      group.on("click", (event) => {
        L.DomEvent.stopPropagation(event);
        pulse.map.openStation(event.propagatedFrom.feature.properties.zda, event.propagatedFrom.getLatLng());
      });
      paint();
    },
    paint: (collection) => {
      pulse.map.stations = new Map(collection.features.map((feature) => [feature.properties.zda, feature]));
      paint();
    },
  };
  window.addEventListener("pulse:theme", paint);
})();
