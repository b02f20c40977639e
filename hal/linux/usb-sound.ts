/** What a USB sound card can record, by the kernel's word; nothing is opened to ask. */
export interface CaptureModes {
  /** In hertz; a card without fixed steps has its lowest and its highest. */
  readonly sampleRatesHz: readonly number[];
  readonly channels: readonly number[];
}

/** Reads `/proc/asound/card1/stream0`, which USB cards have; undefined when it does not record. */
export function parseUsbStream(text: string): CaptureModes | undefined {
  const [, capture] = text.split(/^Capture:$/m);
  if (capture === undefined) return undefined;
  const numbers = (line: RegExp) => {
    const all = [...capture.matchAll(line)].flatMap(([, list = '']) =>
      (list.match(/\d+/g) ?? []).map(Number),
    );
    return [...new Set(all)].sort((one, other) => one - other);
  };
  return {
    sampleRatesHz: numbers(/^ +Rates: (.+)$/gm),
    channels: numbers(/^ +Channels: (\d+)$/gm),
  };
}
