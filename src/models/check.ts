import { loadDetector } from './detector.ts';
import { loadEmbedder } from './embedder.ts';
import { ModelError } from './errors.ts';
import { loadLandmarks } from './landmarks.ts';
import type { Located } from './manifest.ts';
import { loadVoiceEmbedder } from './voice-embedder.ts';

/**
 * Loads a model and runs it on generated pictures or sound, so that an entry that does not fit its file is refused when it
 * is added and not when somebody stands at the door. Gives what it did, in words.
 *
 * It shows that the network runs and that its outputs can be read, not that it is any good.
 * Throws ModelError.
 */
export async function checkModel(model: Located): Promise<string> {
  switch (model.role) {
    case 'detector': {
      const detector = await loadDetector(model);
      try {
        await detector.detect(generatedPicture(640, 480, 1), 640, 480, model.find);
        const found = await detector.detect(generatedPicture(150, 210, 2), 150, 210, model.find);
        return `it runs; ${found.length} faces in a picture without one`;
      } finally {
        await detector.close();
      }
    }
    case 'landmarks': {
      const landmarks = await loadLandmarks(model);
      try {
        const points = await landmarks.locate(generatedPicture(120, 140, 1), 120, 140);
        return `it runs; ${points.length} points`;
      } finally {
        await landmarks.close();
      }
    }
    case 'embedder': {
      const embedder = await loadEmbedder(model);
      try {
        const { sizePx } = model.alignment;
        const chips = new Uint8Array(sizePx * sizePx * 3 * 2);
        chips.set(generatedPicture(sizePx, sizePx, 1));
        chips.set(generatedPicture(sizePx, sizePx, 2), chips.length / 2);
        return describeEmbeddings(model.id, await embedder.embed(chips, 2), 'pictures');
      } finally {
        await embedder.close();
      }
    }
    case 'voice-embedder': {
      const embedder = await loadVoiceEmbedder(model);
      try {
        const { sampleRateHz, windowSamples } = model.input;
        const windows = new Float32Array(2 * windowSamples);
        for (let i = 0; i < windows.length; i++) {
          const pitchHz = i < windowSamples ? 110 : 210;
          windows[i] = 0.1 * Math.sin((2 * Math.PI * pitchHz * i) / sampleRateHz) ** 3;
        }
        return describeEmbeddings(model.id, await embedder.embed(windows), 'sounds');
      } finally {
        await embedder.close();
      }
    }
  }
}

function describeEmbeddings(modelId: string, embeddings: readonly Float32Array[], ofWhat: string): string {
  const [first, second] = embeddings;
  if (first === undefined || second === undefined || first.every((value, i) => value === second[i])) {
    throw new ModelError('failed', modelId, `it gives two different ${ofWhat} the same embedding`);
  }
  return `it runs; ${first.length} numbers an embedding`;
}

/** Slow waves and fine grain, always the same for one `kind`: RGB, row by row. */
function generatedPicture(widthPx: number, heightPx: number, kind: number): Uint8Array {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  let grain = kind;
  for (let i = 0; i < rgb.length; i++) {
    const pixel = Math.floor(i / 3);
    const x = pixel % widthPx;
    const y = (pixel - x) / widthPx;
    // Numerical Recipes' linear congruential generator: any cheap grain does.
    grain = (Math.imul(grain, 1664525) + 1013904223) >>> 0;
    const wave = Math.sin((x * kind) / 17 + (i % 3)) * Math.cos(y / (11 * kind));
    rgb[i] = 128 + 90 * wave + (grain >>> 28);
  }
  return rgb;
}
