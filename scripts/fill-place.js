import { InputError } from "../dist/errors.js";

/**
 * A page with other text between the comments of a place, `<!-- name -->` and `<!-- /name -->`.
 *
 * @param file its path, for the error where it has no such place
 */
export function fillPlace(file, page, name, text) {
  const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  if (!place.test(page)) throw new InputError(file, `a place <!-- ${name} -->`, "none");
  return page.replace(place, (_, open, close) => `${open}${text}\n${close}`);
}
