import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ModelError, messageOf } from './errors.ts';
import type { Located } from './manifest.ts';
import { type ModelFile, verifyModel } from './verify.ts';

/** Numbers a network gave, row by row, and their shape. */
export interface NetworkOutput {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** The one input the caller will fill. */
export interface ExpectedInput {
  readonly name: string;
  readonly dtype: 'uint8' | 'float32';
  /** Undefined where any length will do. */
  readonly shape: readonly (number | undefined)[];
  /** True where the first axis counts pictures or windows. */
  readonly batched: boolean;
}

/** What is put into the input: numbers and their shape. */
export interface NetworkInput {
  readonly data: Uint8Array | Float32Array;
  readonly shape: readonly number[];
}

/** An output the caller will ask for: its name, and what its last dimensions have to be. */
export interface ExpectedOutput {
  readonly name: string;
  readonly lastDims: readonly number[];
}

type Metadata = InferenceSession.ValueMetadata;

/**
 * An onnxruntime session built from verified bytes, whose input and outputs are what the manifest says.
 * `run` blocks its thread while the network computes: call it in a Worker only. One run at a time.
 */
export class OnnxSession {
  /** True where the graph takes one picture or window a run and not a batch. */
  readonly takesOne: boolean;
  readonly #model: Located | ModelFile;
  readonly #inputName: string;
  readonly #session: InferenceSession;
  readonly #outputs: readonly string[];
  #running = false;

  private constructor(
    model: Located | ModelFile,
    inputName: string,
    session: InferenceSession,
    outputs: readonly string[],
  ) {
    this.#model = model;
    this.#inputName = inputName;
    this.#session = session;
    this.#outputs = outputs;
    const input = session.inputMetadata[0];
    this.takesOne = input?.isTensor === true && input.shape[0] === 1;
  }

  /** Throws ModelError: what `verifyModel` throws, `unreadable` for what is no network, `wrong-shape`. */
  static async open(
    model: Located | ModelFile,
    input: ExpectedInput,
    outputs: readonly ExpectedOutput[],
  ): Promise<OnnxSession> {
    const bytes = await verifyModel(model);
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(bytes, {
        // Small networks are not faster on more threads, and a board has other work for its cores.
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 4,
      });
    } catch (error) {
      throw new ModelError(
        'unreadable',
        model.id,
        `${model.path} is not a network onnxruntime can run: ${messageOf(error)}`,
        error,
      );
    }
    const problem = inputProblem(session.inputMetadata, input) ?? outputProblem(session, outputs);
    if (problem !== undefined) {
      await session.release();
      throw new ModelError(
        'wrong-shape',
        model.id,
        `${problem}; ${'remedy' in model ? model.remedy : 'correct its entry in the manifest'}`,
      );
    }
    return new OnnxSession(
      model,
      input.name,
      session,
      outputs.map((output) => output.name),
    );
  }

  /** Runs the network once; the outputs come in the order in which they were asked for when opening. */
  async run({ data, shape }: NetworkInput): Promise<NetworkOutput[]> {
    // The input buffer is shared between runs, so a second run would spoil what the first one reads.
    if (this.#running) throw new Error(`model ${this.#model.id}: one run at a time`);
    this.#running = true;
    try {
      const tensor =
        data instanceof Uint8Array ? new Tensor('uint8', data, shape) : new Tensor('float32', data, shape);
      const results = await this.#session.run({ [this.#inputName]: tensor }, this.#outputs);
      return this.#outputs.map((name) => {
        const result = results[name];
        if (!(result?.data instanceof Float32Array)) {
          throw new ModelError('wrong-shape', this.#model.id, `output '${name}' is not float32`);
        }
        return { data: result.data, shape: result.dims };
      });
    } catch (error) {
      if (error instanceof ModelError) throw error;
      throw new ModelError('failed', this.#model.id, `the run failed: ${messageOf(error)}`, error);
    } finally {
      this.#running = false;
    }
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function inputProblem(inputs: readonly Metadata[], wanted: ExpectedInput): string | undefined {
  const [input, ...others] = inputs;
  const names = inputs.map(({ name }) => `'${name}'`).join(', ');
  if (input === undefined || others.length > 0)
    return `the network has ${inputs.length} inputs (${names}), not one`;
  if (input.name !== wanted.name)
    return `the network's input is called '${input.name}', not '${wanted.name}'`;
  if (!input.isTensor) return `input '${input.name}' is not a tensor`;
  const { shape, batched } = wanted;
  // A fixed dimension of the graph must be the manifest's; in the place of the batch only 1 can be fixed.
  const fits =
    input.type === wanted.dtype &&
    input.shape.length === shape.length &&
    input.shape.every((dim, axis) => {
      if (typeof dim !== 'number') return true;
      return axis === 0 && batched ? dim === 1 : dim === shape[axis];
    });
  if (fits) return undefined;
  const said = shape.map((dim, axis) => dim ?? (axis === 0 && batched ? 'n' : 'any'));
  return (
    `the network takes ${input.type} [${input.shape.map((dim) => dim || 'any')}], ` +
    `the manifest says ${wanted.dtype} [${said}]`
  );
}

function outputProblem(session: InferenceSession, wanted: readonly ExpectedOutput[]): string | undefined {
  for (const { name, lastDims } of wanted) {
    const output = session.outputMetadata.find((metadata) => metadata.name === name);
    if (output === undefined) {
      return `the network has no output '${name}', only ${session.outputNames.map((n) => `'${n}'`).join(', ')}`;
    }
    if (!output.isTensor || output.type !== 'float32') return `output '${name}' is not float32`;
    const tail = output.shape.slice(-lastDims.length);
    const known = output.shape.length > 0 && lastDims.length > 0;
    if (known && tail.some((dim, i) => typeof dim === 'number' && dim !== lastDims[i])) {
      return `output '${name}' is [${output.shape.map((dim) => dim || 'any')}], not [.., ${lastDims}]`;
    }
  }
  return undefined;
}
