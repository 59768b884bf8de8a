// Cells of the table, as React elements of text.
(() => {
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const h = (...args) => React.createElement(...args);

  components.PulseBadges = ({ value }) =>
    h(
      "span",
      { className: "cell-badges" },
      (value || []).slice(0, 3).map((line) =>
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
      (value || []).length > 3 ? h("span", { className: "small" }, `+${value.length - 3}`) : null,
    );
  components.PulseTitle = ({ value }) => h("span", { className: "cell-title" }, value);
  components.PulseSeverity = ({ data }) =>
    h(
      "span",
      { className: "cell-stack" },
      h(
        "span",
        { className: `severity ${["BLOQUANTE", "PERTURBEE", "INFORMATION"][data.rank] || ""}` },
        data.severity,
      ),
      data.state === "ongoing" ? null : h("span", { className: "small" }, data.state_word),
    );
  components.PulseWord = ({ data, colDef }) =>
    h("span", { className: "cell-word" }, data[`${colDef.field}_word`] || "—");
  components.PulsePolarity = ({ value }) =>
    h("span", null, value === null || value === undefined ? "—" : pulse.polarity(value));

  components.PulseNothing = () =>
    h("span", { className: "small" }, "Aucune perturbation publiée pour ce choix");

  window.dash_clientside.pulse_table = {
    select: (rows) => {
      const nothing = window.dash_clientside.no_update;
      if (!rows || !rows.length || !pulse.view) return nothing;
      const d = pulse.view.disruptions[rows[0].id];
      pulse.write("map-note");
      if (d && d.at) pulse.map.openDisruption(rows[0].id, [d.at[0], d.at[1]]);
      else if (d)
        pulse.write(
          "map-note",
          pulse.el(
            "button",
            { type: "button", class: "button", "data-choice": "note:close", "aria-label": "Fermer" },
            "×",
          ),
          pulse.popups.disruption(rows[0].id),
        );
      return nothing;
    },
  };
})();
