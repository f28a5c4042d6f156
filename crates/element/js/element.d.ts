/** The custom element `<leadline-playground>`; importing this module defines it. */
export class LeadlinePlayground extends HTMLElement {}

/** Its attributes; none is needed. */
export interface PlaygroundAttributes {
  /** Begins with this operation, such as `pauseWorkflow`. */
  operation?: string;
  /** Begins with this guided tour, such as `pause`. */
  tour?: string;
  /** The address of a server that answers in place of the engine in the page. */
  server?: string;
  /** The seed of the engine; 1 when nothing is said. */
  seed?: number | string;
  /** Without it the element follows the page around it. */
  theme?: "light" | "dark" | "system";
}

/** What every element has, as far as JSX is asked of it. */
interface ElementAttributes extends PlaygroundAttributes {
  id?: string;
  class?: string;
  style?: string | object;
  slot?: string;
}

declare global {
  interface HTMLElementTagNameMap {
    "leadline-playground": LeadlinePlayground;
  }
  namespace JSX {
    interface IntrinsicElements {
      "leadline-playground": ElementAttributes;
    }
  }
}
