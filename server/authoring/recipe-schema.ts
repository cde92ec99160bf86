import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { aliases, legacyShapeOf } from "#recipes/aliases.ts";
import { type ActionDoc, actionDocs } from "#recipes/argument-docs.ts";
import { actionNames, argumentShapes } from "#recipes/arguments.ts";
import { type FilterObjectType, filterObjects } from "#recipes/filter-objects.ts";
import type { FilterObjectSpec } from "#recipes/filter-object-spec.ts";
import { draftShape } from "#recipes/parse.ts";

/**
 * What a recipe file may hold, as a JSON Schema of draft 7, for editors: read off the shapes that parse
 * the file. Where a shape asks for more than a schema can say, the schema lets more through; the
 * members that `recipe check` warns of it refuses.
 */
export function recipeSchema(): JsonSchema {
  const { properties = {} } = schemaOf(draftShape);
  const names = [...actionNames, ...aliasNames];
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "A recipe of Mulberry's",
    type: "object",
    properties: {
      $schema: { type: "string", description: "Where this schema lies, for editors." },
      ...described(properties, members),
      action: { enum: names, description: "What is done. The arguments depend on it." },
      arguments: { type: "object", description: "What the action is told." },
      filter_object: {
        type: "array",
        items: filterObject,
        description: "Which browsers, as objects that must all let one in.",
      },
      extra_filter_expression: {
        type: "string",
        description: "What is left to say of the filter beside filter_object.",
      },
    },
    required: ["name", "action", "arguments"],
    additionalProperties: false,
    allOf: names.map((name) => ({
      if: { properties: { action: { const: name } }, required: ["action"] },
      then: { properties: { arguments: { $ref: `#/definitions/${name}` } } },
    })),
    definitions: {
      ...Object.fromEntries(
        actionNames.map((name) => [name, argumentsSchema(argumentShapes[name], actionDocs[name])]),
      ),
      ...Object.fromEntries(
        aliasNames.map((name) => {
          const { doc, arguments: docs } = actionDocs[aliases[name]];
          const shape = legacyShapeOf(name) ?? argumentShapes[aliases[name]];
          return [name, argumentsSchema(shape, { doc, arguments: docs })];
        }),
      ),
      "filter-object": { oneOf: filterObjectNames.map(filterObjectSchema) },
    },
  };
}

const aliasNames = Object.keys(aliases) as (keyof typeof aliases)[];
const filterObjectNames = Object.keys(filterObjects) as FilterObjectType[];
const filterObject: JsonSchema = { $ref: "#/definitions/filter-object" };

const members = {
  name: "For you and your colleagues.",
  slug: "The recipe's name, only where its arguments have none.",
  id: "Only to name a recipe by number; otherwise the server counts.",
  revision_id: "The server's business; leave it out.",
  filter_expression: 'Which browsers, as Jexl; "true" is every browser.',
  capabilities: "What a client must know beyond what the recipe shows; leave it out.",
} as const satisfies { readonly [M in keyof typeof draftShape.entries]: string };

function filterObjectSchema(type: FilterObjectType): JsonSchema {
  const { shape, doc }: FilterObjectSpec = filterObjects[type];
  const schema = schemaOf(shape, filterObject);
  return {
    ...schema,
    description: doc,
    properties: { type: { const: type }, ...schema.properties },
    required: ["type", ...(schema.required ?? [])],
  };
}

function argumentsSchema(shape: v.GenericSchema, { doc, arguments: docs }: ActionDoc): JsonSchema {
  const schema = schemaOf(shape);
  return { ...schema, description: doc, properties: described(schema.properties ?? {}, docs) };
}

type Properties = NonNullable<JsonSchema["properties"]>;

/** The same with what the docs say of each member, however deep. */
function described(
  properties: Properties,
  docs: Readonly<Record<string, string>>,
  path = "",
): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]): [string, JsonSchema | boolean] => {
      if (typeof schema === "boolean") return [name, schema];
      const here = path === "" ? name : `${path}.${name}`;
      const description = docs[here];
      return [
        name,
        { ...withInside(schema, docs, here), ...(description !== undefined && { description }) },
      ];
    }),
  );
}

function withInside(
  schema: JsonSchema,
  docs: Readonly<Record<string, string>>,
  path: string,
): JsonSchema {
  const { items, additionalProperties: each, properties } = schema;
  return {
    ...schema,
    ...(properties !== undefined && { properties: described(properties, docs, path) }),
    ...(isSchema(items) && { items: withInside(items, docs, `${path}[]`) }),
    ...(isSchema(each) && { additionalProperties: withInside(each, docs, `${path}.*`) }),
  };
}

function isSchema(value: JsonSchema["items"]): value is JsonSchema {
  return typeof value === "object" && !Array.isArray(value);
}

/** @param unknown - for what a shape leaves to somebody else: filter objects inside others */
function schemaOf(shape: v.GenericSchema, unknown: JsonSchema = {}): JsonSchema {
  const { $schema: _same, ...schema } = toJsonSchema(shape, {
    typeMode: "input",
    // Every number of JSON is finite; what a function checks no schema can say.
    ignoreActions: ["finite", "check"],
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      if (valibotSchema.type === "unknown") return unknown;
      // What nothing looks at is a slip of the pen.
      if (valibotSchema.type === "object") return { ...jsonSchema, additionalProperties: false };
      return undefined;
    },
    overrideAction: ({ valibotAction, jsonSchema }) => {
      if (!("requirement" in valibotAction && valibotAction.requirement instanceof RegExp))
        return undefined;
      const { source, flags } = valibotAction.requirement;
      // A schema's patterns are of the kind "u", and none of them passes over upper and lower case.
      return flags === "u" ? { ...jsonSchema, pattern: source } : jsonSchema;
    },
  });
  return schema;
}
