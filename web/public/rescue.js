// Says so in the page when its own files cannot be loaded: a page of an older version whose files are
// gone, a deployment that is not complete, a connection that broke off. Without it the page would stay
// empty. All other scripts and styles have names by their contents; this one has the same name in every
// build, so it is there when they are not.

let told = false;

function tell() {
  if (told || !document.body) return;
  told = true;
  const element = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };
  const box = document.createElement("div");
  box.setAttribute("role", "alert");
  // The styles may be gone too.
  Object.assign(box.style, { maxWidth: "40rem", margin: "3rem auto", padding: "0 1rem", fontFamily: "system-ui, sans-serif" });
  const reload = element("button", "Reload");
  reload.type = "button";
  reload.addEventListener("click", () => location.reload());
  box.append(
    element("h1", "A part of Leadline could not be loaded"),
    element(
      "p",
      "It is missing where this page came from: a newer version may have been put there just now, " +
        "or the connection broke off. Your workflows are kept in this browser and are not affected.",
    ),
    reload,
  );
  document.body.prepend(box);
}

// What fails to load tells nobody but those who listen on the way down.
window.addEventListener(
  "error",
  ({ target }) => {
    const script = target instanceof HTMLScriptElement;
    const style = target instanceof HTMLLinkElement && target.rel === "stylesheet";
    if (!script && !style) return;
    if (document.body) tell();
    else document.addEventListener("DOMContentLoaded", tell);
  },
  true,
);
