// How the layers look, and their popups.
// A popup belongs to the map and not to a marker: a redrawn layer leaves it open.
(() => {
  let open = null; // {kind, key, popup}

  const maps = new Set();
  let reopen = null; // moves the map to where it opened, for a page that still grows; null as soon as somebody moves it
  let settling = false; // the map moves, but nobody moved it
  const settle = (act) => {
    settling = true;
    act();
    settling = false;
  };

  L.Map.addInitHook(function () {
    maps.add(this);
    if (this.getContainer().id !== "map") return; // a page may have one of its own
    pulse.map.leaflet = this;
    for (const layer of [pulse.communes, pulse.hulls, pulse.stretches, pulse.stations, pulse.trails, pulse.badges, pulse.mapFocus]) layer.begin(this);
    // Leaflet itself only follows the size of the window.
    pulse.map.openView(this);
    this.on("moveend", () => settling || pulse.map.keepView(this));
    const sized = () => {
      if (!this.getContainer().clientWidth) return; // while hidden
      settle(() => {
        this.invalidateSize({ pan: false });
        if (reopen) reopen();
      });
    };
    new ResizeObserver(sized).observe(this.getContainer());
  });

  // Which lines are chosen comes with the view and the shapes by URL, in either order: both look here.
  let chosen = {};
  const isChosen = (feature) => feature.properties.line in chosen;
  const popupAt = (map, kind, key, latlng, offset = [0, 7]) => {
    if (pulse.area.drawing()) return map.fire("click", { latlng: L.latLng(latlng) });
    const content = pulse.popups[kind](key);
    if (!content) return;
    const popup = L.popup({
      maxWidth: 360,
      minWidth: 280,
      maxHeight: Math.min(380, Math.round(0.6 * map.getSize().y)), // the cluster that it is about stays in sight
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

  const lookingAt = (map) => {
    const { lat, lng } = map.getCenter();
    return `${lat.toFixed(4)},${lng.toFixed(4)},${map.getZoom()}`;
  };
  const cornersOf = (text) => {
    const [south, west, north, east] = (text || "").split(",").map(Number);
    return [south, west, north, east].every(Number.isFinite) ? [[south, west], [north, east]] : null;
  };

  pulse.map = {
    groundStyle: () => ({
      color: pulse.ink("--map-border"),
      weight: 1,
      fillColor: pulse.ink("--map-ground"),
      fillOpacity: 1,
    }),
    riverStyle: (feature) => ({
      color: pulse.ink("--map-water"),
      weight: feature.properties.weight,
      lineJoin: "round",
    }),
    casingStyle: (feature) => {
      const weight = feature.properties.weight || 1.4;
      return {
        color: pulse.ink("--map-ground"),
        weight: weight + (isChosen(feature) ? 3.2 : 1.6),
        opacity: 1,
      };
    },
    traceStyle: (feature) => {
      const weight = feature.properties.weight || 1.4;
      if (!isChosen(feature)) return { color: pulse.ink("--map-line"), weight: weight * 0.6, opacity: 1 };
      return { color: feature.properties.colour || pulse.ink("--muted"), weight: weight + 2, opacity: 1 };
    },
    townLabel: (feature, latlng, more = "") =>
      L.marker(latlng, {
        interactive: false,
        keyboard: false,
        pane: "towns",
        icon: L.divIcon({
          className: `town-label ${more}`,
          html: pulse.el("span", {}, feature.properties.name),
          iconSize: [0, 0],
        }),
      }),

    // Where the map looks is in the address too: view=lat,lon,zoom. Without it the map opens on the clusters of the first
    // window that has some, or on around=lat,lon,lat,lon, unless somebody has moved it by then.
    openView: (map) => {
      const text = new URLSearchParams(window.location.search).get("view");
      const asked = viewOf(text);
      if (!asked) return;
      pulse.map.view = text;
      reopen = () => map.setView(...asked, { animate: false });
      map.whenReady(() => setTimeout(settle, 0, () => reopen && reopen()));
    },
    openOn: (places) => {
      if (pulse.map.isOpen || !places.length) return;
      pulse.map.isOpen = true;
      if (pulse.map.view) return;
      const corners = cornersOf(new URLSearchParams(window.location.search).get("around"));
      reopen = () => {
        pulse.map.leaflet.fitBounds(corners || places, { padding: [48, 48], maxZoom: 13, animate: false });
        pulse.map.firstView = lookingAt(pulse.map.leaflet); // where the page opens needs no saying
      };
      settle(reopen);
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
      const now = lookingAt(map);
      if (!pulse.map.firstView) return (pulse.map.firstView = now);
      reopen = null;
      pulse.map.view = now;
      pulse.keepAddress();
    },
    stations: new Map(),
    leaflet: null,
    isOpenOn: (cluster) => Boolean(open) && open.kind === "cluster" && open.key === cluster,
    // A cluster that lies outside of the map comes into its middle.
    reveal: (key) => {
      const cluster = pulse.view && pulse.view.clusters[key];
      const map = pulse.map.leaflet;
      if (!cluster || !map) return;
      const place = [cluster.lat, cluster.lon];
      if (!map.getBounds().contains(place)) map.setView(place, map.getZoom());
    },
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
  window.addEventListener("pulse:selection", ({ detail }) => {
    if (open && open.kind === "cluster" && open.key !== detail.selected) open.popup.close();
  });
  window.addEventListener("pulse:theme", () => maps.forEach((map) => restyle(map, Object.keys(STYLE_OF))));
  // The ends of the chosen lines; a station at which several of them end is named once.
  const named = L.layerGroup();
  const nameTermini = (termini) => {
    named.clearLayers();
    for (const [name, lat, lon] of new Map(termini.map((end) => [end.join(), end])).values())
      named.addLayer(pulse.map.townLabel({ properties: { name } }, [lat, lon], "terminus"));
    if (pulse.map.leaflet) named.addTo(pulse.map.leaflet);
  };
  pulse.map.paintHits = ({ lines, sections }) => {
    const before = chosen;
    chosen = lines;
    if (pulse.map.leaflet) restyle(pulse.map.leaflet, ["casings", "traces"], ({ line }) => line in before !== line in lines);
    nameTermini(Object.values(lines).flat());
    pulse.stretches.paint(sections);
  };
  pulse.onChoice("fit", () => pulse.map.fit());
})();
