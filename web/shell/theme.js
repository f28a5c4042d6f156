// Applies the chosen theme before the first paint; the page changes it later by itself. A file of
// its own because the Content-Security-Policy allows no inline script.
try {
  const theme = localStorage.getItem("leadline.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked here: the system's theme is used.
}
