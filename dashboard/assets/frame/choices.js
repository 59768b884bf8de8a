// The selection: changed by anything with data-choice="kind:value", kept in the address, painted on the buttons.
(() => {
  let DEFAULTS = {},
    MODES = [],
    CHANNELS = []; // from the server: dashboard/window/selection.py is where they are written
  let current = null;
  const FILTERS = ["channel", "modes", "lines", "severity", "cause", "zone", "text", "area"];
  const ACTIONS = pulse.actions;

  const split = (text) => (text ? text.split(",") : []);
  const toggled = (list, value, order) => {
    const next = list.includes(value) ? list.filter((item) => item !== value) : [...list, value];
    return order ? order.filter((item) => next.includes(item)) : next;
  };

  // Pure: the selection after one choice.
  pulse.reduce = (selection, kind, value) => {
    const next = { ...selection };
    if (kind === "channel") {
      const channels = toggled(split(next.channel), value, CHANNELS);
      if (channels.length) next.channel = channels.join(","); // one stays on
    } else if (kind === "mode") {
      const all = next.modes === "all" || next.lines;
      const modes = all ? [value] : toggled(split(next.modes), value, MODES);
      if (modes.length) next.modes = modes.join(",");
      next.lines = "";
    } else if (kind === "modes") {
      next.modes = value === "rail" ? DEFAULTS.modes : "all";
      next.lines = "";
    } else if (kind === "line") {
      next.lines = toggled(split(next.lines), value).join(",");
    } else if (["severity", "cause", "zone"].includes(kind)) {
      next[kind] = toggled(split(next[kind]), value).sort().join(",");
    } else if (kind === "reset") {
      for (const name of FILTERS) next[name] = DEFAULTS[name];
    } else {
      next[kind.replace("address.", "")] = value; // whole, as the address has it
    }
    return next;
  };

  const toAddress = (selection) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(selection))
      if (value !== DEFAULTS[name]) query.set(name, value);
    return query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  };

  // The address of a page with the choices of now.
  pulse.address = (path, changes) => {
    let query = current ? toAddress({ ...current, ...changes }) : "";
    const more = { embed: pulse.embedded ? "1" : "", view: pulse.map.view, theme: pulse.theme.asked };
    for (const [name, value] of Object.entries(more)) if (value) query += `${query ? "&" : ""}${name}=${value}`;
    return query ? `${path}?${query}` : path;
  };

  const fromAddress = () => {
    const query = new URLSearchParams(window.location.search);
    return Object.fromEntries(
      Object.entries(DEFAULTS).map(([name, value]) => [name, query.get(name) || value]),
    );
  };

  // What the reader chooses is a step of the browser's history; with `within` it goes on with the step before (a drag,
  // a key that is held).
  pulse.choose = (kind, value, within = false) => {
    if (!current) return; // not started yet
    if (ACTIONS[kind]) return ACTIONS[kind](value);
    const next = pulse.reduce(current, kind, value);
    if (Object.keys(next).every((name) => next[name] === current[name])) return;
    current = next;
    if (within) pulse.keepAddress();
    else pulse.addAddress();
    publish();
  };

  const write = (how) => {
    if (pulse.playback.playing()) return; // browsers count changes of the address; written at the end
    if (current) window.history[how](null, "", pulse.address(pulse.pages.current()));
  };
  // The same step of the history says what is on the screen now.
  pulse.keepAddress = () => write("replaceState");
  // A step of its own, which Back undoes.
  pulse.addAddress = () => write("pushState");

  const publish = () => {
    pulse.set("selection", { data: current });
    pulse.pages.paint();
    pulse.paintSelection(current);
    window.dispatchEvent(new Event("pulse:choice"));
    pulse.refresh.turn();
  };

  // Back and forward: the address says everything.
  window.addEventListener("popstate", () => {
    if (!current) return;
    pulse.playback.stop(true);
    current = { ...fromAddress(), lang: current.lang };
    pulse.pages.show(window.location.pathname);
    publish();
    pulse.map.restoreView();
    pulse.keepAddress(); // with what Back does not undo: the theme
  });

  // A choice of the address that does not exist is given up for the one that the page opens with.
  pulse.onChoice("forget", (name) => pulse.choose(`address.${name}`, DEFAULTS[name]));

  pulse.onChoice("filters", () => document.body.classList.toggle("show-filters"));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choice]");
    if (!button) return;
    const [kind, ...rest] = button.dataset.choice.split(":");
    pulse.choose(kind, rest.join(":"));
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".menu[open]")) {
      if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest(".menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (
      event.target.closest("input, textarea, [contenteditable]") ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    )
      return;
    const key = pulse.keys[event.key.toLowerCase()];
    if (key) key(event);
  });

  const pressed = (selection, kind, value) => {
    if (kind === "channel") return split(selection.channel).includes(value);
    if (kind === "mode")
      return !selection.lines && (selection.modes === "all" || split(selection.modes).includes(value));
    if (kind === "modes")
      return !selection.lines && selection.modes === (value === "rail" ? DEFAULTS.modes : "all");
    if (kind === "line") return split(selection.lines).includes(value);
    if (["severity", "cause", "zone"].includes(kind)) return split(selection[kind]).includes(value);
    return selection[kind] === value;
  };

  // Lines that are not on the board are shown as chips that take them away again.
  const paintChosen = (lines) => {
    const off = lines.filter((id) => !document.querySelector(`.line-choice[data-choice="line:${id}"]`));
    pulse.redraw(
      "chosen-lines",
      off.map((id) => {
        const line = (pulse.view && pulse.view.lines && pulse.view.lines[id]) || {
          name: id,
          mode: "bus",
          colour: "#5b6774",
          text: "#fff",
          label: id,
        };
        return pulse.el(
          "button",
          {
            type: "button",
            class: "chip",
            "data-choice": `line:${id}`,
            "aria-pressed": "true",
            title: line.label,
          },
          pulse.badge(line),
          "×",
        );
      }),
      "line-search",
    );
  };

  // Communes that were looked for; a département has a row of its own.
  const paintZones = (zones) =>
    pulse.redraw(
      "chosen-zones",
      zones
        .filter((code) => code.length > 2)
        .map((code) =>
          pulse.el(
            "button",
            { type: "button", class: "chip", "data-choice": `zone:${code}`, "aria-pressed": "true" },
            `${code} ×`,
          ),
        ),
      "zone-search",
    );

  let textAsked = null; // what the person typed; the address may say another on the way back
  const paintText = (text) => {
    if (text === textAsked) return;
    textAsked = text;
    pulse.set("text-search", { value: text });
  };

  pulse.selection = () => current;

  pulse.paintSelection = (selection, counts) => {
    paintChoices(selection, counts);
    pulse.area.paint(selection);
  };

  const paintChoices = (selection, counts) => {
    const lines = split(selection.lines);
    pulse.paintLive(selection);
    for (const button of document.querySelectorAll("[data-choice]")) {
      const [kind, ...rest] = button.dataset.choice.split(":");
      if (ACTIONS[kind] || ["window", "reset"].includes(kind)) continue;
      const on = pressed(selection, kind, rest.join(":"));
      if (button.getAttribute("aria-pressed") !== String(on)) button.setAttribute("aria-pressed", on);
      if (kind === "line") button.classList.toggle("dimmed", lines.length > 0 && !on);
    }
    paintChosen(lines);
    paintZones(split(selection.zone));
    paintText(selection.text);
    const narrowed = FILTERS.some((name) => selection[name] !== DEFAULTS[name]);
    const reset = document.querySelector("[data-choice='reset:filters']");
    if (reset && reset === document.activeElement && !narrowed) document.getElementById("filters").focus();
    if (reset) reset.hidden = !narrowed;
    for (const details of document.querySelectorAll("details.filter-block"))
      if (!details.open && details.querySelector("[aria-pressed='true']")) details.open = true;
    if (counts === undefined) return; // a choice that has no answer yet; null: one without an answer
    for (const node of document.querySelectorAll("[data-count]")) {
      const n = (counts && counts.beside[node.dataset.count]) || 0;
      const shown = !counts || (node.closest(".line-choice") && !n) ? "" : pulse.number(n);
      if (node.textContent !== shown) node.textContent = shown;
      const owner = node.closest("[data-choice]");
      if (owner) owner.classList.toggle("quiet", n === 0);
    }
  };

  // The search fields get their choices when the first look is over.
  const fillSearches = async (url) => {
    for (const [id, data] of Object.entries((await pulse.fetched(url)) || {})) pulse.set(id, { data });
  };
  const whenIdle = window.requestIdleCallback || ((then) => setTimeout(then, 1000));

  window.dash_clientside.pulse_choices = {
    start: (known) => {
      pulse.draw();
      DEFAULTS = known.defaults;
      MODES = known.modes;
      CHANNELS = known.channels;
      current = fromAddress();
      current.lang = known.language;
      pulse.texts = known.texts;
      pulse.ramp = known.ramp;
      pulse.useLanguage(known.language);
      document.documentElement.lang = known.language;
      pulse.pages.start(known.pages);
      pulse.refresh.startPace();
      pulse.headerTools.start();
      pulse.communes.from(known.communes);
      pulse.stretches.from(known.sections);
      pulse.paintSelection(current);
      whenIdle(() => fillSearches(known.choices));
      return current;
    },
    addLine: (value) => {
      if (value && !split(current.lines).includes(value)) pulse.choose("line", value);
      return value ? null : window.dash_clientside.no_update;
    },
    addZone: (value) => {
      if (value && !split(current.zone).includes(value)) pulse.choose("zone", value);
      return value ? null : window.dash_clientside.no_update;
    },
    setText: (value) => {
      textAsked = value || "";
      if (current) pulse.choose("text", textAsked);
    },
  };
})();
