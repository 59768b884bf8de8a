// The cluster under the pointer or the focus, and the chosen one, which the address has (`cluster=`): one act on every part
// of the page that shows clusters. A part gives its elements the id of their cluster in one of the attributes below and has
// what it draws anew dressed; pointing, focus, clicks and Escape are listened to here. `pulse:selection` says {hovered,
// selected}, ids or null, to what has more to do.
(() => {
  const ON_MAP = "#map [data-cluster], #map [data-of]"; // badges; what belongs to one
  const ELSEWHERE = "[data-cluster-row], [data-cluster-chip], [data-cluster-part]";
  let hovered = null;
  let published = "";

  const keyOf = ({ dataset }) =>
    dataset.cluster || dataset.of || dataset.clusterRow || dataset.clusterChip || dataset.clusterPart || null;
  const selected = () => pulse.selection()?.cluster || null;

  // The cluster that stands out on a part; the others are dim there only if the part has it.
  const shown = () => hovered || selected();
  const isDrawn = (key, node) =>
    node.dataset.clusterPart === undefined ? pulse.badges.has(key) : pulse.timeline.has(key);

  const dress = (node) => {
    const [key, of] = [shown(), keyOf(node)];
    node.classList.toggle("is-selected", of === key);
    node.classList.toggle("is-dimmed", Boolean(key) && of !== key && isDrawn(key, node));
    if (node.hasAttribute("aria-pressed")) node.setAttribute("aria-pressed", of === selected());
  };
  const dressAll = (root = document, what = `${ON_MAP}, ${ELSEWHERE}`) => root.querySelectorAll(what).forEach(dress);

  const publish = () => {
    const now = `${hovered} ${selected()}`;
    if (now === published) return;
    published = now;
    dressAll();
    window.dispatchEvent(new CustomEvent("pulse:selection", { detail: { hovered, selected: selected() } }));
  };

  const hover = (key) => {
    hovered = key || null;
    publish();
  };
  // A step of the history, or with `within` part of the last one. The map moves only if the cluster lies outside of it.
  const select = (key, within = false) => {
    pulse.choose("cluster", key || "", within);
    if (key) pulse.map.reveal(key);
  };
  const toggle = (key) => select(key === selected() ? null : key);

  const linked = ({ target }) => (target.closest ? target.closest(ELSEWHERE) : null);
  document.addEventListener("pointerover", (event) => {
    if (event.target.closest("#map")) return; // it knows what lies under a point: assets/map/focus.js
    const node = linked(event);
    hover(node && keyOf(node));
  });
  document.documentElement.addEventListener("pointerleave", () => hover(null));
  document.addEventListener("focusin", (event) => {
    const node = event.target.closest(`#map [data-cluster], ${ELSEWHERE}`);
    if (node && node.matches(":focus-visible")) hover(keyOf(node));
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.closest(`#map [data-cluster], ${ELSEWHERE}`)) hover(null);
  });
  document.addEventListener("click", (event) => {
    const node = linked(event);
    if (node && node.dataset.clusterPart === undefined) toggle(keyOf(node));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !selected() || pulse.area.drawing()) return;
    if (!event.target.closest("input, textarea, select, .menu")) select(null);
  });
  window.addEventListener("pulse:choice", publish);

  Object.assign(pulse.selection, { hover, select, toggle, selected, dress, dressAll, pointed: shown, isAny: () => pulse.badges.has(shown()) });
})();
