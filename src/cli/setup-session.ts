import { type ConfigValue, withValues } from '../config/edit.ts';
import { parseConfig, type ReadConfig } from '../config/read.ts';
import type { Asker } from './asker.ts';
import type { Invocation } from './command.ts';

/** What an installer is walked through: who answers, what was answered, and what does not work yet. */
export class SetupSession {
  readonly asker: Asker;
  readonly signal: AbortSignal;
  /** What was given on the command line, by the option; that is not asked. */
  readonly given: Invocation['options'];
  /** The configuration that is set up, and its text before. */
  readonly file: string;
  readonly #text: string;
  readonly #values = new Map<string, ConfigValue>();
  readonly #before: ReadConfig;

  /** Throws ConfigError where the text is no valid configuration. */
  constructor(options: {
    readonly asker: Asker;
    readonly signal: AbortSignal;
    readonly given: Invocation['options'];
    readonly file: string;
    readonly text: string;
  }) {
    this.asker = options.asker;
    this.signal = options.signal;
    this.given = options.given;
    this.file = options.file;
    this.#text = options.text;
    this.#before = parseConfig(options.text, options.file);
  }

  option(name: string): string | undefined {
    const value = this.given[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** As it would be read with what was answered so far. Throws ConfigError for an answer that is not allowed. */
  get read(): ReadConfig {
    const flags = [...this.#values].map(([key, value]) => ({ key, value, flag: key }));
    return parseConfig(this.#text, this.file, flags);
  }

  /** Whether somebody has set this key before. */
  wasSet(key: string): boolean {
    return this.#before.origins.get(key)?.kind === 'file';
  }

  set(key: string, value: ConfigValue): void {
    this.#values.set(key, value);
  }

  unset(key: string): void {
    this.#values.delete(key);
  }

  /** What differs from the configuration as it was. */
  changes(): ReadonlyMap<string, ConfigValue> {
    const { values } = parseConfig(this.#text, this.file);
    return new Map([...this.#values].filter(([key, value]) => values.get(key) !== value));
  }

  /** The text of the configuration with the changes. Throws ConfigError. */
  edited(): string {
    return withValues(this.#text, this.file, this.changes());
  }
}
