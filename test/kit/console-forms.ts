// What a browser posts of a page, without a browser: the successful controls of its forms.

const entities: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

/** Names and values of all controls on a page, in order; buttons are not pressed. */
export function postedBy(page: string): readonly (readonly [name: string, value: string])[] {
  const controls =
    /<input\b([^>]*)>|<textarea\b([^>]*)>([^<]*)<\/textarea\s*>|<select\b([^>]*)>(.*?)<\/select>/gsu;
  return [...page.matchAll(controls)].flatMap(
    ([, input, area, text = "", choice, options = ""]): readonly (readonly [string, string])[] => {
      const attributes = attributesOf(input ?? area ?? choice ?? "");
      const name = attributes.get("name");
      if (name === undefined) return [];
      if (area !== undefined) return [[name, sent(unescaped(text.replace(/^\n/u, "")))]];
      if (choice !== undefined) return [[name, chosenOf(options)]];
      const isBox = attributes.get("type") === "checkbox";
      if (isBox && !attributes.has("checked")) return [];
      return [[name, attributes.get("value") ?? ""]];
    },
  );
}

function chosenOf(options: string): string {
  const all = [...options.matchAll(/<option\b([^>]*)>/gu)].map(([, one = ""]) => attributesOf(one));
  const chosen = all.find((one) => one.has("selected")) ?? all[0];
  return chosen?.get("value") ?? "";
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/([\w-]+)(?:="([^"]*)")?/gu)].map(([, name = "", value = ""]) => [
      name,
      unescaped(value),
    ]),
  );
}

function unescaped(text: string): string {
  return text.replaceAll(/&[#\w]+;/gu, (entity) => entities[entity] ?? entity);
}

/** Ends of lines as forms send them. */
function sent(text: string): string {
  return text.replaceAll("\n", "\r\n");
}
