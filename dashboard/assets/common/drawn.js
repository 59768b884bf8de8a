// What a layout gives as text (dashboard/ui/static_html.py), drawn once: [tag, attributes, ...children], and texts stay texts.
(() => {
  const node = (said) => (typeof said === "string" ? said : pulse.el(said[0], said[1], ...said.slice(2).map(node)));

  pulse.draw = () => {
    for (const host of document.querySelectorAll("[data-drawn]")) {
      host.append(...JSON.parse(host.dataset.drawn).map(node));
      delete host.dataset.drawn;
    }
  };
})();
