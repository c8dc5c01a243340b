import { type DataPlace, describeData } from "../../data/describe.js";
import type { DataArguments } from "../commands/data.js";

/** Prints what data there is. */
export async function runData(args: DataArguments): Promise<void> {
  const places = await describeData(process.env);
  if (args.json) console.log(JSON.stringify(places, null, 2));
  else console.log(places.flatMap(placeLines).join("\n"));
}

function placeLines(place: DataPlace): string[] {
  const where = place.path === undefined ? place.place : `${place.place}: ${place.path}`;
  const counts =
    place.train === undefined || place.test === undefined
      ? ""
      : `, ${place.train.toLocaleString("en-US")} + ${place.test.toLocaleString("en-US")} images`;
  const lines = [`${place.dataset}  ${where}`, `  ${place.state}: ${place.detail}${counts}`];
  for (const file of place.files) {
    if (file.path !== undefined) lines.push(`  ${file.valid ? "ok " : "bad"}  ${file.path}`);
    if (file.problem !== undefined) lines.push(`       ${file.problem}`);
  }
  return lines;
}
