import { z } from 'zod';

// What a backup holds, by its place in the state directory.

export const databaseFiles = ['people.db', 'credentials.db'] as const;
export const plainFiles = ['calibration.json'] as const;
/** The key of the people, wherever it lay. */
export const restoredKeys = 'keys';
/** Of these every file. */
export const plainFolders = ['originals'] as const;
/** The configuration, which has its own place: a restored one stands in the state directory. */
export const restoredConfig = 'vigil.toml';

const allowedPath = new RegExp(
  `^(${[...databaseFiles, ...plainFiles, restoredKeys, restoredConfig].map((name) => name.replace('.', '\\.')).join('|')}|` +
    `(${plainFolders.join('|')})/[A-Za-z0-9_-]{1,80})$`,
);

export const indexSchema = z.strictObject({
  /** The version that made it. */
  vigil: z.string(),
  madeAt: z.iso.datetime(),
  files: z.array(
    z.strictObject({
      path: z.string().regex(allowedPath),
      sizeBytes: z.int().nonnegative(),
      sha256: z.hex().length(64),
    }),
  ),
});
export type BackupIndex = z.output<typeof indexSchema>;
