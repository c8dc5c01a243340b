import { decode } from "fast-png";

/** A picture of a drawing, decoded. */
export interface DrawnPicture {
  readonly label: string;
  readonly columns: number;
  readonly rows: number;
  /** One colour per pixel, row-major: `#rrggbb`. */
  readonly colors: readonly string[];
}

/** The pictures that an SVG holds as PNG, in their order. */
export function picturesOf(svg: string): DrawnPicture[] {
  return [...svg.matchAll(/<image [^>]*>/g)].map(([tag]) => {
    const [, base64] = /href="data:image\/png;base64,([^"]*)"/.exec(tag)!;
    const { width, height, channels, data } = decode(Buffer.from(base64!, "base64"));
    const colors = Array.from({ length: width * height }, (_, pixel) => {
      const [red, green = red, blue = red] = data.slice(
        pixel * channels,
        pixel * channels + channels,
      );
      return `#${[red, green, blue].map((value) => value!.toString(16).padStart(2, "0")).join("")}`;
    });
    return { label: /aria-label="([^"]*)"/.exec(tag)![1]!, columns: width, rows: height, colors };
  });
}
