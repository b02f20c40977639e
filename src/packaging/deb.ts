import { type ArchiveFile, tarOf } from './tar.ts';

/** What a Debian package says of itself, and what it does when it is installed and removed. */
export interface DebSettings {
  readonly version: string;
  readonly architecture: string;
  /** `/bin/sh` scripts by their names: postinst, prerm. */
  readonly scripts: Readonly<Record<string, string>>;
}

/**
 * A .deb (deb(5)): an ar archive of the format's version, the control files and the files. Files lie at their paths
 * from `/`. The same input gives the same bytes.
 */
export function debOf(files: readonly ArchiveFile[], settings: DebSettings): Uint8Array {
  const encoder = new TextEncoder();
  const scripts = Object.entries(settings.scripts).map(([path, text]): ArchiveFile => {
    return { path, bytes: encoder.encode(text), executable: true };
  });
  const control = { path: 'control', bytes: encoder.encode(controlText(files, settings)), executable: false };
  return arOf([
    { name: 'debian-binary', bytes: encoder.encode('2.0\n') },
    { name: 'control.tar.gz', bytes: gzipOf(tarOf([control, ...scripts], './')) },
    { name: 'data.tar.gz', bytes: gzipOf(tarOf(files, './')) },
  ]);
}

/** Without the time and the name that gzip would add. */
export function gzipOf(bytes: Uint8Array): Uint8Array {
  return Bun.gzipSync(Uint8Array.from(bytes), { level: 6 });
}

function controlText(files: readonly ArchiveFile[], { version, architecture }: DebSettings): string {
  const kilobytes = files.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 1024), 0);
  return [
    'Package: vigil',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: The Vigil project',
    `Installed-Size: ${kilobytes}`,
    'Depends: libc6 (>= 2.27), libstdc++6, passwd',
    'Recommends: ffmpeg, alsa-utils',
    'Section: misc',
    'Priority: optional',
    'Description: recognises people by face and voice and switches a lamp or a door',
    ' Everything that it needs is in the package: the runtime, the models, the',
    ' service. Nothing is fetched from the network.',
    '',
  ].join('\n');
}

/** The ar format (ar(5)): a magic line, then for each member a header of 60 characters and its bytes, padded to even. */
function arOf(members: readonly { name: string; bytes: Uint8Array }[]): Uint8Array {
  const parts = members.flatMap(({ name, bytes }) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
    ),
    bytes,
    Buffer.from(bytes.length % 2 === 0 ? '' : '\n'),
  ]);
  return new Uint8Array(Buffer.concat([Buffer.from('!<arch>\n'), ...parts]));
}
