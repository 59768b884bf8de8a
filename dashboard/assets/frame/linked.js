// The cluster under the pointer or the focus, and the one that is chosen: the same on every part of the page that shows
// clusters. `pulse:selection` says both, as {hovered, selected}: ids of clusters, or null.
(() => {
  const state = { hovered: null, selected: null };
  const change = (name) => (id) => {
    if (state[name] === (id || null)) return;
    state[name] = id || null;
    window.dispatchEvent(new CustomEvent("pulse:selection", { detail: { ...state } }));
  };
  pulse.selection.hover = change("hovered");
  pulse.selection.select = change("selected");
  // What a part does with an element of a cluster, its id being `key`.
  pulse.selection.dress = (node, key) => {
    const shown = state.hovered || state.selected;
    node.classList.toggle("is-selected", key === shown);
    node.classList.toggle("is-dimmed", Boolean(shown) && key !== shown);
  };
  pulse.selection.any = () => Boolean(state.hovered || state.selected);
})();
