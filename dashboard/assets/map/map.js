// How the layers look, and their popups.
// A popup belongs to the map and not to a marker: a redrawn layer leaves it open.
(() => {
  let open = null; // {kind, key, popup}

  const maps = new Set();

  L.Map.addInitHook(function () {
    maps.add(this);
    if (this.getContainer().id !== "map") return; // a page may have one of its own
    pulse.map.leaflet = this;
    for (const layer of [pulse.communes, pulse.stretches, pulse.stations, pulse.badges]) layer.begin(this);
    // Leaflet itself only follows the size of the window.
    pulse.map.openView(this);
    let sizing = false;
    this.on("moveend", () => sizing || pulse.map.keepView(this));
    const sized = () => {
      sizing = true; // nobody moved
      if (this.getContainer().clientWidth) this.invalidateSize({ pan: false }); // not while hidden
      sizing = false;
    };
    new ResizeObserver(sized).observe(this.getContainer());
  });

  // A canvas knows no CSS.
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // What is hit comes with the view and the shapes by URL, in either order: both look here.
  let hitLines = {};
  const isHit = (feature) => hitLines[feature.properties.line];
  const popupAt = (map, kind, key, latlng, offset = [0, 7]) => {
    if (pulse.area.drawing()) return map.fire("click", { latlng: L.latLng(latlng) });
    const content = pulse.popups[kind](key);
    if (!content) return;
    const popup = L.popup({
      maxWidth: 360,
      minWidth: 280,
      maxHeight: 380,
      offset,
      autoPanPaddingTopLeft: [16, 16],
      autoPanPaddingBottomRight: [60, 24], // not under the buttons of the map
      className: "pulse-popup",
    });
    const opener = document.activeElement;
    const openedBy = () => (opener && opener.isConnected ? opener : kind === "cluster" ? pulse.badges.of(key) : null);
    popup.setLatLng(latlng).setContent(content).openOn(map);
    open = { kind, key, popup };
    const body = popup.getElement().querySelector(".leaflet-popup-content");
    body.tabIndex = 0; // a long one is scrolled with the keyboard
    body.setAttribute("role", "region");
    body.setAttribute("aria-label", content.querySelector("h3, h4").textContent);
    if (opener && opener.hasAttribute("data-cluster")) body.focus({ preventScroll: true });
    pulse.table.mark(pulse.popups.ids(kind, key));
    body.addEventListener("keydown", (event) => event.key === "Escape" && popup.close());
    popup.on("remove", () => {
      if (open && open.popup === popup) {
        open = null;
        pulse.table.mark([]);
        if (body.contains(document.activeElement) && openedBy()) openedBy().focus({ preventScroll: true });
      }
    });
  };

  // [[lat, lon], zoom] of the text in the address; null where it says none.
  const viewOf = (text) => {
    const [lat, lon, zoom] = (text || "").split(",").map(Number);
    return Number.isFinite(lat) && Number.isFinite(lon) && zoom ? [[lat, lon], zoom] : null;
  };

  const cornersOf = (text) => {
    const [south, west, north, east] = (text || "").split(",").map(Number);
    return [south, west, north, east].every(Number.isFinite) ? [[south, west], [north, east]] : null;
  };

  pulse.map = {
    groundStyle: () => ({
      color: ink("--map-border"),
      weight: 1,
      fillColor: ink("--map-ground"),
      fillOpacity: 1,
    }),
    riverStyle: (feature) => ({
      color: ink("--map-water"),
      weight: feature.properties.weight,
      lineJoin: "round",
    }),
    casingStyle: (feature) => {
      const weight = feature.properties.weight || 1.4;
      return {
        color: ink("--map-ground"),
        weight: weight + (isHit(feature) ? 3.2 : 1.6),
        opacity: 1,
      };
    },
    traceStyle: (feature) => {
      const weight = feature.properties.weight || 1.4;
      const hit = isHit(feature);
      return {
        color: feature.properties.colour || "#8b96a3",
        weight: hit ? weight + 1.2 : weight * 0.75,
        opacity: hit ? 1 : 0.38,
      };
    },
    townLabel: (feature, latlng) =>
      L.marker(latlng, {
        interactive: false,
        keyboard: false,
        pane: "towns",
        icon: L.divIcon({
          className: "town-label",
          html: pulse.el("span", {}, feature.properties.name),
          iconSize: [0, 0],
        }),
      }),

    // Where the map looks is in the address too: view=lat,lon,zoom. Without it the map opens on the clusters of the first
    // window that has some, or on around=lat,lon,lat,lon, unless somebody has moved it by then.
    openView: (map) => {
      const asked = viewOf(new URLSearchParams(window.location.search).get("view"));
      if (asked) map.whenReady(() => setTimeout(() => map.setView(...asked, { animate: false }), 0));
    },
    openOn: (places) => {
      if (pulse.map.isOpen || !places.length) return;
      pulse.map.isOpen = true;
      const address = new URLSearchParams(window.location.search);
      if (pulse.map.view || viewOf(address.get("view"))) return;
      const corners = cornersOf(address.get("around"));
      pulse.map.firstView = ""; // where the page opens needs no saying
      pulse.map.leaflet.fitBounds(corners || places, { padding: [48, 48], maxZoom: 13, animate: false });
    },
    // Back and Forward: where this step of the history looked.
    restoreView: () => {
      const wanted = new URLSearchParams(window.location.search).get("view") || pulse.map.firstView;
      const asked = viewOf(wanted);
      if (pulse.map.leaflet && asked && wanted !== (pulse.map.view || pulse.map.firstView))
        pulse.map.leaflet.setView(...asked, { animate: false });
      pulse.map.view = wanted === pulse.map.firstView ? "" : wanted;
    },
    view: "",
    isOpen: false,
    keepView: (map) => {
      const { lat, lng } = map.getCenter();
      const now = `${lat.toFixed(4)},${lng.toFixed(4)},${map.getZoom()}`;
      if (!pulse.map.firstView) return (pulse.map.firstView = now); // where the page opens needs no saying
      pulse.map.view = now;
      pulse.keepAddress();
    },
    stations: new Map(),
    leaflet: null,
    openCluster: (key, latlng, offset) => popupAt(pulse.map.leaflet, "cluster", key, latlng, offset),
    openStation: (zda, latlng) => popupAt(pulse.map.leaflet, "station", zda, latlng),
    openDisruption: (id, latlng) => {
      if (pulse.map.leaflet) popupAt(pulse.map.leaflet, "disruption", id, latlng);
    },
    fit: () => {
      const places = [...pulse.map.stations.values()].map((f) => [
        f.geometry.coordinates[1],
        f.geometry.coordinates[0],
      ]);
      if (places.length) pulse.map.leaflet.fitBounds(places, { padding: [40, 40], maxZoom: 14 });
    },
    // A new view came: the open popup says what holds now.
    refreshPopup: () => {
      if (!open) return;
      if (!pulse.view) return open.popup.close(); // nothing is on the screen
      const content = pulse.popups[open.kind](open.key) || pulse.popups.gone();
      const scroller =
        open.popup.getElement() && open.popup.getElement().querySelector(".leaflet-popup-content");
      const top = scroller ? scroller.scrollTop : 0;
      open.popup.options.autoPan = false; // the view stays where the person put it
      open.popup.setContent(content);
      pulse.table.mark(pulse.popups.ids(open.kind, open.key), true);
      if (scroller) scroller.scrollTop = top;
    },
  };
  const STYLE_OF = { ground: "groundStyle", rivers: "riverStyle", casings: "casingStyle", traces: "traceStyle" };
  const restyle = (map, panes, wanted = () => true) =>
    map.eachLayer((layer) => {
      const { feature, options } = layer;
      if (feature && panes.includes(options.pane) && wanted(feature.properties))
        layer.setStyle(pulse.map[STYLE_OF[options.pane]](feature));
    });
  window.addEventListener("pulse:theme", () => maps.forEach((map) => restyle(map, Object.keys(STYLE_OF))));
  pulse.map.paintHits = ({ lines, sections }) => {
    const before = hitLines;
    hitLines = lines;
    if (pulse.map.leaflet) restyle(pulse.map.leaflet, ["casings", "traces"], ({ line }) => before[line] !== lines[line]);
    pulse.stretches.paint(sections);
  };
  pulse.onChoice("fit", () => pulse.map.fit());
})();
