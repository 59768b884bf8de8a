// Light or dark. Asked for in the head of the page, so that nothing is painted in the wrong one: what the address
// wants (?theme=dark), else what was chosen on this machine, else what the system says.
window.pulse = window.pulse || {};
(() => {
  const KEY = "pulse.theme";
  const CHOICES = ["system", "light", "dark"]; // in the order of the button
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const known = (value) => (CHOICES.includes(value) ? value : null);

  const remembered = () => {
    try {
      return known(window.localStorage.getItem(KEY));
    } catch (error) {
      return null; // a browser that keeps nothing
    }
  };
  const remember = (choice) => {
    try {
      window.localStorage.setItem(KEY, choice);
    } catch (error) {
      console.info("the theme is not remembered", error);
    }
  };

  // A map of the page "Compare" stands in a frame of ours and looks like the page around it.
  const around = window.frameElement && window.parent.pulse ? window.parent.pulse.theme : null;
  const theme = {
    asked: known(new URLSearchParams(window.location.search).get("theme")), // stays in the address
    choice: () => theme.asked || (around ? around.choice() : remembered() || "system"),
    name: () => (theme.choice() === "system" ? (system.matches ? "dark" : "light") : theme.choice()),
    next: () => CHOICES[(CHOICES.indexOf(theme.choice()) + 1) % CHOICES.length],
    choose: (choice) => {
      if (theme.asked) theme.asked = choice;
      remember(choice);
      paint();
    },
  };
  const paint = () => {
    const name = theme.name();
    if (document.documentElement.dataset.theme === name && theme.painted === theme.choice()) return;
    document.documentElement.dataset.theme = name;
    theme.painted = theme.choice();
    window.dispatchEvent(new Event("pulse:theme"));
  };

  window.pulse.theme = theme;
  system.addEventListener("change", paint);
  window.addEventListener("storage", (event) => event.key === KEY && paint()); // another tab, or the page around
  paint();
})();
