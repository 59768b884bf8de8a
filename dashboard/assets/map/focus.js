// The cluster that the reader points at or has chosen, on the map: its badge, hull and trail stand out, the others are dim.
(() => {
  const dim = (pane) => pulse.map.leaflet.getPane(pane)?.classList.toggle("is-dimmed", pulse.selection.any()); // if it is there yet

  const paint = () => {
    if (!pulse.map.leaflet) return;
    for (const node of document.querySelectorAll("#map [data-cluster], #map [data-of]"))
      pulse.selection.dress(node, node.dataset.cluster || node.dataset.of);
    ["stations", "sections"].forEach(dim); // dots and stretches of a cluster lie in its hull
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
        if (key) pulse.map.openCluster(key, event.latlng);
      });
      map.getContainer().addEventListener("focusin", ({ target }) =>
        pulse.selection.hover(target.matches("[data-cluster]:focus-visible") ? target.dataset.cluster : null),
      );
      map.getContainer().addEventListener("focusout", () => pulse.selection.hover(null));
    },
    paint,
  };
  window.addEventListener("pulse:selection", paint);
})();
