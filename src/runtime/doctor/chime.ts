import { accessSync, constants } from 'node:fs';
import { installedPlayers, playerInstallHint, type SoundPlayer } from '../../../hal/linux/player-speaker.ts';
import type { VigilConfig } from '../../config/schema.ts';
import { configuredSounds } from '../chime.ts';
import type { Finding } from './finding.ts';

/** Whether what should sound can: the player, and the files. */
export function examineChime(
  config: VigilConfig['chime'],
  installed: readonly SoundPlayer[] = installedPlayers(),
): Finding {
  const base = { id: 'chime', label: 'sounds' } as const;
  const sounds = configuredSounds(config);
  const player = installed.find((each) => config.player === 'auto' || each === config.player);
  if (sounds.size === 0) {
    return { ...base, state: 'ok', value: `none; ${player ?? 'no player'} would play them ([chime])` };
  }
  const wanted = config.player === 'auto' ? 'no player is installed' : `${config.player} is not installed`;
  if (player === undefined) return { ...base, state: 'fault', value: wanted, next: playerInstallHint };
  const missing = [...sounds].find(([, sound]) => sound !== 'default' && !isReadable(sound));
  if (missing !== undefined) {
    const [cause, path] = missing;
    const next = 'give another file in [chime], or default';
    return { ...base, state: 'fault', value: `the sound for ${cause} cannot be read: ${path}`, next };
  }
  return { ...base, state: 'ok', value: `${[...sounds.keys()].join(', ')}, by ${player}` };
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
