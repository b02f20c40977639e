import type { PageFacts } from '../../../protocol.ts';
import type { Answer, Ask } from '../../../requests.ts';
import { AskError, ask } from '../../ask.ts';
import { byId, element, setText } from '../../dom.ts';
import type { PageView } from '../../page-view.ts';
import { words } from '../../texts/language.ts';
import { Plan, type Spot } from './plan.ts';

type Scene = Answer<'scene'>;
type Action = Ask<'scene-act'>['action'];

/** Where somebody comes to who was not dragged to a place. */
const usualSpot: Spot = { distanceM: 1, lateralM: 0 };
const walkingSpeedMps = 1.2;
const speech = { forMs: 3_000, levelDbfs: -26 };
const turnedDeg = 60;
const lights = { dark: 0.02, dim: 0.25, lit: 1, glaring: 2 } as const;
const nameForm = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Plays the scene before a simulated device by hand, and saves what was done as a scenario. */
export class SceneView implements PageView {
  readonly #note = byId('scene-note', 'p');
  readonly #problem = byId('scene-problem', 'p');
  readonly #masked = byId('scene-masked', 'input');
  readonly #name = byId('scene-name', 'input');
  readonly #plan = new Plan(byId('scene-plan', 'figure'), {
    chosen: (who) => this.#choose(who),
    moved: (who, spot) => {
      this.#choose(who);
      this.#act({ do: 'moves', who, ...spot });
    },
    left: (who) => this.#act({ do: 'leaves', who, to: 'here' }),
  });
  #allowed = false;
  /** Undefined until the device has told of itself. */
  #isSimulated: boolean | undefined;
  #shown = false;
  #scene: Scene | undefined;
  #chosen: string | undefined;
  /** One thing after the other, as it was clicked. */
  #turn: Promise<void> = Promise.resolve();

  constructor() {
    byId('scene-save', 'form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#save();
    });
  }

  /** Another one signed in, or nobody any more. */
  allow(allowed: boolean): void {
    this.#allowed = allowed;
    this.#fetch();
  }

  /** Another device, or the same anew. */
  tellDevice({ scene }: PageFacts): void {
    this.#isSimulated = scene;
    this.#chosen = undefined;
    this.#fetch();
  }

  show(shown: boolean): void {
    this.#shown = shown;
    this.#fetch();
  }

  draw(): void {}

  #fetch(): void {
    if (!this.#shown || this.#isSimulated === undefined) return;
    if (this.#isSimulated && this.#allowed) this.#ask(() => ask('scene', {}));
    else {
      this.#scene = undefined;
      this.#draw();
    }
  }

  #act(action: Action): void {
    this.#ask(() => ask('scene-act', { action }));
  }

  #ask(question: () => Promise<Scene>): void {
    this.#turn = this.#turn.then(async () => {
      try {
        this.#scene = await question();
        setText(this.#problem, '');
      } catch (error) {
        this.#complain(error);
      }
      this.#draw();
    });
  }

  #complain(error: unknown): void {
    setText(this.#problem, error instanceof AskError ? error.message : words.account.unreachable);
  }

  #choose(who: string): void {
    this.#chosen = who;
    this.#draw();
  }

  #comes(who: string, spot: Spot): void {
    this.#chosen = who;
    const masked = this.#masked.checked;
    this.#act({ do: 'comes', who, ...spot, yawDeg: 0, from: 'here', speedMps: walkingSpeedMps, masked });
  }

  #draw(): void {
    const scene = this.#scene;
    byId('scene-play', 'div').hidden = scene === undefined;
    byId('scene-aside', 'div').hidden = scene === undefined;
    const { real, forbidden, plays, yours } = words.scene;
    if (scene === undefined) {
      setText(this.#note, this.#isSimulated === false ? real : this.#allowed ? '' : forbidden);
      return;
    }
    setText(this.#note, scene.began ? yours : plays);
    this.#plan.draw(scene.inView, this.#chosen);
    this.#drawCast(scene);
    this.#drawChosen(scene);
    setButtons('scene-light', Object.entries(lights), ([name, levelLight]) => ({
      text: words.scene[name as keyof typeof lights],
      act: () => this.#act({ do: 'light', levelLight }),
      pressed: scene.levelLight === levelLight,
    }));
    byId('scene-voices-card', 'section').hidden = scene.voices.length === 0;
    setButtons('scene-voices', scene.voices, (who) => ({
      text: words.scene.says(who),
      act: () => this.#act({ do: 'speaks', who, ...speech }),
    }));
    setButtons('scene-breakages', scene.breakages, (what) => {
      const pressed = scene.broken.includes(what);
      const act = () => this.#act({ do: pressed ? 'mends' : 'breaks', what });
      return { text: words.scene.breakages[what], act, pressed };
    });
    this.#drawSteps(scene);
  }

  /** Those who are not there are clicked, or dragged into the plan. */
  #drawCast({ cast, inView }: Scene): void {
    const away = cast.filter((who) => !inView.some((person) => person.who === who));
    const dropped = new Set<string>();
    const buttons = setButtons('scene-cast', away, (who) => ({
      text: who,
      label: words.scene.brings(who),
      act: () => {
        // Browsers take a drag that ended elsewhere for a click, too.
        if (!dropped.has(who)) this.#comes(who, usualSpot);
      },
    }));
    for (const [index, who] of away.entries()) {
      const button = buttons[index];
      button?.addEventListener('pointerdown', ({ pointerId }) => button.setPointerCapture(pointerId));
      button?.addEventListener('pointerup', (event) => {
        const spot = this.#plan.spotAt(event);
        if (spot === undefined) return;
        dropped.add(who);
        this.#comes(who, spot);
      });
    }
  }

  #drawChosen({ inView }: Scene): void {
    const person = inView.find(({ who }) => who === this.#chosen);
    const { place, nobody, faces, turnsAway, leavesLeft, leavesRight, gone } = words.scene;
    setText(
      byId('scene-chosen', 'p'),
      person === undefined
        ? nobody
        : place(person.who, person.distanceM.toFixed(1), person.lateralM.toFixed(1)),
    );
    const acts: readonly (readonly [text: string, (who: string) => Action])[] = [
      [faces, (who) => ({ do: 'moves', who, yawDeg: 0 })],
      [turnsAway, (who) => ({ do: 'moves', who, yawDeg: turnedDeg })],
      [leavesLeft, (who) => ({ do: 'leaves', who, to: 'left' })],
      [leavesRight, (who) => ({ do: 'leaves', who, to: 'right' })],
      [gone, (who) => ({ do: 'leaves', who, to: 'here' })],
    ];
    setButtons('scene-acts', person === undefined ? [] : acts, ([text, action]) => ({
      text,
      act: () => this.#act(action(person?.who ?? '')),
    }));
  }

  #drawSteps({ steps }: Scene): void {
    const list = byId('scene-steps', 'ol');
    const [first] = steps;
    list.replaceChildren(
      ...steps.map(({ atMs, text }) => {
        const line = element('li');
        const seconds = ((atMs - (first?.atMs ?? atMs)) / 1_000).toFixed(1);
        line.append(element('span', `${seconds} s `, 'quiet'), element('code', text));
        return line;
      }),
      ...(steps.length === 0 ? [element('li', words.scene.none, 'quiet')] : []),
    );
    list.scrollTop = list.scrollHeight;
  }

  async #save(): Promise<void> {
    const name = this.#name.value.trim();
    if (!nameForm.test(name)) {
      setText(this.#problem, words.scene.badName);
      return;
    }
    try {
      const { yaml } = await ask('scene-scenario', { name });
      const link = element('a');
      link.href = URL.createObjectURL(new Blob([yaml], { type: 'application/yaml' }));
      link.download = `${name}.yaml`;
      link.click();
      URL.revokeObjectURL(link.href);
      setText(this.#problem, '');
    } catch (error) {
      this.#complain(error);
    }
  }
}

interface ButtonFace {
  readonly text: string;
  readonly act: () => void;
  readonly label?: string;
  readonly pressed?: boolean;
}

/** A button for each; who had the keyboard's focus by its place has it still. */
function setButtons<Each>(
  id: string,
  each: readonly Each[],
  faceOf: (one: Each) => ButtonFace,
): HTMLButtonElement[] {
  const place = byId(id, 'div');
  const focused = [...place.children].findIndex((child) => child.contains(document.activeElement));
  const buttons = each.map((one) => {
    const { text, act, label, pressed } = faceOf(one);
    const button = element('button', text);
    button.type = 'button';
    if (label !== undefined) button.ariaLabel = label;
    if (pressed !== undefined) button.ariaPressed = String(pressed);
    button.addEventListener('click', act);
    return button;
  });
  place.replaceChildren(...buttons);
  if (focused >= 0) buttons[Math.min(focused, buttons.length - 1)]?.focus();
  return buttons;
}
