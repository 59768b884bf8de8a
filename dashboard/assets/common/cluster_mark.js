// The mark of a cluster, the same wherever it is met: its letter on its hue and pattern.
(() => {
  const PATTERNS = 4; // drawn ones, in cluster_mark.css; then they begin again, and the letter tells

  // The classes that give an element the colours of a cluster: --hue and, for what is written on it, --hue-ink.
  pulse.hueClass = ({ hue, pattern }) => `hue-${hue ?? "none"} pattern-${(pattern || 0) % PATTERNS}`;
  // For a canvas, which knows no style sheet: a colour, or the colour of a name, of which `shade` lies over the ground
  // of the map. dashboard/ui/theme.py has the same. One palette is good until the theme changes.
  pulse.ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  pulse.palette = () => {
    const known = new Map();
    const bytes = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
    const ground = bytes(pulse.ink("--map-ground"));
    const mixed = (colour, shade) => {
      const over = bytes(colour.startsWith("#") ? colour : pulse.ink(`--${colour}`));
      const sums = over.map((part, i) => Math.floor(part * shade + ground[i] * (1 - shade) + 0.5));
      return `#${sums.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    };
    return (colour, shade = 1) => {
      const key = `${colour} ${shade}`;
      if (!known.has(key)) known.set(key, mixed(colour, shade));
      return known.get(key);
    };
  };
  pulse.clusterMark = (cluster) =>
    pulse.el("span", { class: `cluster-mark ${pulse.hueClass(cluster)}` }, cluster.letter || pulse.t("cluster.new"));
})();
