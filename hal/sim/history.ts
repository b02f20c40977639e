/** Far more than a simulated day holds; a device that runs simulated lines for months stops growing here. */
const mostRemembered = 100_000;

/** Adds to a record of what happened, and lets go of its oldest tenth when it has grown too long. */
export function remember<T>(history: T[], entry: T): void {
  if (history.length >= mostRemembered) history.splice(0, mostRemembered / 10);
  history.push(entry);
}
