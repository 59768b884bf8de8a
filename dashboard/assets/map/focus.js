// The cluster that the reader points at or has chosen, on the map: its badge, hull and trail stand out, the others are dim.
(() => {
  const dim = (pane) => pulse.map.leaflet.getPane(pane)?.classList.toggle("is-dimmed", pulse.selection.isAny()); // if it is there yet

  const dimOthers = () => {
    if (pulse.map.leaflet) ["stations", "sections"].forEach(dim); // dots and stretches of a cluster lie in its hull
  };
  const paint = () => {
    if (!pulse.map.leaflet) return;
    pulse.selection.dressAll(pulse.map.leaflet.getContainer());
    dimOthers();
  };

  const under = (event) => {
    const badge = event.originalEvent.target.closest("[data-cluster]");
    return badge ? badge.dataset.cluster : pulse.hulls.at(event.layerPoint);
  };

  pulse.mapFocus = {
    begin: (map) => {
      map.on("mousemove", (event) => pulse.selection.hover(pulse.area.drawing() ? null : under(event)));
      map.on("mouseout", () => pulse.selection.hover(null));
      map.on("click", (event) => {
        if (pulse.area.drawing()) return; // a corner of the area, which may be a station that passed its click on
        const key = pulse.hulls.at(event.layerPoint);
        pulse.selection.select(key);
        if (key) pulse.map.openCluster(key, event.latlng);
      });
    },
    paint,
  };
  window.addEventListener("pulse:selection", dimOthers);
})();
