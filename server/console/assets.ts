import { readFileSync } from "node:fs";
import { ServerError } from "../errors.ts";
import { sha256 } from "../publish/hash.ts";
import type { Route } from "../routes/route.ts";

// What pages load besides themselves. A name that is not in the table is nothing: no path that
// somebody sends is ever one of the file system.

const types = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
} as const;

/** Colours, type and focus are those of the extension's pages: one product, one look. */
const files = {
  "theme.css": "../../extension/pages/theme.css",
  "mulberry.svg": "../../extension/pages/mulberry.svg",
  "console.css": "assets/console.css",
  "list-keys.js": "assets/list-keys.js",
  "recipe-form.js": "assets/recipe-form.js",
} as const satisfies Readonly<Record<`${string}.${keyof typeof types}`, string>>;

export type AssetName = keyof typeof files;

interface Asset {
  readonly url: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const folder = "/console/assets/";

const assets = new Map<string, Asset>(
  Object.entries(files).map(([name, file]) => {
    const bytes = new Uint8Array(readFileSync(new URL(file, import.meta.url)));
    const type = types[name.slice(name.lastIndexOf(".") + 1) as keyof typeof types];
    // Named by what it holds, so that a browser may keep it for ever and never has an old one.
    return [name, { url: `${folder}${name}?${sha256(bytes).slice(0, 12)}`, type, bytes }];
  }),
);

/** Address of an asset. */
export function assetUrl(name: AssetName): string {
  return assets.get(name)?.url ?? "";
}

/** Serves them. */
export const assetRoutes: readonly Route[] = [
  {
    path: `${folder}:name`,
    handlers: {
      GET: (context) => {
        const asset = assets.get(context.req.param("name") ?? "");
        if (asset === undefined) throw new ServerError("http/not-found", "there is no such file");
        return context.body(asset.bytes, 200, {
          "content-type": asset.type,
          "cache-control": "public, max-age=31536000, immutable",
        });
      },
    },
  },
];
