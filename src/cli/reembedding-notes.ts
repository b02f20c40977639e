import type { SampleKind } from '../people/person.ts';
import type { ReembeddingCallbacks } from '../runtime/model-change.ts';
import { printNote } from './output.ts';
import { plural } from './words.ts';

const words: Readonly<Record<SampleKind, { models: string; command: string }>> = {
  face: { models: 'face models', command: 'vigil faces enrol' },
  voice: { models: 'voice models', command: 'vigil voices enrol' },
};

/** Says that the models have changed, and who must be enrolled anew. */
export function reembeddingNotes(nameOf: (subjectId: string) => string): ReembeddingCallbacks {
  return {
    onBegin: (kind, samples) =>
      printNote(
        `other ${words[kind].models} are configured: ${plural(samples, 'sample')} to be embedded anew`,
      ),
    onReport({ kind, embedded, without }) {
      const { models, command } = words[kind];
      printNote(`${plural(embedded, 'sample')} embedded anew: people are recognised by the new ${models}`);
      for (const [subjectId, samples] of without) {
        printNote(
          `no picture or sound is left of ${plural(samples, 'sample')} of ${nameOf(subjectId)}: ${command} NAME again`,
        );
      }
    },
    onError: (error) =>
      printNote(`embedding people anew waits: ${error instanceof Error ? error.message : error}`),
  };
}
