// What every part of the page shares: the namespace, Paris time, and elements made of text, never of markup.
window.pulse = window.pulse || {};
window.dash_clientside = window.dash_clientside || {};

pulse.view = null; // the last view, for popups
pulse.texts = {}; // of the language of the screen, by key: dashboard/texts.py
pulse.t = (key, values) =>
  (pulse.texts[key] || "").replace(/\{(\w+)\}/g, (_, name) => (values && name in values ? values[name] : ""));

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

// The one line that a screen reader is told, when there is something new to say.
pulse.announce = (text) => {
  const node = document.getElementById("announce");
  if (node && text && node.textContent !== text) node.textContent = text;
};

pulse.set = (id, props) => window.dash_clientside.set_props(id, props);

(() => {
  const format = (options) => new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", ...options });
  const time = format({ hour: "2-digit", minute: "2-digit" });
  const date = format({ day: "numeric", month: "short" });
  const longDate = format({ day: "numeric", month: "long", year: "numeric" });
  const day = format({ year: "numeric", month: "2-digit", day: "2-digit" });
  const year = format({ year: "numeric" });
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
  pulse.ago = (s) => {
    if (s < 60) return `il y a ${Math.max(0, Math.round(s))} s`;
    if (s < 7200) return `il y a ${Math.round(s / 60)} min`;
    if (s < 172800) return `il y a ${Math.round(s / 3600)} h`;
    return `il y a ${Math.round(s / 86400)} jours`;
  };
  const decimals = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 1 });
  const signed = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  pulse.number = (value) => decimals.format(value);
  pulse.polarity = (value) =>
    value === null || value === undefined ? "sans indice" : signed.format(value).replace("-", "−");
  pulse.plural = (n, one, many) => `${pulse.number(n)} ${n >= 2 ? many || one + "s" : one}`;
})();

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

pulse.severities = { BLOQUANTE: "Bloquante", PERTURBEE: "Perturbée", INFORMATION: "Information" };
pulse.channels = { incident: "incident", works: "travaux", information: "information" };
