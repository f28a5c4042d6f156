// <leadline-playground>: the API playground as a custom element for any page.
//
//   operation   an operation of the API to begin with, such as pauseWorkflow
//   tour        a guided tour to begin with, such as pause
//   server      the address of a server that answers in place of the engine in the page
//   seed        the seed of the engine
//   theme       light, dark or system; without it the element follows its page
//
// Colours and fonts can be set by --leadline-… variables. The event `leadline-playground-moved` tells in
// its `detail` which operation and tour are shown. What the element keeps over a reload it keeps in
// sessionStorage, apart for each element of a page.

const NAME = "leadline-playground";
/** A larger engine is not kept over a reload. */
const MOST_KEPT = 1_500_000;

let program;
/** The screen's program, loaded when the first element appears. */
function load() {
  program ??= (async () => {
    const screen = await import("./playground.js");
    await screen.default({ module_or_path: new URL("./playground_bg.wasm", import.meta.url) });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(screen.styles());
    return { mount: screen.mount, sheet };
  })();
  return program;
}

/** Storage may be full or blocked: then nothing is kept, and everything else works. */
function stored(work) {
  try {
    return work(sessionStorage);
  } catch {
    return null;
  }
}

const encoded = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
};

const decoded = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** What the screen asks of its element. */
class Host {
  #element;
  #place;

  constructor(element, place) {
    this.#element = element;
    this.#place = place;
  }

  async open(seed, fresh) {
    const { Leadline } = await import("../index.js");
    const kept = fresh ? null : this.kept("engine");
    if (kept) {
      try {
        return { engine: Leadline.restore(decoded(kept)), restored: true };
      } catch (error) {
        // Kept by another version: begin anew.
        console.warn("The engine that was kept cannot be read:", error);
      }
    }
    return { engine: new Leadline({ seed: seed ?? 1 }), restored: false };
  }

  kept(name) {
    return stored((storage) => storage.getItem(`${this.#place} ${name}`)) ?? undefined;
  }

  keep(name, text) {
    stored((storage) => storage.setItem(`${this.#place} ${name}`, text));
  }

  keepEngine(engine) {
    const bytes = engine?.snapshot();
    if (bytes && bytes.length <= MOST_KEPT) this.keep("engine", encoded(bytes));
    else stored((storage) => storage.removeItem(`${this.#place} engine`));
  }

  attribute(name) {
    return this.#element.getAttribute(name) ?? undefined;
  }

  moved(operation, tour) {
    const detail = { operation, tour };
    this.#element.dispatchEvent(new CustomEvent(`${NAME}-moved`, { detail, bubbles: true }));
  }
}

// Documentation is often drawn on a server first, where there are no elements.
class LeadlinePlayground extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ["operation", "tour", "server", "seed"];

  #screen;
  #host;
  #keep = () => this.#host?.keepEngine(this.#screen?.engine());

  async connectedCallback() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    try {
      const { mount, sheet } = await load();
      if (!this.isConnected || this.#screen) return;
      const place = `${NAME} ${location.pathname} ${[...document.querySelectorAll(NAME)].indexOf(this)}`;
      root.adoptedStyleSheets = [sheet];
      root.replaceChildren();
      this.#host = new Host(this, place);
      this.#screen = mount(root.appendChild(document.createElement("div")), this.#host);
      addEventListener("pagehide", this.#keep);
    } catch (error) {
      const note = document.createElement("p");
      note.setAttribute("role", "alert");
      note.textContent = `The playground could not start: ${error}`;
      root.replaceChildren(note);
      console.error(error);
    }
  }

  disconnectedCallback() {
    // Moving an element takes it out and puts it in again: only what stays out ends.
    queueMicrotask(() => {
      if (this.isConnected || !this.#screen) return;
      this.#keep();
      removeEventListener("pagehide", this.#keep);
      this.#screen.unmount();
      this.#screen = undefined;
      this.shadowRoot.replaceChildren();
    });
  }

  attributeChangedCallback(name, before, now) {
    if (before !== now) this.#screen?.attribute(name, now ?? undefined);
  }
}

if (globalThis.customElements?.get(NAME) === undefined) globalThis.customElements?.define(NAME, LeadlinePlayground);

export { LeadlinePlayground };
