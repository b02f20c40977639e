import { z } from 'zod';

/** What the thread that serves the API has to know of the device. */
export const apiSettingsSchema = z.strictObject({
  stateDirectory: z.string(),
  keepsJournal: z.boolean(),
  version: z.string(),
});
export type ApiSettings = z.infer<typeof apiSettingsSchema>;
