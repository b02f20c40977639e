import type { FrameRef } from '../contract/camera.ts';
import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { DetectedFace, FaceModels, FaceQuality, Point } from '../contract/face-models.ts';
import type { FaultBoard } from './faults.ts';
import { normalise, OracleCalls } from './oracle-calls.ts';
import { Random } from './random.ts';
import type { PersonInView } from './scene.ts';
import type { FrameTruth } from './scene-camera.ts';

/**
 * Squared L2 between unit embeddings, as the default pipeline has them: about 0.36 between two strangers. Faces
 * share a common part, so an embedding is a fixed direction with this share of its square, and the person's own.
 */
const commonSquare = 0.82;
/** Noise of one visit (light, pose, hair: the same in every frame) and of one frame, squared, at best quality. */
const visitNoiseSquare = 0.035;
const frameNoiseSquare = 0.025;

/** Measured on face chips of well lit pictures: mean grey level, its deviation, variance of the Laplacian. */
/** What the measure says of most faces without a mask, and of most with one. */
const bareCovered = 0.03;
const maskedCovered = 0.97;
const wellLit = { brightness: 130, contrast: 36, sharpness: 42 };
/** How far the nose tip stands before the eyes, divided by the pupil distance. */
const noseDepthRatio = 0.45;
const leastScore = 0.5;
const embeddingLength = 128;
const phantomSubject = 'phantom';

export interface OracleFaceModelsOptions {
  readonly name?: string;
  readonly clock: Clock;
  readonly faults: FaultBoard;
  readonly seed: number;
  /** What a frame really shows; throws HalError `closed` for a frame that is gone. */
  readonly truth: (frame: FrameRef) => FrameTruth;
  /** Simulated time of one `detect`, and of one embedding. */
  readonly detectMs?: number;
  readonly embedMsPerFace?: number;
  /** A call that would take longer rejects with `timeout`. */
  readonly limitMs?: number;
}

/**
 * The embedding that a perfect picture of `subject` would have: what to enrol in a simulation with oracle models
 * of the same seed.
 */
export function oracleEmbedding(seed: number, subject: string): Float32Array {
  const random = Random.seeded(seed);
  const common = random.child('common face').unitVector(embeddingLength);
  const own = random.child('subject').child(subject).unitVector(embeddingLength);
  for (let i = 0; i < embeddingLength; i++) {
    own[i] = own[i]! * Math.sqrt(1 - commonSquare) + common[i]! * Math.sqrt(commonSquare);
  }
  return normalise(own);
}

/**
 * The twin of the face networks: knows from the scene who is where, and answers as networks would, with seeded
 * noise in score, quality and embedding. A pure function of seed and truth: a frozen picture gets equal answers.
 */
export class OracleFaceModels implements FaceModels {
  readonly name: string;
  readonly pipelineId: string;
  readonly embeddingLength = embeddingLength;
  /** The default pipeline's: the distances between the oracle's embeddings are like its. */
  readonly match = { threshold: 0.125, margin: 0.03 };
  readonly #options: OracleFaceModelsOptions;
  readonly #detectMs: number;
  readonly #embedMsPerFace: number;
  readonly #calls: OracleCalls;
  readonly #frameNoise: Random;
  // A frame's noise is the difference of two of these: quicker than new random numbers for every frame.
  readonly #noiseBank: readonly Float32Array[];
  readonly #subjects = new Map<string, Float32Array>();
  readonly #visits = new Map<string, Float32Array>();
  #last: { seq: number; truth: FrameTruth; people: readonly PersonInView[] } | undefined;

  constructor(options: OracleFaceModelsOptions) {
    this.name = options.name ?? 'models';
    this.pipelineId = `oracle-${options.seed}`;
    this.#options = options;
    this.#detectMs = options.detectMs ?? 20;
    this.#embedMsPerFace = options.embedMsPerFace ?? 8;
    const { clock, faults, limitMs = 2_000 } = options;
    this.#calls = new OracleCalls({ port: 'models', name: this.name, clock, faults, limitMs });
    this.#frameNoise = Random.seeded(options.seed).child('frame');
    const bank = Random.seeded(options.seed).child('noise');
    this.#noiseBank = Array.from({ length: 211 }, (_, i) => bank.child(i).unitVector(embeddingLength));
  }

  async detect(frame: FrameRef, signal: AbortSignal): Promise<DetectedFace[]> {
    this.#calls.check(signal);
    const { faults, truth: truthOf } = this.#options;
    const truth = truthOf(frame);
    const found: { person: PersonInView; face: DetectedFace }[] = [];
    if (faults.find('models-blind') === undefined) {
      for (const person of truth.view.people) {
        const face = this.#look(person, truth);
        if (face.score >= leastScore) found.push({ person, face });
      }
    }
    if (faults.find('models-phantom') !== undefined) found.push(phantom(frame));
    found.sort((a, b) => b.face.quality.eyeDistancePx - a.face.quality.eyeDistancePx);
    await this.#calls.compute(this.#detectMs, signal);
    this.#last = { seq: frame.seq, truth, people: found.map(({ person }) => person) };
    return found.map(({ face }) => face);
  }

  async embed(frame: FrameRef, faces: readonly number[], signal: AbortSignal): Promise<Float32Array[]> {
    this.#calls.check(signal);
    this.#options.truth(frame);
    const last = this.#last;
    if (last === undefined || last.seq !== frame.seq) {
      throw new HalError('invalid-argument', this.name, `frame ${frame.seq} is not the one detected last`);
    }
    const embeddings = faces.map((index) => {
      const person = last.people[index];
      if (person === undefined) {
        throw new HalError('invalid-argument', this.name, `no face ${index} in frame ${frame.seq}`);
      }
      return this.#embedding(person, last.truth);
    });
    await this.#calls.compute(this.#embedMsPerFace * faces.length, signal);
    return embeddings;
  }

