// The buttons of the header that change nothing of what is chosen: light or dark, and the link to copy.
(() => {
  const COPIED_MS = 2500;

  const themeWords = () => pulse.t("theme.name", { name: pulse.t(`theme.${pulse.theme.choice()}`) });
  const paintTheme = () => {
    const button = document.getElementById("theme");
    if (!button) return;
    const words = themeWords();
    button.dataset.theme = pulse.theme.choice();
    button.title = words;
    button.setAttribute("aria-label", words);
    pulse.set("mantine", { forceColorScheme: pulse.theme.name() });
  };
  window.addEventListener("pulse:theme", paintTheme);

  // The next choice of lines answers a notice about those of the address.
  const closeNotice = () => (document.getElementById("line-notice").hidden = true);
  pulse.onChoice("notice", closeNotice);
  window.addEventListener("pulse:choice", closeNotice);

  pulse.onChoice("theme", () => {
    pulse.theme.choose(pulse.theme.next());
    pulse.keepAddress();
    pulse.announce(themeWords());
  });

  // Where the browser keeps the clipboard from scripts (no TLS), the link is put where it can be copied by hand.
  const toClipboard = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (error) {
      window.prompt(pulse.t("tool.copy"), text);
      return false;
    }
  };
  pulse.onChoice("link", async () => {
    if (!(await toClipboard(window.location.origin + pulse.address(pulse.pages.current())))) return;
    const button = document.getElementById("copy-link");
    button.classList.add("is-done");
    pulse.announce(pulse.t("tool.copied"));
    setTimeout(() => button.classList.remove("is-done"), COPIED_MS);
  });

  pulse.headerTools = { start: paintTheme };
})();
