import { z } from 'zod';
import type { VigilConfig } from '../../config/schema.ts';

/** What the thread that serves the API has to know of the device. */
export const apiSettingsSchema = z.strictObject({
  stateDirectory: z.string(),
  keepsJournal: z.boolean(),
  version: z.string(),
  /** Where an erasure looks for somebody's files. */
  folders: z.strictObject({ dataset: z.string(), audios: z.string(), trained: z.string() }),
  /** Of this very process: it was checked when it was read. */
  config: z.custom<VigilConfig>(),
});
export type ApiSettings = z.infer<typeof apiSettingsSchema>;
