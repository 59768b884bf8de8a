// How the layers look, and their popups.
// A popup belongs to the map and not to a marker: a redrawn layer leaves it open.
(() => {
  let open = null; // {kind, key, popup}

  L.Map.addInitHook(function () {
    pulse.map.leaflet = this;
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
  let hits = { lines: {}, sections: {} };
  const isHit = (feature) => hits.lines[feature.properties.line];
  const popupAt = (map, kind, key, latlng) => {
    if (pulse.area.drawing()) return map.fire("click", { latlng: L.latLng(latlng) });
    const content = pulse.popups[kind](key);
    if (!content) return;
    const popup = L.popup({
      maxWidth: 360,
      minWidth: 280,
      maxHeight: 380,
      autoPanPadding: [24, 24],
      className: "pulse-popup",
    });
    const opener = document.activeElement;
    popup.setLatLng(latlng).setContent(content).openOn(map);
    open = { kind, key, popup };
    const body = popup.getElement().querySelector(".leaflet-popup-content");
    body.tabIndex = 0; // a long one is scrolled with the keyboard
    body.setAttribute("role", "region");
    body.setAttribute("aria-label", content.querySelector("h3, h4").textContent);
    if (opener && opener.classList.contains("cluster")) body.focus({ preventScroll: true });
    pulse.table.mark(pulse.popups.ids(kind, key));
    body.addEventListener("keydown", (event) => event.key === "Escape" && popup.close());
    popup.on("remove", () => {
      if (open && open.popup === popup) {
        open = null;
        pulse.table.mark([]);
        if (opener && opener.isConnected && body.contains(document.activeElement)) opener.focus({ preventScroll: true });
      }
    });
  };

  pulse.map = {
    groundStyle: () => ({
      color: ink("--map-border"),
      weight: 1,
      fillColor: ink("--map-ground"),
      fillOpacity: 1,
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
    // Which stretches are hit, and in which colour, comes with the view; their shapes are there already.
    sectionStyle: (feature) => {
      const colour = hits.sections[feature.properties.key];
      return { color: colour || "transparent", weight: colour ? 7 : 0, opacity: colour ? 0.85 : 0, lineCap: "round" };
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

    stationDot: (feature, latlng) => {
      const { colour, ring, scale } = feature.properties;
      return L.circleMarker(latlng, {
        pane: "stations",
        radius: (ring ? 5.5 : 4.5) * scale,
        weight: (ring ? 2.2 : 1.2) * scale,
        color: ring ? ink("--map-ring") : ink("--map-ground"),
        fillColor: colour,
        fillOpacity: 1,
        opacity: 1,
      });
    },
    bindStation: (feature, layer) => {
      layer.on("click", (event) => {
        L.DomEvent.stopPropagation(event);
        popupAt(layer._map, "station", feature.properties.zda, layer.getLatLng());
      });
      layer.bindTooltip(pulse.el("span", {}, feature.properties.name), { direction: "top", offset: [0, -6] });
    },
    clusterCircle: (feature, latlng) => {
      const { radius, colour } = feature.properties;
      return L.circleMarker(latlng, {
        pane: "clusters",
        renderer: pulse.map.svgRenderer(),
        radius,
        weight: 2,
        color: colour,
        fillColor: colour,
        fillOpacity: 0.22,
        opacity: 0.95,
        className: "cluster",
      });
    },
    svgRenderer: () => (pulse.map._svg = pulse.map._svg || L.svg({ pane: "clusters", padding: 0.5 })),
    bindCluster: (feature, layer) => {
      const { key, name, size, trend } = feature.properties;
      const openIt = () => popupAt(layer._map, "cluster", key, layer.getLatLng());
      const label = pulse.el(
        "span",
        {
          class: "cluster-label",
          style: { background: feature.properties.colour, color: feature.properties.ink },
        },
        trend && trend !== "flat" ? `${pulse.number(size)} ${pulse.TRENDS[trend]}` : pulse.number(size),
      );
      layer.bindTooltip(label, {
        permanent: true,
        direction: "center",
        className: "cluster-tooltip",
        interactive: true,
        pane: "clusters",
      });
      layer.on("click", (event) => {
        L.DomEvent.stopPropagation(event);
        openIt();
      });
      layer.on("add", () => {
        const node = layer.getElement();
        if (!node) return;
        node.setAttribute("tabindex", "0");
        node.setAttribute("role", "button");
        const words = [pulse.t("cluster.name", { name }), pulse.number(size), trend && pulse.t(`trend.${trend}`)];
        node.setAttribute("aria-label", words.filter(Boolean).join(", "));
        node.addEventListener("keydown", (event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            openIt();
          }
        });
        node.addEventListener("focus", () => {
          pulse.map.focused = key;
        });
        node.addEventListener("blur", () =>
          setTimeout(() => {
            if (node.isConnected && pulse.map.focused === key) pulse.map.focused = null;
          }, 0),
        );
        if (pulse.map.focused === key) node.focus({ preventScroll: true }); // the layer was redrawn under the keyboard
      });
    },
    // Where the map looks is in the address too: view=lat,lon,zoom.
    openView: (map) => {
      const [lat, lon, zoom] = (new URLSearchParams(window.location.search).get("view") || "").split(",").map(Number);
      if (Number.isFinite(lat) && Number.isFinite(lon) && zoom)
        map.whenReady(() => setTimeout(() => map.setView([lat, lon], zoom, { animate: false }), 0));
    },
    view: "",
    keepView: (map) => {
      const { lat, lng } = map.getCenter();
      const now = `${lat.toFixed(4)},${lng.toFixed(4)},${map.getZoom()}`;
      if (!pulse.map.firstView) return (pulse.map.firstView = now); // where the page opens needs no saying
      pulse.map.view = now;
      pulse.keepAddress();
    },
    stations: new Map(),
    focused: null,
    leaflet: null,
    setStations: (collection) => {
      pulse.map.stations = new Map(collection.features.map((f) => [f.properties.zda, f]));
    },
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
    isOpen: () => Boolean(open),
    // A new view came: the open popup says what holds now.
    refreshPopup: () => {
      if (!open) return;
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
  const STYLE_OF = { casings: "casingStyle", traces: "traceStyle", sections: "sectionStyle" };
  window.dash_clientside.pulse_map = {
    paintHits: (found) => {
      if (!found) return window.dash_clientside.no_update;
      hits = found;
      if (pulse.map.leaflet)
        pulse.map.leaflet.eachLayer((layer) => {
          const style = layer.feature && STYLE_OF[layer.options.pane];
          if (style) layer.setStyle(pulse.map[style](layer.feature));
        });
      return window.dash_clientside.no_update;
    },
  };
  pulse.onChoice("fit", () => pulse.map.fit());
})();
