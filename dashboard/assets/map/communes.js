// The borders of the communes, from the zoom on at which they help. 250 kB, so they are fetched when first wanted.
(() => {
  const PANE = "communes";
  const Z_INDEX = 260; // on the ground, under the lines
  const FROM_ZOOM = 12;
  const style = () => ({
    color: getComputedStyle(document.documentElement).getPropertyValue("--map-border").trim(), // a canvas knows no CSS
    weight: 0.8,
    fill: false,
  });
  let url = null;
  let borders = null; // the layer, as soon as it is asked for

  const fill = async (layer) => {
    const found = await pulse.fetched(url);
    if (found) layer.addData(found);
    else borders = null; // asked again at the next zoom
  };
  const show = (map) => {
    const wanted = url && map.getZoom() >= FROM_ZOOM;
    if (wanted && !borders) {
      borders = L.geoJSON(null, { pane: PANE, renderer: L.canvas({ pane: PANE }), interactive: false, style });
      fill(borders);
    }
    if (borders && map.hasLayer(borders) !== Boolean(wanted)) map[wanted ? "addLayer" : "removeLayer"](borders);
  };

  pulse.communes = {
    begin: (map) => {
      Object.assign(map.createPane(PANE).style, { zIndex: Z_INDEX, pointerEvents: "none" });
      borders = null;
      map.on("zoomend", () => show(map));
      map.whenReady(() => show(map));
    },
    from: (address) => {
      url = address;
      if (pulse.map.leaflet && pulse.map.leaflet._loaded) show(pulse.map.leaflet);
    },
    shown: () => (borders && pulse.map.leaflet.hasLayer(borders) ? borders.getLayers().length : 0),
  };
  window.addEventListener("pulse:theme", () => borders && borders.setStyle(style()));
})();
