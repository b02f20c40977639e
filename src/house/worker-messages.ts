import { z } from 'zod';
import type { VigilConfig } from '../config/schema.ts';
import type { HouseEvent } from './event.ts';

export interface HouseSettings {
  readonly mqtt: VigilConfig['mqtt'];
  readonly webhook: VigilConfig['webhook'];
  /** Where the people's store is. */
  readonly stateDirectory: string;
  readonly version: string;
}

/** To the thread that talks to the house. */
export type ToHouse =
  | { readonly kind: 'start'; readonly options: HouseSettings }
  | { readonly kind: 'events'; readonly events: readonly HouseEvent[] }
  | { readonly kind: 'stop' };

/** What it answers. */
export const fromHouseSchema = z.discriminatedUnion('kind', [
  /** Events were taken: more may come. `lost` were dropped since the start because a receiver was away for too long. */
  z.strictObject({ kind: z.literal('taken'), lost: z.int() }),
  z.strictObject({ kind: z.literal('note'), text: z.string() }),
  z.strictObject({ kind: z.literal('stopped') }),
]);
export type FromHouse = z.infer<typeof fromHouseSchema>;
