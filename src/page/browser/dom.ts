/** The element with that id in the page's HTML. Throws where it is another kind, or missing: a bug of the page. */
export function byId<K extends keyof HTMLElementTagNameMap>(id: string, tag: K): HTMLElementTagNameMap[K] {
  const found = document.getElementById(id);
  if (found === null || found.localName !== tag) throw new Error(`the page has no <${tag} id="${id}">`);
  return found as HTMLElementTagNameMap[K];
}

/** A new element with text in it. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text = '',
  className = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (text !== '') made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}

/** Writes only what changed: an unchanged text is not laid out, nor read out, again. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Puts children in where what they say differs from what is there; `key` is all that they say. */
export function setChildren(target: HTMLElement, key: string, children: () => readonly HTMLElement[]): void {
  if (target.dataset.says === key) return;
  target.dataset.says = key;
  target.replaceChildren(...children());
}
