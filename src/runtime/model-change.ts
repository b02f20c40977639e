import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { SampleKind, SampleQuality } from '../people/person.ts';
import type { ModelsInForce, SampleToReembed } from '../people/reembedding.ts';
import type { PeopleStore } from '../people/store.ts';

/** Models that embed: of faces or of voices. */
interface EmbeddingModels {
  readonly pipelineId: string;
  close(): Promise<void>;
}

/** How models are named in the configuration, by key. */
export type ModelChoices = ModelsInForce['choice'];

/** What came of embedding people anew. */
export interface ReembeddingReport {
  readonly kind: SampleKind;
  readonly embedded: number;
  /** People of whom a sample could not be embedded anew, by subject id: they must be enrolled anew. */
  readonly without: ReadonlyMap<string, number>;
}

export interface ModelChangeOptions<Models extends EmbeddingModels> extends ReembeddingCallbacks {
  readonly kind: SampleKind;
  readonly store: PeopleStore;
  readonly clock: Clock;
  /** What the configuration names. */
  readonly choice: ModelChoices;
  open(choice: ModelChoices, signal: AbortSignal): Promise<Models>;
  /**
   * What the models make of a sample's picture or sound; undefined when there is none any more, or nobody in it.
   * Rejects when the models fail.
   */
  embed(
    models: Models,
    wanted: SampleToReembed,
    signal: AbortSignal,
  ): Promise<{ readonly embedding: Float32Array; readonly quality: SampleQuality } | undefined>;
}

/** Who hears of it. */
export interface ReembeddingCallbacks {
  /** So many samples are to be embedded anew. */
  onBegin(kind: SampleKind, samples: number): void;
  onReport(report: ReembeddingReport): void;
  onError(error: unknown): void;
}

/** Models that failed are tried again after this. */
const retryMs = 30_000;

/**
 * Models that are opened for a device, where the configuration may name others than those by which its people are
 * known. Then the models before stay in force while the new ones embed everybody anew in the background; what was done
 * is kept, so an interruption costs nothing. When all is done that can be, the new ones are in force: `replaced` is
 * aborted, and the next `open` gives them. Where the models before cannot be opened any more, or nobody is known by
 * them, the new ones are in force at once.
 */
export class ModelChange<Models extends EmbeddingModels> {
  readonly #options: ModelChangeOptions<Models>;
  readonly #ended = new AbortController();
  /** Those that embed in the background, or have done so and are not used yet. */
  #next: Models | undefined;
  #using: Models | undefined;
  #working: Promise<void> | undefined;
  #replaced = new AbortController();

  constructor(options: ModelChangeOptions<Models>) {
    this.#options = options;
  }

  /** The models that new pictures and recordings are to be embedded with. */
  get newest(): Models | undefined {
    return this.#next ?? this.#using;
  }

  /** The models in force. Their owner closes them. Rejects as opening the models does. */
  async open(signal: AbortSignal): Promise<{ readonly models: Models; readonly replaced: AbortSignal }> {
    const { kind, store, choice } = this.#options;
    this.#next ??= await this.#options.open(choice, signal);
    const wanted = this.#next;
    const inForce = store.modelsInForce(kind);
    const before =
      inForce === undefined || inForce.pipelineId === wanted.pipelineId
        ? undefined
        : await this.#before(inForce, signal);
    if (before === undefined) {
      if (inForce?.pipelineId !== wanted.pipelineId) {
        store.setModelsInForce(kind, { pipelineId: wanted.pipelineId, choice });
      }
      this.#next = undefined;
    }
    this.#using = before ?? wanted;
    this.#working ??= this.#embedAll(wanted.pipelineId)
      .catch(this.#options.onError)
      .finally(() => {
        this.#working = undefined;
      });
    return { models: this.#using, replaced: this.#replaced.signal };
  }

  /** Ends the work in the background, and closes models that were not given to anybody. */
  async close(): Promise<void> {
    this.#ended.abort();
    await this.#working;
    await this.#next?.close();
  }

  /** The models that people are known by, where they can still be had. */
  async #before(inForce: ModelsInForce, signal: AbortSignal): Promise<Models | undefined> {
    const { kind, store, open } = this.#options;
    if (!store.pipelines(kind).some(({ pipelineId }) => pipelineId === inForce.pipelineId)) return undefined;
    let before: Models;
    try {
      before = await open(inForce.choice, signal);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
    if (before.pipelineId === inForce.pipelineId) return before;
    await before.close();
    return undefined;
  }

  async #embedAll(pipelineId: string): Promise<void> {
    const { kind, store, choice, onBegin, onReport } = this.#options;
    const wanted = store.samplesToReembed(kind, pipelineId);
    if (wanted.length > 0) onBegin(kind, wanted.length);
    const without = new Map<string, number>();
    let embedded = 0;
    for (const each of wanted) {
      const { subjectId } = each.sample;
      const result = await this.#embed(pipelineId, each);
      if (this.#ended.signal.aborted) return;
      if (result === undefined) without.set(subjectId, (without.get(subjectId) ?? 0) + 1);
      else embedded += store.addReembedded(each.sample, { pipelineId, ...result });
    }
    store.retireOtherModels(kind, pipelineId);
    const isChange = store.modelsInForce(kind)?.pipelineId !== pipelineId;
    if (isChange) store.setModelsInForce(kind, { pipelineId, choice });
    if (wanted.length > 0) onReport({ kind, embedded, without });
    if (!isChange) return;
    this.#replaced.abort();
    this.#replaced = new AbortController();
  }

  /** Tries until the models answer: what they cannot do now they may do when they were opened anew. */
  async #embed(pipelineId: string, wanted: SampleToReembed) {
    const { kind, clock, embed, onError } = this.#options;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        const models = this.newest;
        if (models?.pipelineId !== pipelineId)
          throw new HalError('closed', `${kind} models`, 'they are not open');
        return await embed(models, wanted, signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        onError(error);
        await clock.sleep(retryMs, signal).catch(() => {});
      }
    }
    return undefined;
  }
}
