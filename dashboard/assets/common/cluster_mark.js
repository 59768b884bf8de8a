// The mark of a cluster, the same wherever it is met: its letter on its hue and pattern.
(() => {
  const PATTERNS = 4; // drawn ones, in cluster_mark.css; then they begin again, and the letter tells

  // The classes that give an element the colours of a cluster: --hue and, for what is written on it, --hue-ink.
  pulse.hueClass = ({ hue, pattern }) => `hue-${hue ?? "none"} pattern-${(pattern || 0) % PATTERNS}`;
  pulse.clusterMark = (cluster) =>
    pulse.el("span", { class: `cluster-mark ${pulse.hueClass(cluster)}` }, cluster.letter || pulse.t("cluster.new"));
})();
