// Any chart or table as a file: what is on the screen, with whose data it is.
(() => {
  const save = (name, blob) => {
    const link = pulse.el("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const source = () => (document.getElementById("licence") || {}).textContent || "";
  const stamp = () => (pulse.view && pulse.view.span ? new Date(pulse.view.span.end_ms).toISOString().slice(0, 16) : "now").replace(":", "");

  // As dashboard/files/formulas.py, but for the plain tables, whose numbers are texts: those stay as they are.
  const UNSEEN = /^[\p{C}\p{Z}\p{Mn}\p{Me}\u115f\u1160\u3164\uffa0\u2800]*/u;
  const isFormula = (text) => {
    const bare = text.replace(/^'+/, "");
    if (/^[+\-−]?[\d\s.,]+%?$/.test(bare)) return false;
    const first = [...bare.replace(UNSEEN, "")][0] || "";
    return /^[\t\r\n]/.test(bare) || /^[=+\-@−]$/.test(first.normalize("NFKC"));
  };
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = isFormula(String(value)) ? `'${value}` : String(value);
    return `"${text.replaceAll('"', '""')}"`;
  };
  pulse.toCsv = (rows) => rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
  const saveCsv = (name, rows) =>
    save(name, new Blob([pulse.toCsv([...rows, ...unseen().map((note) => [note]), [source()]])], { type: "text/csv;charset=utf-8" }));
  // What the window did not see, as the page says it.
  const unseen = () => {
    const notes = [...document.querySelectorAll(".sheet .window-note")].map((note) => note.textContent);
    const missing = document.getElementById("map") && pulse.view ? pulse.missing(pulse.view.span) : "";
    return [...new Set([missing, ...notes])].filter(Boolean);
  };

  const utc = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
  const timelineCsv = () => {
    const data = pulse.timeline.data();
    if (!data) return;
    const names = data.series.map((item) => [item.letter, item.label || item.id].filter(Boolean).join(" "));
    const rows = data.windows.map((w) => {
      const sizes = new Map(w[4].map((bar) => [bar[0], bar[1]]));
      return [utc(w[0] - data.width_ms), utc(w[0]), w[1], w[2], w[5], ...[...names, ""].map((_, i) => sizes.get(i) ?? 0)];
    });
    const head = ["begin_utc", "end_utc", "ticks_expected", "ticks_observed", "polarity", ...names, "others"];
    saveCsv(`pulse_timeline_${stamp()}.csv`, [head, ...rows]);
  };

  const image = (svg, width, height) =>
    new Promise((resolve, reject) => {
      const copy = svg.cloneNode(true);
      copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
      copy.setAttribute("width", width);
      copy.setAttribute("height", height);
      inline(svg, copy);
      copy.style.transform = "none"; // where Leaflet has moved it to is where it is drawn
      const shown = new Image();
      shown.onload = () => resolve(shown);
      shown.onerror = () => reject(new Error("the drawing could not be made into an image"));
      shown.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    });
  // A copy outside of the page has no style sheets.
  const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "fill-opacity", "font-size", "font-family"];
  const inline = (from, to) => {
    const style = getComputedStyle(from);
    for (const name of STYLES) to.style.setProperty(name, style.getPropertyValue(name));
    [...from.children].forEach((child, i) => inline(child, to.children[i]));
  };

  // Under a picture: which window it is, and what that did not see.
  const caption = () => {
    if (!pulse.view) return [];
    const { span } = pulse.view;
    return [`${pulse.longDate(span.begin_ms)}, ${pulse.time(span.begin_ms)} → ${pulse.time(span.end_ms)}`, ...unseen()];
  };
  pulse.caption = caption;

  const FOOT = 26;
  const sheet = (width, height) => {
    const canvas = pulse.el("canvas", { width: width * 2, height: (height + FOOT) * 2 });
    const pen = canvas.getContext("2d");
    const look = getComputedStyle(document.documentElement);
    const ink = (name) => look.getPropertyValue(name).trim();
    pen.scale(2, 2);
    pen.fillStyle = ink("--card");
    pen.fillRect(0, 0, width, height + FOOT);
    pen.font = `10px ${ink("--font")}`;
    pen.fillStyle = ink("--muted");
    pen.fillText([...caption(), source()].join(" · "), 8, height + 16, width - 16);
    return { canvas, pen, ink };
  };
  const savePng = (name, canvas) => canvas.toBlob((blob) => save(name, blob), "image/png");

  const timelinePng = async () => {
    const svg = document.querySelector("#timeline svg");
    if (!svg) return;
    const { width, height } = svg.getBoundingClientRect();
    const { canvas, pen } = sheet(width, height);
    pen.drawImage(await image(svg, width, height), 0, 0, width, height);
    savePng(`pulse_timeline_${stamp()}.png`, canvas);
  };

  const write = (pen, node, [x, y, width, height]) => {
    const look = getComputedStyle(node);
    pen.font = `${look.fontWeight} ${look.fontSize} ${look.fontFamily}`;
    pen.fillStyle = look.color;
    pen.fillText(node.textContent, x + width / 2, y + height / 2 + 0.5);
  };
  const plate = (pen, look, [x, y, width]) => {
    const disc = (radius, colour) => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(x + width / 2, y + width / 2, radius, 0, 2 * Math.PI);
      pen.fill();
    };
    disc(width / 2 + 2, look.outlineColor);
    disc(width / 2, look.borderTopColor);
  };
  // Layer by layer as Leaflet drew them: canvases, drawings, then the badges and the words on top.
  const mapPng = async () => {
    const map = document.getElementById("map");
    const frame = map.getBoundingClientRect();
    const { canvas, pen, ink } = sheet(frame.width, frame.height);
    pen.save();
    pen.beginPath();
    pen.rect(0, 0, frame.width, frame.height);
    pen.clip();
    pen.fillStyle = ink("--map-sea");
    pen.fillRect(0, 0, frame.width, frame.height);
    const at = (node) => {
      const box = node.getBoundingClientRect();
      return [box.x - frame.x, box.y - frame.y, box.width, box.height];
    };
    for (const node of map.querySelectorAll(".leaflet-pane canvas")) pen.drawImage(node, ...at(node));
    for (const node of map.querySelectorAll(".leaflet-pane svg")) {
      const [x, y, width, height] = at(node);
      pen.drawImage(await image(node, width, height), x, y, width, height);
    }
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    map.querySelectorAll(".town-label span").forEach((node) => write(pen, node, at(node)));
    for (const node of map.querySelectorAll(".cluster-badge")) {
      plate(pen, getComputedStyle(node), at(node));
      for (const text of node.querySelectorAll("b, span:not([hidden])")) write(pen, text, at(text));
    }
    pen.restore();
    savePng(`pulse_map_${stamp()}.png`, canvas);
  };

  const tableCsv = () => {
    const data = pulse.view && pulse.view.disruptions;
    if (!data) return;
    const rows = Object.entries(data).map(([id, d]) => [
      id, d.lines.map((line) => (pulse.view.lines[line] || { name: line }).name).join(" "), d.title, d.severity, d.state,
      d.begin_ms ? utc(d.begin_ms) : "", d.end_ms ? utc(d.end_ms) : "", d.stations, d.polarity,
    ]);
    const head = ["disruption", "lines", "title", "severity", "state", "begin_utc", "end_utc", "stations", "polarity"];
    saveCsv(`pulse_table_${stamp()}.csv`, [head, ...rows]);
  };

  pulse.onChoice("take", (what) => ({ "timeline.csv": timelineCsv, "timeline.png": timelinePng, "map.png": mapPng, "table.csv": tableCsv })[what]());

  // A file of the API, for the choice that is on the screen and what the link asks for itself.
  const chosen = (own = "{}") => {
    const all = { ...pulse.selection(), ...JSON.parse(own) };
    return new URLSearchParams(Object.entries(all).filter(([, value]) => value));
  };
  const aim = (link) => (link.href = `/api/v1/${link.dataset.table}?${chosen(link.dataset.query)}`);
  for (const act of ["click", "focusin", "pointerover"])
    document.addEventListener(act, ({ target }) => target.closest && target.closest("[data-table]") && aim(target.closest("[data-table]")), true);

  // The export menu: the tables of the page that is open, made when it is opened.
  const fileLink = (table, name, format) => {
    const words = `${name}, ${format.toUpperCase()}`;
    const link = { href: "#", download: "", title: words, "aria-label": words, "data-table": `${table}.${format}` };
    return pulse.el("a", link, format.toUpperCase());
  };
  const filesOf = ([table, name, formats]) => {
    const links = formats.flatMap((format) => [" · ", fileLink(table, name, format)]).slice(1);
    return pulse.el("p", { class: "small" }, pulse.el("b", {}, name), pulse.el("br"), ...links);
  };
  const offerFiles = () => {
    const host = document.getElementById("page-tables");
    host.replaceChildren(...(JSON.parse(host.dataset.offered)[pulse.pages.name()] || []).map(filesOf));
    if (pulse.pages.name() === "live") return; // there the links name the window that is on the screen
    for (const link of document.querySelectorAll("[data-export]")) link.href = `/export/${link.dataset.export}?${chosen()}`;
  };
  document.addEventListener("toggle", (event) => event.target.id === "export" && event.target.open && offerFiles(), true);

  // The plain tables of the other pages that have no link of their own: one button each.
  const plainCsv = (table) =>
    saveCsv(
      `pulse_${pulse.pages.name()}_${stamp()}.csv`,
      [...table.rows].map((row) => [...row.cells].map((item) => item.textContent.trim())),
    );
  pulse.offerTables = () => {
    for (const part of document.querySelectorAll(".part")) {
      const offered = part.querySelector(":scope > .take");
      if (!part.querySelector("table.plain") || part.querySelector("[data-table$='.csv']")) {
        if (offered) offered.remove();
      } else if (!offered) {
        const label = pulse.t("take.table");
        const onclick = () => plainCsv(part.querySelector("table.plain"));
        part.append(pulse.el("button", { type: "button", class: "button take", "aria-label": label, title: label, onclick }, "CSV"));
      }
    }
  };
})();
