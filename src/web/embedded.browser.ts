import { InputError } from "../errors.js";

/** The text of an element of the page that holds data. */
export function embeddedText(id: string): string {
  const text = document.getElementById(id)?.textContent;
  if (text == null) throw new InputError("page", `an element with the id ${id}`, "none");
  return text;
}

/** The bytes of an element that holds base64 of gzip. */
export async function embeddedBytes(id: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = Uint8Array.from(atob(embeddedText(id).trim()), (character) =>
    character.charCodeAt(0),
  );
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}
