// Registers the service worker and tells the page about new versions. A new version waits until
// the page asks for it, so that nobody loses what they are doing.
//
//   page reads      document.documentElement.dataset.offline   "ready" | "unavailable"
//                   document.documentElement.dataset.update    "ready" when a new version waits
//   page hears      window "leadline:offline-ready"             the page now starts without network
//                   window "leadline:offline-unavailable"       detail.reason says why
//                   window "leadline:update-ready"              offer "Reload"
//   page says       window "leadline:update-apply"              takes the new version and reloads
//
// The data attributes exist because the page may start listening after the event was sent.

const HOUR = 60 * 60 * 1000;
// A browser may hold a new version back while the old one still answers a request, such as the
// rest of a download that nobody waits for. Reloading ends those requests; the note in the tab's
// session makes the page ask once more after that.
const PATIENCE = 3000;
// Meanwhile it is asked again, since a browser that held it back need not look again by itself.
const AGAIN = 300;
const ASKED = "leadline:update-asked";
const state = document.documentElement.dataset;
let applying = false;
let registration;

function tell(name, detail = {}) {
  window.dispatchEvent(new CustomEvent(`leadline:${name}`, { detail }));
}

function unavailable(reason) {
  state.offline = "unavailable";
  tell("offline-unavailable", { reason });
}

function updateReady() {
  state.update = "ready";
  tell("update-ready");
}

function watch(worker) {
  worker.addEventListener("statechange", () => {
    // With a controller, an installed worker is a new version; without, it is the first one.
    if (worker.state === "installed" && navigator.serviceWorker.controller) updateReady();
  });
}

async function register(base) {
  registration = await navigator.serviceWorker.register(`${base}sw.js`, {
    scope: base,
    updateViaCache: "none",
  });
  const hadController = Boolean(navigator.serviceWorker.controller);
  if (registration.waiting && hadController) {
    if (sessionStorage.getItem(ASKED)) takeUpdate();
    else updateReady();
  }
  sessionStorage.removeItem(ASKED);
  if (registration.installing) watch(registration.installing);
  registration.addEventListener("updatefound", () => watch(registration.installing));
  // Work may stay open for days: look for a new version now and then. Offline this fails, which
  // is no news to anyone.
  setInterval(() => registration.update().catch(() => {}), HOUR);
  await navigator.serviceWorker.ready;
  state.offline = "ready";
  tell("offline-ready");
}

function followController() {
  let controlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (applying) location.reload();
    // Another tab took the new version: this one still runs the old program until it reloads.
    else if (controlled) updateReady();
    controlled = true;
  });
}

// The reload itself comes with the change of controller, in followController.
function takeUpdate() {
  applying = true;
  const ask = () => registration.waiting?.postMessage("skipWaiting");
  ask();
  // Until the reload ends this page.
  setInterval(ask, AGAIN);
}

async function applyUpdate() {
  registration ??= await navigator.serviceWorker?.getRegistration();
  if (!registration?.waiting) return location.reload();
  takeUpdate();
  setTimeout(() => {
    sessionStorage.setItem(ASKED, "yes");
    location.reload();
  }, PATIENCE);
}

window.addEventListener("leadline:update-apply", applyUpdate);

const build = document.querySelector('meta[name="leadline-build"]')?.content;
const base = document.querySelector('meta[name="leadline-base"]')?.content ?? "/";
if (build === "dev") {
  unavailable("A development build is not kept for offline use.");
} else if (!("serviceWorker" in navigator)) {
  unavailable("This browser, or this private window, keeps no pages for offline use.");
} else {
  followController();
  register(base).catch((error) => unavailable(`${error}`));
}