  async close(): Promise<void> {
    this.#calls.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #look(person: PersonInView, truth: FrameTruth): DetectedFace {
    const { light, tMs } = truth.view;
    const random = this.#frameNoise.child(tMs).child(person.index);
    const eyeDistancePx = person.eyeDistancePx * random.normal(1, 0.01);
    const turned = Math.max(0, Math.abs(person.yawDeg) - 30) / 45;
    const score =
      0.96 -
      0.8 * Math.max(0, 1 - eyeDistancePx / 16) -
      0.35 * turned -
      0.7 * (1 - person.visible) -
      0.6 * Math.max(0, 1 - light / 0.15) +
      random.normal(0, 0.01);
    const { x, y, width, height } = person.box;
    const shake = 0.01 * width;
    const box = {
      x: x + random.normal(0, shake),
      y: y + random.normal(0, shake),
      width: width * random.normal(1, 0.01),
      height: height * random.normal(1, 0.01),
    };
    const quality: FaceQuality = {
      eyeDistancePx,
      sharpness: wellLit.sharpness * Math.min(1, eyeDistancePx / 40) ** 1.5 * Math.min(1, light) ** 2,
      brightness: Math.min(255, wellLit.brightness * light),
      contrast:
        wellLit.contrast * light * Math.max(0.1, 1 - Math.max(0, wellLit.brightness * light - 180) / 80),
      yawRatio:
        noseDepthRatio *
          Math.tan((Math.min(80, Math.abs(person.yawDeg)) * Math.PI) / 180) *
          Math.sign(person.yawDeg) +
        random.normal(0, 0.02),
      rollDeg: random.normal(0, 2),
      covered: person.masked ? maskedCovered : bareCovered,
    };
    return { box, score: Math.min(1, Math.max(0, score)), landmarks: fivePoints(box, quality), quality };
  }

  #embedding(person: PersonInView, truth: FrameTruth): Float32Array {
    const { faults } = this.#options;
    if (faults.find('models-nan') !== undefined) return new Float32Array(embeddingLength).fill(Number.NaN);
    const subject = faults.find('models-mistaken')?.forSubject ?? person.subject;
    const own = this.#subject(subject);
    const visit = this.#visit(`${subject} ${person.index}`);
    const { light, tMs } = truth.view;
    // Small, turned and dark faces are told apart less well.
    const worse =
      1 +
      (12 / person.eyeDistancePx) ** 2 +
      3 * (noseDepthRatio * Math.sin((person.yawDeg * Math.PI) / 180)) ** 2 +
      3 * Math.max(0, 0.3 - light);
    const visitScale = Math.sqrt(visitNoiseSquare * worse);
    const frameScale = Math.sqrt((frameNoiseSquare * worse) / 2);
    const draw = this.#frameNoise.child(tMs).child(person.index).child('embedding').nextUint32();
    const bank = this.#noiseBank;
    const a = bank[draw % bank.length]!;
    const b = bank[(draw >>> 16) % bank.length]!;
    const embedding = new Float32Array(embeddingLength);
    for (let i = 0; i < embeddingLength; i++) {
      embedding[i] = own[i]! + visitScale * visit[i]! + frameScale * (a[i]! - b[i]!);
    }
    return normalise(embedding);
  }

  #subject(subject: string): Float32Array {
    let own = this.#subjects.get(subject);
    if (own === undefined) {
      own = oracleEmbedding(this.#options.seed, subject);
      this.#subjects.set(subject, own);
    }
    return own;
  }

  #visit(key: string): Float32Array {
    let direction = this.#visits.get(key);
    if (direction === undefined) {
      direction = Random.seeded(this.#options.seed).child('visit').child(key).unitVector(embeddingLength);
      this.#visits.set(key, direction);
    }
    return direction;
  }
}

/** Eyes, nose tip and mouth corners, left to right as in the picture. */
function fivePoints(box: DetectedFace['box'], quality: FaceQuality): Point[] {
  const eyesY = box.y + 0.42 * box.height;
  const middleX = box.x + box.width / 2;
  const half = quality.eyeDistancePx / 2;
  const mouthY = box.y + 0.8 * box.height;
  return [
    [middleX - half, eyesY],
    [middleX + half, eyesY],
    [middleX + quality.yawRatio * quality.eyeDistancePx, box.y + 0.62 * box.height],
    [middleX - 0.8 * half, mouthY],
    [middleX + 0.8 * half, mouthY],
  ];
}

/** A face that is not there, in the middle of the picture and of good quality. */
function phantom(frame: FrameRef): { person: PersonInView; face: DetectedFace } {
  const width = frame.widthPx / 6;
  const box = {
    x: (frame.widthPx - width) / 2,
    y: (frame.heightPx - width) / 2,
    width,
    height: 1.25 * width,
  };
  const eyeDistancePx = width / 2.3;
  const quality: FaceQuality = { eyeDistancePx, ...wellLit, yawRatio: 0, rollDeg: 0, covered: bareCovered };
  return {
    person: {
      index: -1,
      subject: phantomSubject,
      picture: phantomSubject,
      box,
      eyeDistancePx,
      distanceM: 1,
      yawDeg: 0,
      masked: false,
      visible: 1,
    },
    face: { box, score: 0.9, landmarks: fivePoints(box, quality), quality },
  };
}
