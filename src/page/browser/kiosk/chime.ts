import { setText } from '../dom.ts';
import { words } from '../texts/language.ts';

/** Two soft tones, a third apart. */
const tonesHz = [659, 784] as const;
const toneS = 0.18;
const loudness = 0.15;

/** A sound for whoever is welcomed; off until somebody switches it on, which browsers ask for as well. */
export class Chime {
  readonly #button: HTMLButtonElement;
  #audio: AudioContext | undefined;
  #on = false;

  constructor(button: HTMLButtonElement) {
    this.#button = button;
    button.addEventListener('click', () => {
      this.#audio ??= new AudioContext();
      this.#switch(!this.#on);
      this.ring();
    });
    this.#switch(false);
  }

  ring(): void {
    const audio = this.#audio;
    if (!this.#on || audio === undefined) return;
    tonesHz.forEach((frequencyHz, index) => {
      const startS = audio.currentTime + index * toneS;
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.frequency.value = frequencyHz;
      gain.gain.setValueAtTime(loudness, startS);
      gain.gain.exponentialRampToValueAtTime(0.001, startS + 2 * toneS);
      tone.connect(gain).connect(audio.destination);
      tone.start(startS);
      tone.stop(startS + 2 * toneS);
    });
  }

  #switch(on: boolean): void {
    this.#on = on;
    this.#button.dataset.on = String(on);
    setText(this.#button, on ? words.kiosk.soundOn : words.kiosk.soundOff);
  }
}
