/** A kind of board that there is a package for. */
export interface PackageTarget {
  readonly name: string;
  /** Of the npm packages that carry compiled code. */
  readonly cpu: 'arm64' | 'x64';
  readonly debArchitecture: 'arm64' | 'amd64';
  /** The npm package of Bun's binary, for the plainest CPU of its kind, and the binary's sha256 at the version of package.json. */
  readonly bun: { readonly package: string; readonly sha256: string };
}

export const packageTargets: readonly PackageTarget[] = [
  {
    name: 'linux-arm64',
    cpu: 'arm64',
    debArchitecture: 'arm64',
    bun: {
      package: '@oven/bun-linux-aarch64',
      sha256: '04778f1f42399a69d086853e9c7af4acf574b2f21a43d0dc673853d8b84a2923',
    },
  },
  {
    name: 'linux-x64',
    cpu: 'x64',
    debArchitecture: 'amd64',
    bun: {
      package: '@oven/bun-linux-x64-baseline',
      sha256: 'f05d28a3862f4b84395c7fa32480b835dd47482e80b7e7a49a115227f0c06083',
    },
  },
];
