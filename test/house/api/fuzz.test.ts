import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { z } from 'zod';
import { serveApi } from './served-api.ts';

const operationSchema = z.looseObject({
  operationId: z.string(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.enum(['path', 'query']) })),
  requestBody: z.looseObject({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(
    z.string(),
    z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) }),
  ),
});
const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) });

/** Of each operation; a token may 60 requests at once, and all together 400. */
const requestsEach = 10;

/** Values that are right, nearly right, and wrong. */
const text = (known: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(...known, '', ' ', '..', '%00', '-1', '1', '1e9', 'null', '[]', 'a'.repeat(300)),
    fc.string({ unit: 'binary', maxLength: 40 }),
  );
const body = (known: readonly string[]) =>
  fc.oneof(
    fc.record({ name: text(known) }).map((value) => JSON.stringify(value)),
    fc
      .record(
        {
          disabled: fc.oneof(fc.boolean(), fc.string()),
          hours: fc.option(text(known)),
          lastDay: fc.option(text(known)),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
    fc.json({ maxDepth: 3 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );

test('whatever is sent, the API answers as its own document says, never with 5xx, and gives no secret away', async () => {
  await using api = await serveApi();
  const ana = api.store.add('Ana').subjectId;
  const known = [ana, 'Ana', 'decision', '2030-01-31', 'mon-fri 08:00-18:00'];
  const document = documentSchema.parse(await (await api.get('/api/v1/openapi.json')).json());
  const secrets: string[] = [api.folder];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const token = api.token('status', 'names', 'recognise', 'people');
      secrets.push(token);
      const bodyTypes = Object.keys(operation.requestBody?.content ?? {});
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            params: fc.array(text(known), { minLength: 2, maxLength: 2 }),
            query: fc.dictionary(fc.constantFrom('limit', 'before', 'kind', 'person', 'x'), text(known), {
              maxKeys: 3,
            }),
            body: body(known),
            type: fc.constantFrom(...bodyTypes, ...bodyTypes, 'application/json', 'text/plain'),
            bearer: fc.constantFrom(token, token, token, 'vigil_aaaaaaaa_wrong', ''),
          }),
          async ({ params, query, body, type, bearer }) => {
            let at = 0;
            const filled = path.replaceAll(/\{\w+\}/g, () =>
              encodeURIComponent(toWellFormed(params[at++] ?? '')),
            );
            const search = new URLSearchParams(query).toString();
            const response = await fetch(`${api.url}${filled}${search === '' ? '' : `?${search}`}`, {
              method: method.toUpperCase(),
              headers: {
                ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
                'content-type': type,
              },
              ...(operation.requestBody === undefined ? {} : { body }),
            });
            const { status } = response;
            expect(status).toBeLessThan(500);
            const contentType = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
            if (contentType === 'text/event-stream') return void (await response.body?.cancel());
            const answered = await response.text();
            for (const secret of secrets) expect(answered).not.toContain(secret);
            // A path that is filled with nothing, or with dots, is another one.
            if (status === 404 || status === 405) return;
            const documented = operation.responses[status]?.content[contentType];
            if (documented === undefined)
              throw new Error(`not documented: ${method} ${path} ${status} ${contentType}`);
            if (contentType === 'application/json')
              asDocumented(documented.schema).parse(JSON.parse(answered));
          },
        ),
        { numRuns: requestsEach },
      );
      // So that the limit of all together is not what is tested.
      await Bun.sleep(60);
    }
  }
}, 30_000);

function toWellFormed(text: string): string {
  return text.toWellFormed();
}

function asDocumented(schema: unknown): z.ZodType {
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
}
