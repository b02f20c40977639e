/** Leaves most of a frame to the browser. */
const workMs = 8;
/** The clock is not read for every item. */
const itemsBetween = 32;

/** Does long work in turns, between which the browser draws and answers. Resolves when all of it is done. */
export async function inTurns<T>(items: readonly T[], act: (item: T) => void): Promise<void> {
  let endMs = performance.now() + workMs;
  for (const [index, item] of items.entries()) {
    act(item);
    if (index % itemsBetween !== 0 || performance.now() < endMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    endMs = performance.now() + workMs;
  }
}
