import { FeatureError, features193 } from '../features/features193.ts';
import { type Answer, requestSchema } from './features-messages.ts';

/** A thread that computes features, one sound after the other; feature-workers.ts is its other side. */

declare const self: Worker;

self.onmessage = (event: MessageEvent<unknown>) => {
  const { sampleRateHz, samples } = requestSchema.parse(event.data);
  self.postMessage(answer(sampleRateHz, samples));
};

function answer(sampleRateHz: number, samples: Float32Array): Answer {
  try {
    return { kind: 'features', vector: features193({ sampleRateHz, samples, startMs: 0 }).vector };
  } catch (error) {
    if (!(error instanceof FeatureError)) throw error;
    return { kind: 'refused', error: error.kind, message: error.message };
  }
}
