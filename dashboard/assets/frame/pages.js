// Which page is on the screen. Links are real links: a click changes the page without loading anything again.
(() => {
  let known = {};
  let current = "/";
  const asked = new Set(); // pages whose layout is on its way

  const slot = (path) => document.querySelector(`[data-page="${path}"]`);

  pulse.shown = {}; // page -> what it was last painted for

  const paint = () => {
    for (const node of document.querySelectorAll("[data-page]")) node.hidden = node.dataset.page !== current;
    for (const link of document.querySelectorAll("[data-goto]")) {
      link.href = pulse.address(link.dataset.goto);
      if (link.dataset.goto === current) {
        link.setAttribute("aria-current", "page");
        if (link.parentElement.matches(".nav")) link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft - 60;
      } else link.removeAttribute("aria-current");
    }
    const other = document.getElementById("language");
    if (other) other.href = pulse.address(current, { lang: other.lang }); // loads the page anew, as it is
    document.body.classList.toggle("no-filters", !known[current].filters);
    document.body.dataset.onPage = known[current].name;
    document.title = current === "/" ? "Pulse" : `${known[current].title} — Pulse`;
  };

  pulse.pages = {
    start: (pages) => {
      known = pages;
      current = known[window.location.pathname] ? window.location.pathname : "/";
      pulse.pages.show(current);
    },
    current: () => current,
    ready: () => Boolean(slot(current) && slot(current).childElementCount),
    name: () => (known[current] ? known[current].name : "live"),
    paint,
    // The page with its data; its layout is asked for the first time.
    show: (path) => {
      if (!known["/"]) return; // not started yet
      current = known[path] ? path : "/";
      const empty = !pulse.pages.ready();
      if (empty && !asked.has(current)) {
        asked.add(current);
        pulse.set("page-wanted", { data: { path: current, lang: pulse.language } });
      }
      paint();
      if (!empty) window.dispatchEvent(new Event("resize")); // what was hidden had no size
      if (!empty) pulse.refresh.turn(); // else when it is there: `shown`
    },
  };

  pulse.goto = (path) => {
    if (path === current) return;
    pulse.pages.show(path);
    pulse.addAddress();
    const heading = slot(current).querySelector("h2");
    pulse.announce(known[current].title);
    if (heading) window.scrollTo(0, 0);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-goto]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const { goto, onlyLine } = link.dataset;
    pulse.goto(goto);
    if (onlyLine) pulse.choose("lines", onlyLine, true); // one step with the page
  });

  const decorate = () => {
    setTimeout(pulse.offerTables, 0);
    setTimeout(pulse.drawSparks, 0);
  };
  // The layout of a page has just come.
  const arrived = () => {
    pulse.draw();
    window.dispatchEvent(new Event("pulse:layout"));
    decorate();
    pulse.pages.show(current);
  };

  // The page shows what was asked, all of it.
  const say = (asked) => {
    if (asked) pulse.shown[asked.page] = JSON.stringify(asked);
  };

  window.dash_clientside.pulse_pages = {
    shown: (shown, parts) => {
      if (!shown) return arrived();
      if (parts) pulse.paintParts(parts, shown, say);
      else pulse.later(() => say(shown.asked));
      decorate();
    },
  };
})();
