/** A disk of its own to be filled and made read-only: a file system in memory. */
export interface SmallDisk {
  readonly path: string;
  makeReadOnly(): void;
  makeWritable(): void;
  unmount(): void;
}

/** Undefined where this process may not mount anything. */
export function mountSmallDisk(): SmallDisk | undefined {
  const path = Bun.spawnSync(['mktemp', '-d']).stdout.toString().trim();
  const mount = (...args: string[]) =>
    Bun.spawnSync(['mount', ...args, path], { stderr: 'ignore' }).exitCode === 0;
  const remove = () => Bun.spawnSync(['rmdir', path]);
  if (!mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs')) {
    remove();
    return undefined;
  }
  return {
    path,
    makeReadOnly: () => void mount('-o', 'remount,ro'),
    makeWritable: () => void mount('-o', 'remount,rw'),
    unmount: () => {
      Bun.spawnSync(['umount', path]);
      remove();
    },
  };
}
