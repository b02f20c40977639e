import { expect, test } from 'bun:test';
import { serveApi } from '../house/api/served-api.ts';

/** From the Python package of that name: `pip install schemathesis`. */
const schemathesis = process.env.SCHEMATHESIS ?? Bun.which('schemathesis');
const why = schemathesis === null ? ': schemathesis is not installed' : '';
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'ignored_auth',
  'negative_data_rejection',
];

test.skipIf(schemathesis === null)(
  `schemathesis finds nothing that the API does otherwise than its document says${why}`,
  async () => {
    await using api = await serveApi();
    api.store.add('Ana');
    const token = api.token('status', 'names', 'recognise', 'people');
    const run = Bun.spawn(
      [
        ...[
          schemathesis ?? '',
          'run',
          `${api.url}/api/v1/openapi.json`,
          '--no-color',
          '--max-examples',
          '40',
        ],
        ...['--rate-limit', '18/s', '--seed', '1', '--continue-on-failure', '--request-timeout', '10'],
        ...['--checks', checks.join(','), '-H', `Authorization: Bearer ${token}`],
        // It has no end.
        ...['--exclude-path', '/api/v1/events/stream'],
      ],
      // It keeps what it found where it runs.
      { cwd: api.folder, stdout: 'pipe', stderr: 'inherit' },
    );
    const said = await new Response(run.stdout).text();
    console.log(said.slice(-2_000));
    expect(await run.exited).toBe(0);
    expect(said).not.toContain(api.folder);
  },
  1_200_000,
);
