import { existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../../models/manifest.ts';
import { isSmallBoard } from '../../runtime/real-models.ts';
import { networksOf } from '../networks.ts';
import type { Provenance } from '../report/document.ts';
import { FaceApiPeer, PeerAbsentError } from './face-api-peer.ts';
import { type FaceSpeed, measureFaceSpeed } from './face-speed.ts';
import { usualFrame } from './frame.ts';
import { measureVoiceSpeed, type VoiceStage } from './voice-speed.ts';

export interface SpeedTask {
  readonly manifest: Manifest;
  /** How often everything is measured. */
  readonly rounds: number;
  /** Told when the peer's packages are installed; without it a peer that is not there is not measured. */
  readonly install: ((note: string) => void) | undefined;
  readonly progress: (what: string, done: number, total: number) => void;
}

export interface MeasuredSpeed {
  readonly faces: FaceSpeed;
  readonly voices: readonly VoiceStage[];
  readonly rounds: number;
  /** Who was measured beside it; null with why not. */
  readonly peer: { readonly description: string } | { readonly absent: string };
  /** Resident memory of whole processes that look at faces and do nothing else. */
  readonly residentMiB: {
    readonly faces: number;
    readonly peer: number | null;
  };
  readonly models: Provenance['models'];
  /** Processes that wanted to run over the last minute, before it began. */
  readonly load: number;
}

/** Measures eyes and ears on one thread, in turns with the peer. Rejects with ModelError or InputError. */
export async function measureSpeed(task: SpeedTask, signal: AbortSignal): Promise<MeasuredSpeed> {
  const { manifest, rounds, install, progress } = task;
  const load = loadavg()[0] ?? 0;
  const started = await startPeer(install);
  using peer = started instanceof FaceApiPeer ? started : undefined;
  const faces = await measureFaceSpeed(
    manifest.pipeline(),
    peer,
    rounds,
    (done) => progress('seeing', done, rounds),
    signal,
  );
  const ofPeer = peer === undefined ? null : residentBytes(peer.pid);
  const voices = await measureVoiceSpeed(
    manifest.voiceEmbedder(),
    rounds,
    (done) => progress('hearing', done, rounds),
    signal,
  );
  const inMiB = (bytes: number) => bytes / 2 ** 20;
  return {
    ...{ faces, voices, rounds, load },
    peer: started instanceof FaceApiPeer ? { description: started.description } : { absent: started.message },
    models: [...networksOf(manifest.pipeline(), isSmallBoard()), manifest.voiceEmbedder()].map(
      ({ id, sha256 }) => ({ id, sha256 }),
    ),
    residentMiB: {
      faces: inMiB(await bytesForFaces()),
      peer: ofPeer === null ? null : inMiB(ofPeer),
    },
  };
}

async function startPeer(install: SpeedTask['install']): Promise<FaceApiPeer | PeerAbsentError> {
  try {
    return await FaceApiPeer.start(await usualFrame(), install);
  } catch (error) {
    if (error instanceof PeerAbsentError) return error;
    throw error;
  }
}

async function bytesForFaces(): Promise<number> {
  const child = Bun.spawn(
    [process.execPath, '--no-install', join(import.meta.dir, 'face-memory-process.ts')],
    {
      stdout: 'pipe',
      stderr: 'inherit',
    },
  );
  return z.coerce
    .number()
    .positive()
    .parse(await new Response(child.stdout).text());
}

/** Of another process, as Linux counts it; null elsewhere. */
function residentBytes(pid: number): number | null {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return null;
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(path, 'utf8'))?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}
