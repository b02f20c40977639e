import type { StoryState } from '../../trace/story.ts';

/** `nominal`, `fault`, `starting` …: where the device is, in one word. */
export function healthOf({ actors }: StoryState): string {
  const states = actors.device?.states ?? [];
  if (actors.device === undefined) return 'stopped';
  const health = states.find((state) => state.startsWith('operating.health.'));
  return health?.slice('operating.health.'.length) ?? states[0]?.split('.')[0] ?? 'starting';
}

export type LampStanding = 'granted' | 'nobody' | 'dark' | 'unknown';

/** What a person in front of the lamps sees. Without a red lamp, the green one that is off says that nobody is granted. */
export function lampOf({ outputs: { output, red } }: StoryState): LampStanding {
  if (output?.on === true) return 'granted';
  if (output === undefined && red === undefined) return 'unknown';
  return red === undefined || red.on ? 'nobody' : 'dark';
}
