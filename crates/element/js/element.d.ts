/** The custom element `<leadline-playground>`; importing this module defines it. */
export class LeadlinePlayground extends HTMLElement {}

declare global {
  interface HTMLElementTagNameMap {
    "leadline-playground": LeadlinePlayground;
  }
}
