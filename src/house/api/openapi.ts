import { z } from 'zod';
import { problemSchema } from './problem.ts';
import type { Route } from './route.ts';

/** Problems that any route may have. */
const anyRoute = [400, 429, 500, 503];
const withScope = [401, 403];
const withBody = [411, 413, 415];

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the routes, from the schemas by which they check. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Vigil',
      version,
      description:
        'A device that sees and hears: who is known, who came, how it is. docs/house.md says how to begin.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Made by `vigil token create NAME --scope SCOPE`.',
        },
      },
    },
  };
}

function operation(route: Route): Json {
  const { method, path, summary, scope, json, bytes, status, answer, answerType } = route;
  const hasBody = json !== undefined || bytes !== undefined;
  const problems = [
    ...anyRoute,
    ...(scope === null ? [] : withScope),
    ...(hasBody ? withBody : []),
    ...(route.problems ?? []),
  ];
  const content =
    json === undefined ? bytesContent(bytes?.types ?? []) : jsonContent(schemaOf(json, 'input'));
  return {
    operationId: `${method}${path.replace(/^\/api\/v1/, '').replaceAll(/[/{}._-]+(\w)?/g, (_, letter = '') => letter.toUpperCase())}`,
    summary,
    ...(scope === null ? {} : { security: [{ token: [] }], description: `Needs the scope \`${scope}\`.` }),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(hasBody ? { requestBody: { required: true, content } } : {}),
    responses: {
      [status]: {
        description: 'Done.',
        content:
          answerType === undefined
            ? jsonContent(schemaOf(answer, 'output'))
            : { [answerType]: { schema: { type: 'string' } } },
      },
      ...Object.fromEntries(
        problems.sort().map((problem) => [
          problem,
          {
            description: 'Not done; `detail` says why.',
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        ]),
      ),
    },
  };
}

function parameters(schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = objectSchema.parse(schemaOf(schema, 'output'));
  return Object.entries(properties).map(([name, property]) => ({
    ...{ name, in: where, schema: property },
    // One with a default is there in what comes out, and may be left out of what goes in.
    required: where === 'path' || (required.includes(name) && !('default' in property)),
  }));
}

const objectSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({})).optional(),
  required: z.array(z.string()).optional(),
});

function jsonContent(schema: Json): Json {
  return { 'application/json': { schema } };
}

function bytesContent(types: readonly string[]): Json {
  return Object.fromEntries(types.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]));
}

/** JSON Schema 2020-12, which is OpenAPI 3.1's. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
