// The script of the page that `writeWebPage` makes: bundled with all that it imports, and run when the page has loaded.

import type { Pixels } from "../data/transforms/pixels.js";
import { DrawingPad } from "./drawing-pad.browser.js";
import { type Answer, PageNetwork } from "./page-network.browser.js";

/** A picture is read at this size at most. */
const largest = 1024;
const mostBars = 10;

const find = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind;

const network = await PageNetwork.open();
const { classNames, channels, framing } = network.content;
// Only light marks on dark can be drawn.
const draws = channels === 1 && framing.isDark;
document.body.classList.toggle("draws", draws);
const pad = new DrawingPad(find<HTMLCanvasElement>("pad"), draws, () => classifyDrawing());

let isBusy = false;
let next: Pixels | undefined;

function classifyDrawing(): void {
  if (pad.isEmpty) showNothing();
  else queue(pictureOf(pad.pixels()));
}

/** Classifies the latest picture; those that came while the one before was computed are passed over. */
async function queue(picture: Pixels): Promise<void> {
  next = picture;
  if (isBusy) return;
  isBusy = true;
  try {
    while (next) {
      const current: Pixels = next;
      next = undefined;
      show(await network.classify(current));
    }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  } finally {
    isBusy = false;
  }
}

function pictureOf({ width, height, data }: ImageData): Pixels {
  const values = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      values[pixel * 3 + channel] = data[pixel * 4 + channel]!;
    }
  }
  return { rows: height, columns: width, channels: 3, values };
}

async function openFile(file: Blob | undefined): Promise<void> {
  if (!file) return;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    say("This file is no picture that the browser can read.");
    return;
  }
  const scale = Math.min(1, largest / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d")!;
  // Transparent parts are white, as on paper.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  pad.show(canvas, canvas.width, canvas.height);
  await queue(pictureOf(context.getImageData(0, 0, canvas.width, canvas.height)));
}

function show({ seen, warped, probabilities }: Answer): void {
  const order = Array.from(probabilities.keys()).sort(
    (a, b) => probabilities[b]! - probabilities[a]!,
  );
  const isNumber = probabilities.every((value) => !Number.isNaN(value));
  const [best = 0] = order;
  say(isNumber ? "" : "The network gives no prediction (NaN).");
  find("answer").textContent = isNumber ? classNames[best]! : "–";
  find("sure").textContent = isNumber ? inPercent(probabilities[best]!) : "";
  // Few classes keep their places, so that bars do not jump.
  const shown = classNames.length <= mostBars ? [...classNames.keys()] : order.slice(0, mostBars);
  find("bars").replaceChildren(
    ...shown.map((index) => barOf(index, probabilities[index]!, isNumber && index === best)),
  );
  draw(find<HTMLCanvasElement>("seen"), seen.picture);
  find("note").textContent = seen.isInverted
    ? "Dark on light: turned into light on dark, as the training pictures are."
    : "";
  const after = find("after");
  after.hidden = warped === undefined;
  if (warped) draw(find<HTMLCanvasElement>("warped"), warped);
  find("result").classList.remove("waiting");
}

function showNothing(): void {
  next = undefined;
  find("answer").textContent = "–";
  find("sure").textContent = "";
  find("note").textContent = "";
  find("result").classList.add("waiting");
  find("bars").replaceChildren(
    ...[...classNames.keys()].slice(0, mostBars).map((index) => barOf(index, 0, false)),
  );
}

function barOf(index: number, probability: number, isBest: boolean): HTMLElement {
  const item = document.createElement("li");
  if (isBest) item.className = "best";
  const [name, track, value] = ["span", "span", "span"].map((tag) => document.createElement(tag));
  name!.textContent = classNames[index]!;
  name!.className = "name";
  track!.className = "track";
  const bar = document.createElement("i");
  bar.style.width = `${Number.isNaN(probability) ? 0 : probability * 100}%`;
  track!.append(bar);
  value!.textContent = Number.isNaN(probability) ? "NaN" : inPercent(probability);
  value!.className = "value";
  item.append(name!, track!, value!);
  return item;
}

function inPercent(probability: number): string {
  return probability > 0.9995 ? "100 %" : `${(probability * 100).toFixed(1)} %`;
}

function draw(canvas: HTMLCanvasElement, { rows, columns, channels, values }: Pixels): void {
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[pixel * 4 + channel] = values[pixel * channels + (channels < 3 ? 0 : channel)]!;
    }
    image.data[pixel * 4 + 3] = 255;
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

function say(text: string): void {
  find("problem").textContent = text;
}

find("clear").addEventListener("click", () => {
  pad.clear();
  showNothing();
});
find<HTMLInputElement>("file").addEventListener("change", ({ target }) => {
  const input = target as HTMLInputElement;
  openFile(input.files?.[0]);
  input.value = "";
});
find("choose").addEventListener("click", () => find("file").click());
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("over");
});
document.addEventListener("dragleave", ({ relatedTarget }) => {
  if (relatedTarget === null) document.body.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  openFile(event.dataTransfer?.files[0]);
});
document.addEventListener("paste", (event) => openFile(event.clipboardData?.files[0]));

showNothing();
document.body.dataset.state = "ready";
