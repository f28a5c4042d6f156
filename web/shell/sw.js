// The service worker: keeps one build of the page, whole, and serves it without network. The
// build writes BUILD and FILES (a list of [url relative to the scope, integrity]) above this text.
//
// A build is taken all or nothing: each file must have the contents the build listed, or the
// install fails and the version before it stays. So wasm and scripts of two builds never mix.

const PREFIX = `leadline ${self.registration.scope} `;
const CACHE = PREFIX + BUILD;
const INDEX = new URL("./", self.registration.scope).href;
const path = (url) => new URL(url, self.registration.scope).pathname;
const OWN = new Set(FILES.map(([url]) => path(url)));

async function keep(cache, [url, integrity]) {
  const address = new URL(url, self.registration.scope).href;
  const response = await fetch(address, { integrity, cache: "no-cache", credentials: "same-origin" });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  await cache.put(address, response);
}

async function install() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(FILES.map((file) => keep(cache, file)));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  // The very first visit works offline too, without a reload in between.
  await self.clients.claim();
}

// A cache that the browser has cleared under us must not take the page down while there is network.
async function fromCache(address, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  if (event.data === "skipWaiting") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (OWN.has(url.pathname) && url.href !== INDEX) {
    event.respondWith(fromCache(url.origin + url.pathname, request));
  } else if (request.mode === "navigate" && !url.pathname.split("/").pop().includes(".")) {
    // Every address of the app is the one page; it routes by itself.
    event.respondWith(fromCache(INDEX, request));
  }
});
