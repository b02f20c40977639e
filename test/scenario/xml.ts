/** An element of a small XML document, as the test reads it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Parses XML without comments, CDATA and namespaces, strictly: throws for whatever is not well-formed. */
export function parseXml(source: string): XmlElement {
  let at = 0;
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${source.slice(at, at + 40)}`);
  };
  const take = (pattern: RegExp): RegExpExecArray => {
    const sticky = new RegExp(pattern.source, 'uy');
    sticky.lastIndex = at;
    const found = sticky.exec(source);
    if (found === null) return fail(`expected ${pattern.source}`);
    at = sticky.lastIndex;
    return found;
  };
  const decoded = (text: string): string => {
    if ([...text].some(isForbidden)) fail('a character that XML forbids');
    return text.replace(/&([^;]*);|&/g, (all, name: string | undefined) => {
      const code = name?.match(/^#(\d+)$/)?.[1];
      return code === undefined
        ? (entities[name ?? ''] ?? fail(`the entity ${all}`))
        : String.fromCodePoint(Number(code));
    });
  };
  const element = (): XmlElement => {
    const name = take(/<([A-Za-z_][\w.-]*)/)[1] ?? '';
    const attributes: Record<string, string> = {};
    while (!/^\s*\/?>/.test(source.slice(at, at + 99))) {
      const [, key = '', value = ''] = take(/\s+([A-Za-z_][\w.-]*)="([^"<]*)"/);
      if (key in attributes) fail(`${key} twice`);
      attributes[key] = decoded(value);
    }
    if (take(/\s*(\/?)>/)[1] === '/') return { name, attributes, children: [], text: '' };
    const children: XmlElement[] = [];
    let text = '';
    for (;;) {
      text += decoded(take(/([^<]*)/)[1] ?? '');
      if (source.startsWith('</', at)) break;
      children.push(element());
    }
    if (take(/<\/([A-Za-z_][\w.-]*)\s*>/)[1] !== name) fail(`the end of ${name}`);
    return { name, attributes, children, text };
  };
  take(/<\?xml version="1\.0" encoding="UTF-8"\?>\s*/);
  const root = element();
  take(/\s*/);
  if (at < source.length) fail('something after the end');
  return root;
}

/** Char of XML 1.0, turned round. */
function isForbidden(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return ![0x09, 0x0a, 0x0d].includes(code);
  return (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff;
}
