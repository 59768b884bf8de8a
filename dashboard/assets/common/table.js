// Cells of the table, as React elements of text, and its part of being the map's twin.
(() => {
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const h = (...args) => React.createElement(...args);
  let marked = new Set();

  // Which value each cell on the screen was drawn from, by row and field: React draws when it has the time.
  const drawn = new Map();
  // A cell is drawn from the value of its field and nothing else: the grid draws it anew only when that changes.
  const cell =
    (field, draw) =>
    ({ node, value }) => {
      React.useLayoutEffect(() => {
        const key = `${node.id}/${field}`;
        drawn.set(key, value);
        return () => {
          if (drawn.get(key) === value) drawn.delete(key);
        };
      });
      return draw(value);
    };

  components.PulseBadges = cell("lines", (value) =>
    h(
      "span",
      { className: "cell-badges" },
      value.slice(0, 2).map((line) =>
        h(
          "span",
          {
            key: line.id,
            className: `badge ${line.mode}`,
            style: { "--badge": line.colour, "--on-badge": line.text },
            title: line.label,
          },
          line.name,
        ),
      ),
      value.length > 2 ? h("span", { className: "small" }, `+${value.length - 2}`) : null,
    ),
  );
  // The badge says the line already: "Métro 6 : bagage oublié" begins with it.
  const LINE = /^(?:ligne|métro|metro|rer|tram(?:way)?|train|transilien|bus)\s+[\w ]{1,8}?\s*[:–-]\s*/i;
  const withoutLine = ({ title, one_line }) => {
    const rest = one_line ? title.replace(LINE, "") : title;
    return rest ? rest[0].toUpperCase() + rest.slice(1) : title;
  };

  const chip = (cluster) => {
    const name = pulse.t("cluster.name", { name: [cluster.letter, cluster.name].filter(Boolean).join(" · ") });
    const marks = { "data-cluster-chip": cluster.key, "aria-pressed": "false", "aria-label": name, title: name };
    const look = { key: cluster.key, type: "button", tabIndex: -1, className: `cluster-chip ${pulse.hueClass(cluster)}` };
    const dress = (node) => node && pulse.selection.dress(node);
    return h("button", { ...look, ...marks, ref: dress }, h("span", null, cluster.letter || pulse.t("cluster.new")));
  };
  // A chip is no part of its row: a click on it selects no row. Enter on the cell leads to its first chip, arrows to the
  // others, Escape back.
  const CHIP = "[data-cluster-chip]";
  for (const kind of ["click", "mousedown"])
    document.addEventListener(kind, (event) => (event.__ag_Grid_Stop_Propagation = Boolean(event.target.closest?.(CHIP))), true);
  functions.pulseIsForChip = ({ event }) => {
    const cell = event.target.closest(".ag-cell");
    const chips = cell ? [...cell.querySelectorAll(CHIP)] : [];
    const at = chips.indexOf(event.target);
    if (event.key === "Tab" || (at < 0 && event.key !== "Enter")) return false;
    const next = at < 0 ? 0 : at + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] || 0);
    if (event.type === "keydown" && next !== at) chips[next]?.focus();
    if (event.type === "keydown" && at >= 0 && event.key === "Escape") cell.focus();
    if (at < 0) event.preventDefault(); // the Enter that leads to a chip does not press it
    return at >= 0 || chips.length > 0;
  };
  components.PulseTitle = cell("disruption", (value) =>
    h(
      "span",
      { className: "cell-stack", title: value.title },
      h("span", { className: "cell-title" }, value.title ? withoutLine(value) : pulse.t("popup.untitled")),
      h(
        "span",
        { className: "cell-second" },
        value.clusters.map(chip),
        h("span", { className: "small one-line", title: pulse.extent(value.extent) }, pulse.extent(value.extent)),
      ),
    ),
  );
  components.PulseSeverity = cell("severity", ({ wording, tags }) =>
    h(
      "span",
      { className: "cell-stack" },
      h(
        "span",
        { className: `severity ${wording}`, title: pulse.t(`severity.${wording}`) },
        h("span", { className: `severity-icon ${wording}`, "aria-hidden": true }),
        pulse.t(`severity.short.${wording}`),
      ),
      tags.length ? h("span", { className: "small" }, tags.map((tag) => pulse.t(`state.${tag}`)).join(", ")) : null,
    ),
  );
  components.PulsePeriod = cell("period", ({ begin_ms, end_ms, near_ms }) =>
    h(
      "span",
      { className: "cell-stack" },
      h("span", null, pulse.moment(begin_ms, near_ms)),
      h("span", null, `→ ${pulse.moment(end_ms, near_ms)}`),
    ),
  );
  components.PulsePolarity = cell("polarity", (value) =>
    h("span", null, value === null || value === undefined ? "—" : pulse.polarity(value)),
  );
  // An empty table is "nothing published" only where somebody looked.
  const nothing = () => pulse.t(pulse.view && pulse.view.seen_ms ? "table.nothing" : "table.unknown");
  components.PulseNothing = () => h("span", { className: "small no-rows" }, nothing());

  for (const part of ["title", "rank", "begin_ms"])
    functions[`pulseSortedBy_${part}`] = (a, b) => {
      const [left, right] = [a[part], b[part]];
      if (typeof left === "string") return left.localeCompare(right, pulse.language);
      return (left ?? -Infinity) - (right ?? -Infinity) || 0; // two without a value are equal
    };
  functions.pulseMarked = (params) => Boolean(params.data && marked.has(params.data.id));

  const grid = () => {
    try {
      return dash_ag_grid.getApi("table");
    } catch (error) {
      return null; // not drawn yet
    }
  };

  // The row under the keyboard may go with a refresh; the one in its place takes the focus.
  let held = null; // the cell that has the focus: {rowIndex, column}
  document.addEventListener("focusin", ({ target }) => {
    const api = target.closest("#table .ag-cell") && grid();
    held = api ? api.getFocusedCell() : null;
  });
  document.addEventListener("pointerdown", () => (held = null));
  const keepFocus = (api) => {
    const rows = api.getDisplayedRowCount();
    if (held && rows && document.activeElement === document.body)
      api.setFocusedCell(Math.min(held.rowIndex, rows - 1), held.column);
  };

  let opener = null; // what the note beside the map was opened from
  pulse.onChoice("note", () => {
    pulse.write("map-note");
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
  });

  const phone = window.matchMedia("(max-width: 600px)");
  const fit = () => grid()?.setColumnsVisible(["period", "polarity"], !phone.matches); // the popup has them, too
  phone.addEventListener("change", fit);

  // Values that are equal keep their identity, so that the grid draws only what is another now.
  const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
  const shared = (before, row) => {
    if (!before) return row;
    return Object.fromEntries(Object.entries(row).map(([field, value]) => [field, same(before[field], value) ? before[field] : value]));
  };
  let wanted = []; // the rows that were painted last

  pulse.table = {
    paint: (rows) => {
      const before = new Map(wanted.map((row) => [row.id, row]));
      wanted = rows.map((row) => shared(before.get(row.id), row));
      pulse.set("table", { rowData: wanted });
    },
    // Whether grid and cells show the rows: both draw when they have the time. A table that nobody sees draws nothing.
    isDrawn: () => {
      const host = document.getElementById("table");
      if (!host || !host.offsetParent) return true;
      const api = grid();
      if (!api || api.getDisplayedRowCount() !== wanted.length) return false;
      if (!wanted.every((row) => same(api.getRowNode(row.id)?.data, row))) return false;
      const fields = api.getAllDisplayedColumns().map((column) => column.getColId());
      const isCell = (node, field) => drawn.has(`${node.id}/${field}`) && same(drawn.get(`${node.id}/${field}`), node.data[field]);
      return api.getRenderedNodes().every((node) => fields.every((field) => isCell(node, field)));
    },
    watch: () => {
      const empty = document.querySelector("#table .no-rows"); // drawn before the view that it speaks of
      if (empty) empty.textContent = nothing();
      const api = grid();
      if (!api || api === pulse.table.watched) return;
      pulse.table.watched = api;
      fit();
      api.addEventListener("rowDataUpdated", () => setTimeout(keepFocus, 0, api)); // when the rows are drawn
    },
    // The rows that an open popup is about; the first comes into view unless the person only refreshed.
    mark: (ids, still) => {
      const next = new Set(ids);
      const changed = [...marked, ...next].filter((id) => marked.has(id) !== next.has(id));
      marked = next;
      const api = grid();
      if (!api || !changed.length) return;
      const nodes = changed.map((id) => api.getRowNode(id)).filter(Boolean);
      api.redrawRows({ rowNodes: nodes });
      const first = !still && ids.map((id) => api.getRowNode(id)).find(Boolean);
      if (first && !document.activeElement.closest("#table")) api.ensureNodeVisible(first, "middle");
    },
  };

  window.dash_clientside.pulse_table = {
    select: (rows) => {
      const nothing = window.dash_clientside.no_update;
      if (!rows || !rows.length || !pulse.view) return nothing;
      const d = pulse.view.disruptions[rows[0].id];
      pulse.write("map-note");
      opener = document.activeElement;
      if (d && d.at) pulse.map.openDisruption(rows[0].id, [d.at[0], d.at[1]]);
      else if (d)
        pulse.write(
          "map-note",
          pulse.el(
            "button",
            { type: "button", class: "button", "data-choice": "note:close", "aria-label": pulse.t("tool.close") },
            "×",
          ),
          pulse.popups.disruption(rows[0].id),
        );
      return nothing;
    },
  };
})();
