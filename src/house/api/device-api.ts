import { z } from 'zod';
import { readHeat } from '../../../hal/linux/board-sensors.ts';
import { SystemClock, SystemWallClock } from '../../../hal/linux/clock.ts';
import { Credentials } from '../../credentials/credentials.ts';
import { Uploads } from '../../runtime/uploads.ts';
import type { HouseEvent } from '../event.ts';
import { gauge, type MetricFamily, metricFamilySchema } from '../metrics/family.ts';
import { Api } from './api.ts';
import { LiveEvents } from './live-events.ts';
import { openApiDocument } from './openapi.ts';
import { type Route, route } from './route.ts';
import { calibrationRoutes } from './routes/calibration.ts';
import { deviceRoutes } from './routes/device.ts';
import { eventRoutes } from './routes/events.ts';
import { peopleRoutes } from './routes/people.ts';
import { mostUploadBytes, recogniseRoutes } from './routes/recognise.ts';
import type { ApiSettings } from './settings.ts';
import { Stores } from './stores.ts';

/** The device is asked for its figures at most once in this time, however many ask for them. */
const measureEveryMs = 1_000;

const measuresSchema = z.object({ families: z.array(metricFamilySchema) });

export interface ApiHost {
  /** Asks the device for its figures, which are checked here. */
  readonly measure: () => Promise<unknown>;
  /** Tells the server that an answer has no end. */
  readonly keepOpen: (request: Request) => void;
}

/** The API with its stores, for the thread that serves it. */
export class DeviceApi implements AsyncDisposable {
  readonly #live = new LiveEvents();
  readonly #stores: Stores;
  readonly #uploads: Uploads;
  readonly #credentials: Credentials;
  readonly #api: Api;
  readonly #host: ApiHost;
  /** What is longer is refused by the server, without a word. */
  readonly mostBodyBytes = mostUploadBytes + 65_536;
  #measured: { readonly atMs: number; readonly families: Promise<readonly MetricFamily[]> } | undefined;

  /** Throws CredentialsError. */
  constructor({ stateDirectory, keepsJournal, version, folders, config }: ApiSettings, host: ApiHost) {
    const wallClock = new SystemWallClock();
    const clock = new SystemClock();
    this.#uploads = new Uploads({ config, stateDirectory, clock });
    this.#host = host;
    this.#stores = new Stores(
      { stateDirectory, ...folders, traceFile: config.trace.file },
      keepsJournal,
      wallClock,
    );
    this.#credentials = Credentials.open({ directory: stateDirectory, wallClock });
    const bearer = (secret: string) => this.#credentials.bearer(secret);
    const stores = this.#stores;
    const live = this.#live;
    const routes: Route[] = [
      ...deviceRoutes({
        live,
        version,
        clockTrusted: () => wallClock.trusted,
        measure: () => this.#measure(),
      }),
      ...eventRoutes({
        ...{ stores, live, keepOpen: host.keepOpen },
        mayListen: (request) => Api.bearerOf(request, bearer)?.scopes.includes('status') === true,
      }),
      ...peopleRoutes(stores),
      ...recogniseRoutes(this.#uploads, stores),
      ...calibrationRoutes(config, stateDirectory),
    ];
    const document: Route = route(
      {
        ...{ method: 'get', path: '/api/v1/openapi.json', summary: 'This document', scope: null },
        ...{ status: 200, answer: z.record(z.string(), z.unknown()) },
      },
      () => openApiDocument([...routes, document], version),
    );
    this.#api = new Api({ routes: [...routes, document], bearer, clock });
  }

  /** Whether a path is the API's. */
  owns(pathname: string): boolean {
    return pathname === '/metrics' || pathname.startsWith('/api/');
  }

  answer(request: Request): Promise<Response> {
    return this.#api.answer(request);
  }

  tell(events: readonly HouseEvent[]): void {
    for (const event of events) this.#live.tell(event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#uploads[Symbol.asyncDispose]();
    this.#stores[Symbol.dispose]();
    this.#credentials.close();
  }

  async #measure(): Promise<readonly MetricFamily[]> {
    const atMs = performance.now();
    if (this.#measured === undefined || atMs - this.#measured.atMs >= measureEveryMs) {
      const families = this.#host.measure().then((answer) => measuresSchema.parse(answer).families);
      this.#measured = { atMs, families };
    }
    const { families } = this.#measured;
    const { zones } = await readHeat('/');
    const heat = zones.map(({ type, celsius }, at) => ({
      labels: { zone: `${at} ${type}` },
      value: celsius,
    }));
    const { rss } = process.memoryUsage();
    return [
      ...(await families),
      this.#api.requests,
      gauge('vigil_resident_memory_bytes', 'Memory of the process.', rss),
      {
        type: 'gauge',
        name: 'vigil_temperature_celsius',
        help: 'What sensors of the board say.',
        samples: heat,
      },
    ];
  }
}
