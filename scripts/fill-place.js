import { InputError } from "../dist/errors.js";

/**
 * Replaces the text of a page between the comments `<!-- name -->` and `<!-- /name -->`.
 *
 * @param file the page's path, for the error where the comments are missing
 */
export function fillPlace(file, page, name, text) {
  const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  if (!place.test(page)) throw new InputError(file, `a place <!-- ${name} -->`, "none");
  return page.replace(place, (_, open, close) => `${open}${text}\n${close}`);
}
