import type { Consent, NewSample } from '../../src/people/person.ts';

export const consent: Consent = {
  recordedBy: 'Olga',
  recordedAtUtcMs: 1_700_000_000_000,
  textVersion: '1',
  expiresOn: null,
};

/** Of the default face pipeline. */
export const faceLimits = { threshold: 0.125, margin: 0.03, otherPerson: 0.18 } as const;

/** A unit vector of 128 numbers that points where `seed` says; equal seeds point the same way. */
export function unitEmbedding(seed: number, length = 128): Float32Array {
  const embedding = new Float32Array(length);
  let state = seed * 2654435761 + 1;
  let squares = 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    embedding[i] = state / 2 ** 31;
    squares += embedding[i]! * embedding[i]!;
  }
  return embedding.map((value) => value / Math.sqrt(squares));
}

export function faceSample(seed: number, change: Partial<NewSample> = {}): NewSample {
  return {
    kind: 'face',
    pipelineId: 'pipe-1',
    embedding: unitEmbedding(seed),
    quality: { eyeDistancePx: 60, score: 0.93 },
    provenance: { source: 'camera', camera: 'front', contentSha256: sha256(`picture ${seed}`) },
    ...change,
  };
}

export function sha256(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex');
}
