import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import type { RecipeOptions } from "./recipe.js";

// Sections of a recipe as one types them: `adamw, weightDecay=0.1, betas=0.9/0.99`. Names and values are those of the
// library; kinds may be written `one-cycle` for `oneCycle`.

/** Options whose values are lists, with slashes between the numbers. */
const lists = ["betas", "milestones", "classWeights"];

type Section = Readonly<Record<string, unknown>>;

/**
 * Reads a section that begins with its kind. Its values are checked elsewhere.
 *
 * @param option named in errors
 * @throws InputError where it is not of this form
 */
export function parseSection(where: string, option: string, text: string): Section {
  const [kind = "", ...settings] = text.split(",").map((part) => part.trim());
  if (!/^[a-zA-Z-]+$/.test(kind)) {
    throw new InputError(where, `${option} to be KIND, NAME=VALUE, ...`, excerpt(text));
  }
  const name = kind.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { kind: name, ...parseSettings(where, option, settings) };
}

/** Reads a group: `loc.*: rate=0.1, weightDecay=0` or `loc.*: frozen`. */
export function parseGroup(where: string, option: string, text: string): Section {
  const colon = text.lastIndexOf(":");
  if (colon < 1) {
    throw new InputError(where, `${option} to be PATTERN: NAME=VALUE, ...`, excerpt(text));
  }
  const settings = text
    .slice(colon + 1)
    .split(",")
    .map((part) => part.trim());
  return { match: text.slice(0, colon).trim(), ...parseSettings(where, option, settings) };
}

/** Reads a warm-up: `2` or `2, startFactor=0.1`, in epochs. */
export function parseWarmUp(where: string, option: string, text: string): Section {
  const [epochs = "", ...settings] = text.split(",").map((part) => part.trim());
  return { epochs: Number(epochs), ...parseSettings(where, option, settings) };
}

function parseSettings(where: string, option: string, settings: readonly string[]): Section {
  return Object.fromEntries(
    settings.map((setting) => {
      const [name = "", value = "true", ...more] = setting.split("=").map((part) => part.trim());
      if (!/^[a-zA-Z]+$/.test(name) || more.length > 0 || value === "") {
        throw new InputError(where, `${option} with NAME=VALUE`, excerpt(setting));
      }
      return [name, lists.includes(name) ? value.split("/").map(Number) : parseValue(value)];
    }),
  );
}

function parseValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

/**
 * Reads augmentations: `rotate=12, scale=0.9..1.1, elastic=34/4`. The values of `elastic` are alpha and sigma, those of
 * `erase` probability, scale and ratio.
 */
export function parseAugmentation(where: string, option: string, text: string): Section {
  const settings = text.split(",").map((part) => {
    const [name = "", value = "", ...more] = part.split("=").map((each) => each.trim());
    if (!/^[a-zA-Z]+$/.test(name) || more.length > 0 || value === "") {
      throw new InputError(where, `${option} to be NAME=VALUE, ...`, excerpt(part));
    }
    const parts = membersOf[name];
    if (parts === undefined) return [name, parseRange(value)];
    const values = value.split("/").map(parseRange);
    if (values.length > parts.length) {
      throw new InputError(
        where,
        `${option} with ${name}=${parts.join("/").toUpperCase()}`,
        excerpt(value),
      );
    }
    return [name, Object.fromEntries(values.map((each, index) => [parts[index]!, each]))];
  });
  return Object.fromEntries(settings);
}

/** Augmentations whose values have members, in this order. */
const membersOf: Readonly<Record<string, readonly string[]>> = {
  elastic: ["alpha", "sigma"],
  erase: ["probability", "scale", "ratio"],
};

function parseRange(text: string): unknown {
  const ends = text.split("..").map(parseValue);
  return ends.length === 1 ? ends[0] : ends;
}

/** Augmentations as {@link parseAugmentation} reads them. */
function augmentationText(augment: object): string {
  const shown = (value: unknown): string =>
    Array.isArray(value) ? value.join("..") : String(value);
  const settings = Object.entries(augment).map(([name, value]) => {
    const parts = membersOf[name];
    return `${name}=${parts ? parts.map((part) => shown(value[part])).join("/") : shown(value)}`;
  });
  return settings.join(", ");
}

/** The options of the command line that give a recipe with these sections, without dashes, and their values. */
export function recipeArguments(sections: RecipeOptions): (readonly [string, string])[] {
  const { optimizer, schedule, groups = [], clip, ema, loss, penalty, augment } = sections;
  const found: [string, string][] = [];
  if (optimizer) found.push(["optimizer", sectionText(optimizer)]);
  if (schedule) {
    const { warmup, ...own } = schedule;
    found.push(["schedule", sectionText(own)]);
    if (warmup) {
      const { epochs, ...others } = warmup;
      found.push(["warmup", [String(epochs), ...settingTexts(others)].join(", ")]);
    }
  }
  for (const { match, ...others } of groups) {
    found.push(["group", `${match}: ${settingTexts(others).join(", ")}`]);
  }
  if (clip)
    found.push("norm" in clip ? ["clip-norm", `${clip.norm}`] : ["clip-value", `${clip.value}`]);
  if (ema) found.push(["ema", String(ema.decay)]);
  if (loss) found.push(["loss", sectionText(loss)]);
  if (penalty) found.push(["transform-penalty", String(penalty.transform)]);
  if (augment) found.push(["augment", augmentationText(augment)]);
  return found;
}

/** A section as {@link parseSection} reads it. */
export function sectionText({ kind, ...others }: { readonly kind: string }): string {
  return [kind, ...settingTexts(others)].join(", ");
}

function settingTexts(settings: object): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (!Array.isArray(value)) return [`${name}=${value}`];
    return value.length > 0 ? [`${name}=${value.join("/")}`] : [];
  });
}
