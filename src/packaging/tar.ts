/** A file of an archive. Its folders are made with it. */
export interface ArchiveFile {
  /** From the archive's root, with `/` between folders. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

const blockBytes = 512;
/** Field lengths of a ustar header (POSIX.1-2008, pax, "ustar Interchange Format"). */
const nameBytes = 100;
const prefixBytes = 155;

/**
 * A tar archive of these files and their folders, in the order of their paths, all owned by root and of the year 1970:
 * the same files give the same bytes. `root` is put before every path: `./` as in a .deb, or a folder's name and `/`.
 * Throws RangeError for a path that a ustar header cannot hold.
 */
export function tarOf(files: readonly ArchiveFile[], root: string): Uint8Array {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1))
      folders.add(path.slice(0, end + 1));
  }
  const entries = [
    ...[...folders].map((path) => ({ path, bytes: new Uint8Array(), executable: true })),
    ...files,
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts = entries.flatMap(({ path, bytes, executable }) => [
    header(`${root}${path}`, bytes.length, executable ? 0o755 : 0o644),
    bytes,
    new Uint8Array(-bytes.length & (blockBytes - 1)),
  ]);
  return new Uint8Array(Buffer.concat([header(root, 0, 0o755), ...parts, new Uint8Array(2 * blockBytes)]));
}

function header(path: string, size: number, mode: number): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  const { prefix, name } = split(path);
  block.write(name, 0, nameBytes);
  octal(block, 100, 8, mode);
  octal(block, 108, 8, 0);
  octal(block, 116, 8, 0);
  octal(block, 124, 12, size);
  octal(block, 136, 12, 0);
  block.write(path.endsWith('/') ? '5' : '0', 156);
  block.write('ustar\u000000', 257);
  block.write('root', 265);
  block.write('root', 297);
  block.write(prefix, 345, prefixBytes);
  // The sum is taken with its own field blank.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function octal(block: Buffer, at: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), at);
}

/** A long path is cut at a `/`, which is not written. */
function split(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= nameBytes) return { prefix: '', name: path };
  for (let cut = path.indexOf('/'); cut !== -1; cut = path.indexOf('/', cut + 1)) {
    const [prefix, name] = [path.slice(0, cut), path.slice(cut + 1)];
    if (name === '' || Buffer.byteLength(prefix) > prefixBytes) break;
    if (Buffer.byteLength(name) <= nameBytes) return { prefix, name };
  }
  throw new RangeError(`a tar archive cannot name ${path}`);
}
