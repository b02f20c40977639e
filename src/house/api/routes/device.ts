import { z } from 'zod';
import { expositionText, expositionType } from '../../metrics/exposition.ts';
import type { MetricFamily } from '../../metrics/family.ts';
import type { LiveEvents } from '../live-events.ts';
import { everyAnswer } from '../problem.ts';
import { type Route, route } from '../route.ts';

const healthSchema = z.strictObject({
  state: z.string(),
  problem: z.boolean(),
  failing: z.array(z.strictObject({ part: z.string(), kind: z.string().nullable() })),
  version: z.string(),
  uptimeS: z.number().nonnegative(),
  /** False: hours, last days and tokens that end count for nothing until the clock is set. */
  clockTrusted: z.boolean(),
});

export interface DeviceFacts {
  readonly live: LiveEvents;
  readonly version: string;
  readonly clockTrusted: () => boolean;
  readonly measure: () => Promise<readonly MetricFamily[]>;
}

/** How the device is. */
export function deviceRoutes({ live, version, clockTrusted, measure }: DeviceFacts): Route[] {
  return [
    route(
      {
        ...{ method: 'get', path: '/api/v1/health', summary: 'How the device is', scope: 'status' },
        ...{ status: 200, answer: healthSchema },
      },
      () => ({
        ...live.health,
        version,
        uptimeS: Math.round(performance.now()) / 1_000,
        clockTrusted: clockTrusted(),
      }),
    ),
    route(
      {
        ...{
          method: 'get',
          path: '/metrics',
          summary: 'Figures for Prometheus',
          scope: 'status',
          status: 200,
        },
        ...{ answer: z.string(), answerType: 'text/plain' },
      },
      async () =>
        new Response(expositionText(await measure()), {
          headers: { ...everyAnswer, 'content-type': expositionType },
        }),
    ),
  ];
}
