import type { Attachment } from "svelte/attachments";

/** A drawing for a width in pixels. */
export type Drawing = (width: number) => SVGSVGElement | HTMLElement;

/** Shows a drawing in an element, and draws it again where its width or what it reads changes. */
export function drawn(drawing: Drawing): Attachment<HTMLElement> {
  return (holder) => {
    let width = $state(0);
    const observer = new ResizeObserver(([entry]) => {
      width = Math.round(entry!.contentRect.width);
    });
    observer.observe(holder);
    $effect(() => {
      if (width > 0) holder.replaceChildren(asPicture(drawing(width)));
    });
    return () => observer.disconnect();
  };
}

/** For screen readers a drawing is one picture with its label; labels of its groups of lines say nothing. */
function asPicture<Drawn extends Element>(drawing: Drawn): Drawn {
  drawing.setAttribute("role", "img");
  for (const group of drawing.querySelectorAll("g[aria-label]"))
    group.removeAttribute("aria-label");
  return drawing;
}
