const badCharacter = /[^0-9a-zA-Z._\-/]/gu;
/** Names that collectors of metrics keep for themselves. */
const reserved: readonly string[] = ["device", "host", "source"];
const maxLength = 200;

/**
 * A tag as collectors of metrics take it, by the rules of Mozilla's markus: lower case, anything but
 * letters, digits and `._-/` becomes `_`, a letter comes first, 200 characters at most.
 *
 * @returns `name:value`, or the name alone for an empty value
 */
export function toTag(name: string, value = ""): string {
  const clean = name.replace(badCharacter, "_");
  const tag = value === "" ? clean : `${clean}:${value.replace(badCharacter, "_")}`;
  const begun = tag === "" || /^[a-zA-Z]/u.test(tag) ? tag : `a${tag}`;
  const short = begun.toLowerCase().slice(0, maxLength);
  return reserved.includes(short) ? `${short}_` : short;
}
