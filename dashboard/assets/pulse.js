// What every part of the page shares: the namespace, Paris time, and elements made of text, never of markup.
window.pulse = window.pulse || {};
window.dash_clientside = window.dash_clientside || {};

pulse.view = null; // the last view, for popups
pulse.texts = {}; // of the language of the screen, by key: dashboard/ui/texts.py
// A text with its values: {n} as the language writes it, {n:one|many} as the word that fits it.
pulse.t = (key, values = {}) =>
  (pulse.texts[key] || "").replace(/\{(\w+)(?::([^{}|]*)\|([^{}]*))?\}/g, (_, name, one, many) => {
    const value = values[name];
    if (one !== undefined) return pulse.isPlural(value) ? many : one;
    return typeof value === "number" ? pulse.number(value) : (value ?? "");
  });

// What a URL of ours holds, or null: what it is for stays away, and is asked for again by who wants it.
pulse.fetched = async (url) => {
  try {
    const answer = await fetch(url);
    return answer.ok ? await answer.json() : null;
  } catch (error) {
    console.info(`${url} did not come`, error);
    return null;
  }
};

pulse.actions = {}; // choices that change no selection: kind -> (value) => …
pulse.onChoice = (kind, action) => (pulse.actions[kind] = action);
pulse.keys = {}; // a key without modifiers, outside of inputs -> action
pulse.onKey = (key, action) => (pulse.keys[key] = action);

pulse.el = (tag, attributes, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined) continue;
    if (name === "style")
      for (const [property, wanted] of Object.entries(value)) node.style.setProperty(property, wanted);
    else if (name === "onclick") node.addEventListener("click", value);
    else node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined)); // strings become text nodes
  return node;
};

pulse.svg = (tag, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

pulse.write = (id, ...children) => {
  const node = document.getElementById(id);
  if (node) node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
};

// Buttons drawn anew under the keyboard: the same choice keeps the focus, or `next` takes it where it is gone.
pulse.redraw = (id, buttons, next) => {
  const host = document.getElementById(id);
  const held = host && host.contains(document.activeElement) ? document.activeElement.dataset.choice : null;
  pulse.write(id, ...buttons);
  if (!held) return;
  const same = buttons.find((button) => button.dataset.choice === held);
  (same || document.getElementById(next)).focus({ preventScroll: true });
};

// The one line that a screen reader is told, when there is something new to say.
pulse.announce = (text) => {
  const node = document.getElementById("announce");
  if (node && text && node.textContent !== text) node.textContent = text;
};

pulse.set = (id, props) => window.dash_clientside.set_props(id, props);

// Moments in Paris and numbers, as the language writes them.
pulse.useLanguage = (language) => {
  const locale = language === "en" ? "en-GB" : "fr-FR";
  const format = (options) => new Intl.DateTimeFormat(locale, { timeZone: "Europe/Paris", ...options });
  const time = format({ hour: "2-digit", minute: "2-digit" });
  const date = format({ day: "numeric", month: "short" });
  const longDate = format({ day: "numeric", month: "long", year: "numeric" });
  const day = format({ year: "numeric", month: "2-digit", day: "2-digit" });
  const year = format({ year: "numeric" });
  pulse.language = language;
  pulse.time = (ms) => time.format(ms);
  pulse.date = (ms) => date.format(ms);
  pulse.longDate = (ms) => longDate.format(ms);
  pulse.sameDay = (a, b) => day.format(a) === day.format(b);
  // "14:05"; "24 avr. 14:05" on another day than `near`; "24 avr. 2031" in another year.
  pulse.moment = (ms, near) => {
    if (ms === null || ms === undefined) return "—";
    if (near && pulse.sameDay(ms, near)) return pulse.time(ms);
    if (near && year.format(ms) !== year.format(near)) return `${date.format(ms)} ${year.format(ms)}`;
    return `${pulse.date(ms)} ${pulse.time(ms)}`;
  };
  const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const signed = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  pulse.number = (value) => decimals.format(value);
  pulse.polarity = (value) =>
    value === null || value === undefined ? pulse.t("map.no_evidence") : signed.format(value).replace("-", "−");
  pulse.ago = (s) => {
    if (s < 60) return pulse.t("ago.s", { n: Math.max(0, Math.round(s)) });
    if (s < 7200) return pulse.t("ago.min", { n: Math.round(s / 60) });
    if (s < 172800) return pulse.t("ago.h", { n: Math.round(s / 3600) });
    return pulse.t("ago.d", { n: Math.round(s / 86400) });
  };
  // Of a number as it is shown: French has its plural from 2 on, English for anything but 1.
  pulse.isPlural = (n) => {
    const shown = Math.round(n * 10) / 10;
    return language === "en" ? shown !== 1 : shown >= 2;
  };
};
pulse.useLanguage("fr");

pulse.badge = (line) =>
  pulse.el(
    "span",
    {
      class: `badge ${line.mode}`,
      style: { "--badge": line.colour, "--on-badge": line.text },
      title: line.label,
    },
    line.name,
  );

// The wording of a severity with its mark; colour is never the only sign.
pulse.severity = (code, short) =>
  pulse.el(
    "span",
    { class: `severity ${code}` },
    pulse.el("span", { class: `severity-icon ${code}`, "aria-hidden": "true" }),
    pulse.t(`severity.${short ? "short." : ""}${code}`),
  );

pulse.TRENDS = { up: "↗", down: "↘", flat: "→" };

// The ramp of dashboard/ui/theme.py, which hands it over.
pulse.polarityColour = (value) => {
  const ramp = pulse.ramp;
  if (value === null || value === undefined) return ramp.none;
  if (value > 0) return ramp.positive;
  const i = ramp.bounds.findIndex((bound) => value <= bound);
  return ramp.negative[i < 0 ? 0 : ramp.negative.length - 1 - i];
};

// The embeddable view: map, figures, source; nothing to press but the map.
pulse.embedded = new URLSearchParams(window.location.search).get("embed") === "1";
document.documentElement.classList.toggle("embed", pulse.embedded);
document.documentElement.classList.toggle("framed", Boolean(window.frameElement)); // in a page of ours, which says the rest
