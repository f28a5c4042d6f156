// For React, whose JSX has types of its own: `import "@leadline/engine/react"` defines the element, too.

import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { LeadlinePlayground, PlaygroundAttributes } from "./element.js";

export { LeadlinePlayground, PlaygroundAttributes } from "./element.js";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "leadline-playground": DetailedHTMLProps<HTMLAttributes<LeadlinePlayground>, LeadlinePlayground> &
        PlaygroundAttributes;
    }
  }
}
