import type { StoryState } from '../../../../trace/story.ts';
import type { Answer } from '../../../requests.ts';
import { ask } from '../../ask.ts';
import { byId, element, setChildren } from '../../dom.ts';
import type { Names } from '../../names.ts';
import type { PageView } from '../../page-view.ts';
import { language, words } from '../../texts/language.ts';
import { bytesText, durationText, entryTexts, sourceText, troubleText } from '../../texts/sentences.ts';
import type { Viewpoint } from '../../viewpoint.ts';
import { paceOf, type Spread } from './pace.ts';

/** Rules that were broken longer ago are history. */
const breachShownMs = 600_000;
const askEveryMs = 5_000;
const paceEveryMs = 1_000;
const mostBoots = 10;

const day = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'medium' });
const msText = (ms: number) => `${Math.round(ms)} ms`;

/** What is wrong with the device, whether all that must make progress does, how fast it is, and the machine below. */
export class HealthView implements PageView {
  readonly #viewpoint: Viewpoint;
  readonly #troubles = byId('troubles', 'ul');
  readonly #sources = byId('sources', 'ul');
  readonly #pace = byId('pace', 'dl');
  readonly #machine = byId('machine', 'dl');
  readonly #boots = byId('boots', 'ol');
  readonly #names: Names;
  #asking: ReturnType<typeof setInterval> | undefined;
  #pacedAtMs = Number.NEGATIVE_INFINITY;

  constructor(viewpoint: Viewpoint, names: Names) {
    this.#viewpoint = viewpoint;
    this.#names = names;
  }

  show(shown: boolean): void {
    clearInterval(this.#asking);
    this.#asking = shown ? setInterval(() => void this.#ask(), askEveryMs) : undefined;
    if (shown) void this.#ask();
  }

  tick(): void {
    if (performance.now() - this.#pacedAtMs < paceEveryMs) return;
    this.#pacedAtMs = performance.now();
    this.#showPace();
  }

  draw(): void {
    this.#showTroubles(this.#viewpoint.state, this.#viewpoint.nowMs);
    this.#showSources(this.#viewpoint.state);
  }

  #showPace(): void {
    const { records, nowMs, index } = this.#viewpoint;
    const { looksPerSecond, lookMs, voiceMs, overruns } = paceOf(records.slice(0, index + 1), nowMs);
    const { looks, look, voice, none, spread } = words.pace;
    const told = (times: Spread | null) =>
      times === null ? none : spread(msText(times.medianMs), msText(times.p95Ms));
    figures(this.#pace, [
      [looks, looksPerSecond === null ? none : looksPerSecond.toFixed(1)],
      [look, told(lookMs)],
      [voice, told(voiceMs)],
      [words.pace.overruns, String(overruns)],
    ]);
  }

  /** Without an answer, what is shown stays; the connection says when it is lost. */
  async #ask(): Promise<void> {
    const machine = await ask('machine', {}).catch(() => undefined);
    if (machine !== undefined) this.#showMachine(machine);
    if (!this.#names.allowed) return;
    const boots = await ask('history', {
      ...{ kinds: ['boot', 'stop'], beforeSeq: null, fromUtcMs: null, limit: mostBoots },
    }).catch(() => undefined);
    if (boots === undefined) return;
    const texts = boots.entries.map(
      (entry) => `${day.format(entry.utcMs)}  ${entryTexts(entry, this.#names.of).text}`,
    );
    setChildren(this.#boots, texts.join('\n'), () => texts.map((text) => element('li', text)));
  }

  #showMachine(machine: Answer<'machine'>): void {
    const { processUptimeMs, residentBytes, memory, loadAverage, disk, temperatures } = machine;
    const said = words.machine;
    figures(this.#machine, [
      [said.uptime, durationText(processUptimeMs)],
      [said.resident, bytesText(residentBytes)],
      [said.memory, said.of(bytesText(memory.freeBytes), bytesText(memory.totalBytes))],
      [said.load, loadAverage.toFixed(1)],
      [
        said.disk,
        disk === null ? said.unknown : said.of(bytesText(disk.freeBytes), bytesText(disk.totalBytes)),
      ],
      ...temperatures.map(({ sensor, celsius }) => [sensor, `${celsius.toFixed(0)} °C`] as const),
    ]);
  }

  #showTroubles({ impairments, breaches, conditions }: StoryState, nowMs: number): void {
    const conditionOf: Readonly<Record<string, string | undefined>> = {
      vision: conditions['device/vision'],
      hearing: conditions['device/hearing'],
    };
    const troubles = [
      ...Object.values(impairments).map(({ part, kind }) => {
        const condition = conditionOf[part] === 'good' ? undefined : conditionOf[part];
        return troubleText(part, kind ?? condition ?? null);
      }),
      ...breaches
        .filter(({ atMs }) => nowMs - atMs < breachShownMs)
        .map(({ rule, subject }) => words.trouble.breach(rule, subject)),
    ];
    setChildren(this.#troubles, JSON.stringify(troubles), () =>
      troubles.length === 0
        ? [element('li', words.empty.troubles, 'quiet')]
        : troubles.map((text) => element('li', text, 'trouble')),
    );
  }

  #showSources({ actors, conditions }: StoryState): void {
    const sources = (actors['device/watchdog']?.states ?? [])
      .filter((path) => !path.startsWith('feeding'))
      .map((path) => sourceText(path, conditions[`device/${path.split('.')[0]}`]));
    setChildren(this.#sources, sources.join('\n'), () => sources.map((text) => element('li', text)));
  }
}

function figures(list: HTMLElement, told: readonly (readonly [name: string, value: string])[]): void {
  setChildren(list, JSON.stringify(told), () =>
    told.flatMap(([name, value]) => [element('dt', name), element('dd', value)]),
  );
}
