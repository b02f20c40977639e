import { z } from 'zod';

/** Answering programs over HTTP. */
export const api = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'Whether programs with a token (`vigil token create`) are answered under `/api/v1` and `/metrics` of the page’s address.',
    ),
});
