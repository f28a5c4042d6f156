// Starts the page: loads the WebAssembly program that index.html names, and says so in the page
// when that is not possible. An external file, because the Content-Security-Policy allows no
// inline script.

const named = (name) => document.querySelector(`meta[name="${name}"]`)?.content;

function explain(error) {
  console.error(error);
  const box = document.createElement("div");
  box.setAttribute("role", "alert");
  const title = document.createElement("h1");
  title.textContent = "Leadline could not start";
  const reason = document.createElement("p");
  reason.textContent = `${error}`;
  const advice = document.createElement("p");
  advice.textContent =
    "Your workflows are kept in this browser and are not affected. " +
    "Reload the page; if that does not help, try a current version of your browser.";
  const reload = document.createElement("button");
  reload.type = "button";
  reload.textContent = "Reload";
  reload.addEventListener("click", () => location.reload());
  box.append(title, reason, advice, reload);
  document.body.append(box);
}

try {
  const program = await import(named("leadline-script"));
  await program.default({ module_or_path: named("leadline-wasm") });
} catch (error) {
  explain(error);
}
