// The stretches of lines that are hit, along the line. A view says which and in which colour; the shapes of all of them
// (250 kB) are fetched when one is first wanted.
(() => {
  const PANE = "sections";
  const Z_INDEX = 310; // on the lines, below the towns
  const drawn = new Map(); // key of the stretch -> its layer
  let wanted = {}; // key -> colour, or its name
  let url = null;
  let shapes = new Map(); // key -> GeoJSON
  let asking = false;
  let group = null;

  const paint = () => {
    if (!group) return;
    for (const [key, layer] of drawn) {
      if (key in wanted) continue;
      group.removeLayer(layer);
      drawn.delete(key);
    }
    const colourOf = pulse.palette();
    for (const [key, name] of Object.entries(wanted)) {
      const [shape, color] = [shapes.get(key), colourOf(name)];
      if (drawn.has(key)) drawn.get(key).setStyle({ color });
      else if (shape) drawn.set(key, draw(shape, color));
    }
  };
  const draw = (shape, color) => {
    const style = { pane: PANE, interactive: false, color, weight: 5, opacity: 0.9, lineCap: "round" };
    const layer = L.GeoJSON.geometryToLayer(shape, style);
    layer.feature = shape;
    layer.setStyle(style);
    group.addLayer(layer);
    return layer;
  };

  const fill = async () => {
    if (!url || asking || shapes.size || !Object.keys(wanted).length) return;
    asking = true;
    const found = await pulse.fetched(url); // what does not come is asked for again with the next view
    asking = false;
    if (found) shapes = new Map(found.features.map((shape) => [shape.properties.key, shape]));
    paint();
  };

  pulse.stretches = {
    isDrawn: () => Boolean(group) && !asking, // the map is there, and no shapes are on their way
    begin: (map) => {
      Object.assign(map.createPane(PANE).style, { zIndex: Z_INDEX, pointerEvents: "none" });
      drawn.clear();
      group = L.layerGroup().addTo(map);
      paint();
    },
    from: (address) => {
      url = address;
      fill();
    },
    paint: (found) => {
      wanted = found;
      fill();
      paint();
    },
  };
  window.addEventListener("pulse:theme", paint);
})();
