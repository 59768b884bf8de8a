// A drawn area: corners clicked on the map, or the visible map; it stays on the map while it filters.
(() => {
  let corners = null; // while somebody draws
  let layer = null;
  let drawnFor = "";

  const map = () => pulse.map.leaflet;
  const round = (value) => value.toFixed(4);
  const toText = (points) => points.map(([lat, lon]) => `${round(lat)},${round(lon)}`).join(",");
  const fromText = (text) => {
    const values = text.split(",").map(Number);
    const points = [];
    for (let i = 0; i + 1 < values.length; i += 2) points.push([values[i], values[i + 1]]);
    return points;
  };

  const outline = (points, open) => {
    const style = { color: "#f0a020", weight: 2.5, dashArray: "6 4", fill: !open, fillOpacity: 0.06, interactive: false };
    if (!open && points.length === 2) return L.rectangle(points, style);
    return open ? L.polyline(points, style) : L.polygon(points, style);
  };
  const show = (points, open) => {
    if (layer) layer.remove();
    layer = points.length ? outline(points, open).addTo(map()) : null;
  };

  const button = () => document.getElementById("area-draw");
  const stop = () => {
    corners = null;
    document.body.classList.remove("is-drawing");
    if (button()) button().setAttribute("aria-pressed", "false");
    map().doubleClickZoom.enable();
    drawnFor = "?";
    pulse.area.paint(pulse.selection());
  };
  const finish = () => {
    const points = corners.filter((p, i) => !i || toText([p]) !== toText([corners[i - 1]]));
    if (points.length >= 2) pulse.choose("area", toText(points));
    stop();
  };
  const begin = () => {
    corners = [];
    document.body.classList.add("is-drawing");
    button().setAttribute("aria-pressed", "true");
    map().doubleClickZoom.disable();
    show([]);
    pulse.write("map-note", pulse.t("filter.area.help"));
    pulse.announce(pulse.t("filter.area.help"));
  };

  pulse.onChoice("draw", (what) => {
    if (!map()) return;
    if (what === "draw") return corners ? finish() : begin();
    if (corners) stop();
    if (what === "clear") return pulse.choose("area", "");
    const seen = map().getBounds();
    pulse.choose("area", toText([[seen.getSouth(), seen.getWest()], [seen.getNorth(), seen.getEast()]]));
  });

  document.addEventListener("keydown", (event) => {
    if (!corners) return;
    if (event.key === "Escape") stop();
    else if (event.key === "Enter" && !event.target.closest("button")) finish();
    else return;
    pulse.write("map-note");
  });

  L.Map.addInitHook(function () {
    this.on("click", (event) => {
      if (!corners) return;
      corners.push([event.latlng.lat, event.latlng.lng]);
      show(corners, true);
    });
    this.on("dblclick", () => {
      if (!corners) return;
      finish();
      pulse.write("map-note");
    });
  });

  pulse.area = {
    drawing: () => Boolean(corners),
    // The outline of the area that filters.
    paint: (selection) => {
      if (!map() || corners || !selection || selection.area === drawnFor) return;
      drawnFor = selection.area;
      show(selection.area ? fromText(selection.area) : []);
    },
  };
})();
