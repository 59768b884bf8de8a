// The search of the page of incidents: what is typed is a choice like any other, so it stands in the address.
(() => {
  // The chosen incident is shown above the list: go there once it is painted.
  document.addEventListener("click", (event) => {
    const button = event.target.closest('[data-choice^="incident:"]');
    const life = document.getElementById("incidents-life");
    if (!button || !life) return;
    const seen = new MutationObserver(() => {
      seen.disconnect();
      life.scrollIntoView({ block: "start" });
    });
    seen.observe(life, { childList: true, subtree: true });
  });

  window.dash_clientside.pulse_incidents = {
    find: (value) => {
      if (pulse.selection() && (value || "") !== (pulse.selection().find || "")) pulse.choose("find", value || "");
      return "incidents-search";
    },
    found: () => (pulse.selection() && pulse.selection().find) || "",
  };
})();
