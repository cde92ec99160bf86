import type { Access } from "../route.ts";
import type { recipeMembers } from "./draft.ts";
import type { Operation, Resource } from "./resource.ts";

/** What requests and refusals are made of. */
const schemas = {
  RecipeWrite: {
    type: "object",
    additionalProperties: false,
    properties: {
      name: { type: "string" },
      action: { type: "string", description: "The action's name, in place of action_id." },
      action_id: { type: "integer" },
      arguments: { type: "object" },
      slug: { type: "string", description: "Only where the arguments hold no name." },
      extra_filter_expression: { type: "string", description: 'Jexl; "true" is every browser.' },
      filter_object: {
        type: "array",
        items: { type: "object" },
        description: "Conditions that must all hold; kept as the Jexl that they come to.",
      },
      extra_capabilities: { type: "array", items: { type: "string" } },
      comment: { type: "string" },
      experimenter_slug: { description: "Not kept." },
      identicon_seed: { description: "Not kept." },
    } satisfies { readonly [M in (typeof recipeMembers)[number]]: object },
  },
  Verdict: {
    type: "object",
    properties: {
      comment: { type: "string" },
      sha256: { type: "string", description: "Of the text that was looked at." },
    },
  },
  Refusal: {
    type: "object",
    required: ["code", "at", "message"],
    properties: {
      code: { type: "string", description: "Stable." },
      at: { type: "string", description: "JSON Pointer into the body, or empty." },
      message: { type: "string" },
    },
  },
} as const satisfies Record<NonNullable<Operation["body"]> | "Refusal", object>;

/** The description of the API, in the form of OpenAPI 3.1, read off the very table that answers. */
export function openApi(resources: readonly Resource[], version: string): object {
  return {
    openapi: "3.1.0",
    info: { title: "Mulberry, authoring", version },
    components: {
      schemas,
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "Or `Authorization: Token …`." },
      },
    },
    paths: Object.fromEntries(
      resources.map(({ path, operations }) => [
        path.replaceAll(/:(\w+)/gu, "{$1}"),
        Object.fromEntries(
          Object.entries(operations).map(([method, operation]) => [
            method.toLowerCase(),
            describe(path, operation),
          ]),
        ),
      ]),
    ),
  };
}

function describe(path: string, { access, doc, body }: Operation): object {
  return {
    summary: doc,
    description: neededFor(access),
    security: access === "everyone" ? [] : [{ token: [] }],
    ...(path.includes(":id") && {
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }],
    }),
    ...(body && {
      requestBody: { content: { "application/json": { schema: reference(body) } } },
    }),
    responses: {
      "2XX": { description: "Done." },
      default: {
        description: "Refused.",
        content: { "application/json": { schema: reference("Refusal") } },
      },
    },
  };
}

function reference(name: keyof typeof schemas): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

function neededFor(access: Access): string {
  return access === "everyone" ? "Open to everyone." : `Needs the scope \`${access}\`.`;
}
