// Dark or light, as the system or the reader wants it. Runs before the page is drawn, so that nothing flashes.
(() => {
  const key = "bennu-chat-theme";
  const show = (theme) => (theme ? (document.documentElement.dataset.theme = theme) : delete document.documentElement.dataset.theme);
  show(localStorage.getItem(key));
  addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", () => {
      const root = document.documentElement;
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      show(dark ? "light" : "dark");
      localStorage.setItem(key, root.dataset.theme);
    });
  });
})();
