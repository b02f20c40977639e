import type { Position } from './errors.ts';

/** Where a key and its value begin. For a table, the value is its header or its brace. */
export interface KeyPosition {
  readonly key: Position;
  readonly value: Position;
}

/**
 * Finds where every key of a TOML text stands: `[a.b]` headers, dotted and quoted keys, inline tables. The text
 * must have been accepted by a parser; this only looks for places (TOML 1.0, toml.io/en/v1.0.0). The map's keys
 * are paths joined by dots; in an array of tables the first one's place is given.
 */
export function keyPositions(text: string): ReadonlyMap<string, KeyPosition> {
  return new Scanner(text).scan();
}

const bareKeyChar = /[A-Za-z0-9_-]/;

class Scanner {
  readonly #text: string;
  readonly #lineStarts: number[] = [0];
  readonly #found = new Map<string, KeyPosition>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) this.#lineStarts.push(i + 1);
  }

  scan(): ReadonlyMap<string, KeyPosition> {
    let table: readonly string[] = [];
    for (;;) {
      this.#skipBlank();
      if (this.#at >= this.#text.length) return this.#found;
      if (this.#peek() !== '[') {
        this.#pair(table);
        continue;
      }
      const start = this.#at;
      while (this.#peek() === '[' || this.#peek() === ' ' || this.#peek() === '\t') this.#at++;
      table = this.#keyPath();
      this.#note(table, start, start);
      this.#skipSpaces();
      while (this.#peek() === ']') this.#at++;
    }
  }

  #pair(table: readonly string[]): void {
    const start = this.#at;
    const path = [...table, ...this.#keyPath()];
    this.#skipSpaces();
    this.#at++; // the equals sign
    this.#skipSpaces();
    this.#note(path, start, this.#at);
    this.#value(path);
  }

  #keyPath(): string[] {
    const path: string[] = [];
    for (;;) {
      this.#skipSpaces();
      path.push(this.#keyPart());
      this.#skipSpaces();
      if (this.#peek() !== '.') return path;
      this.#at++;
    }
  }

  #keyPart(): string {
    const start = this.#at;
    if (this.#peek() === '"' || this.#peek() === "'") {
      this.#string();
      const raw = this.#text.slice(start, this.#at);
      return raw.startsWith('"') ? unescapeBasic(raw.slice(1, -1)) : raw.slice(1, -1);
    }
    while (bareKeyChar.test(this.#peek())) this.#at++;
    if (this.#at === start) throw new Error(`no key at ${this.#at}: the text is not valid TOML`);
    return this.#text.slice(start, this.#at);
  }

  #value(path: readonly string[]): void {
    const first = this.#peek();
    if (first === '"' || first === "'") this.#string();
    else if (first === '[') this.#list(']', () => this.#value(path));
    else if (first === '{') this.#list('}', () => this.#pair(path));
    else while (this.#at < this.#text.length && !/[,\]}#\n]/.test(this.#peek())) this.#at++;
  }

  #list(close: string, item: () => void): void {
    this.#at++;
    for (;;) {
      this.#skipBlank();
      if (this.#peek() === ',') this.#at++;
      else if (this.#peek() === close || this.#at >= this.#text.length) break;
      else item();
    }
    this.#at++;
  }

  #string(): void {
    const quote = this.#peek();
    const triple = quote.repeat(3);
    const isTriple = this.#text.startsWith(triple, this.#at);
    const close = isTriple ? triple : quote;
    this.#at += close.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(close, this.#at)) {
      this.#at += quote === '"' && this.#peek() === '\\' ? 2 : 1;
    }
    this.#at += close.length;
    // A multi-line string may end with up to two quotes of its own.
    if (isTriple) while (this.#peek() === quote) this.#at++;
  }

  #skipSpaces(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at++;
  }

  #skipBlank(): void {
    for (;;) {
      while (/[\s\uFEFF]/.test(this.#peek())) this.#at++;
      if (this.#peek() !== '#') return;
      while (this.#at < this.#text.length && this.#peek() !== '\n') this.#at++;
    }
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #note(path: readonly string[], key: number, value: number): void {
    // `a.b.c = 1` makes the tables a and a.b as well.
    for (let length = 1; length <= path.length; length++) {
      const name = path.slice(0, length).join('.');
      if (this.#found.has(name)) continue;
      this.#found.set(name, { key: this.#position(key), value: this.#position(value) });
    }
  }

  #position(offset: number): Position {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\u001b',
};

function unescapeBasic(text: string): string {
  return text.replace(
    /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g,
    (_, x: string | undefined, u: string | undefined, long: string | undefined, one: string | undefined) => {
      const hex = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      return escapes[one ?? ''] ?? one ?? '';
    },
  );
}
