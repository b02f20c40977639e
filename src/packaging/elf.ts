/** What a compiled file needs of the system and of the CPU. */
export interface ElfNeeds {
  /** As the file names it: 183 is AArch64, 62 x86-64 (ELF's e_machine). */
  readonly machine: number;
  /** The versions of symbols that it takes from other libraries: `GLIBC_2.17`, `GLIBCXX_3.4.21`. */
  readonly versions: readonly string[];
  /**
   * AArch64: instructions of the Large System Extensions (ARMv8.1) that no test of the CPU stands before. A Cortex-A57
   * cannot run them. Data between instructions may look like some.
   */
  readonly unguardedLse: number;
}

export const elfMachine = { x64: 62, arm64: 183 } as const;

const sectionType = { program: 1, gnuVersionNeeds: 0x6fff_fffe } as const;
const executable = 0x4;

interface Section {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** Whether a file begins as ELF does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * Reads a 64-bit little-endian ELF file (System V ABI, gABI 4.1, and the GNU version sections of the LSB). Throws
 * RangeError for one that is cut off, and for other kinds.
 */
export function elfNeeds(bytes: Uint8Array): ElfNeeds {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isElf(bytes) || bytes[4] !== 2 || bytes[5] !== 1)
    throw new RangeError('no 64-bit little-endian ELF file');
  const machine = view.getUint16(18, true);
  const sections = sectionsOf(view);
  const versions = sections
    .filter(({ type }) => type === sectionType.gnuVersionNeeds)
    .flatMap((section) => neededVersions(view, section, sections[section.link]));
  const code = sections.filter(
    ({ type, flags }) => type === sectionType.program && (flags & executable) !== 0,
  );
  const unguardedLse =
    machine === elfMachine.arm64 ? code.reduce((sum, section) => sum + unguardedLseIn(view, section), 0) : 0;
  return { machine, versions: [...new Set(versions)].sort(), unguardedLse };
}

function sectionsOf(view: DataView): Section[] {
  const at = Number(view.getBigUint64(40, true));
  const [size, count] = [view.getUint16(58, true), view.getUint16(60, true)];
  return Array.from({ length: count }, (_, i) => {
    const header = at + i * size;
    return {
      type: view.getUint32(header + 4, true),
      flags: Number(view.getBigUint64(header + 8, true) & 0xffffn),
      offset: Number(view.getBigUint64(header + 24, true)),
      size: Number(view.getBigUint64(header + 32, true)),
      link: view.getUint32(header + 40, true),
    };
  });
}

/** .gnu.version_r: a chain of libraries (Verneed), each with a chain of versions (Vernaux). */
function neededVersions(view: DataView, { offset }: Section, strings: Section | undefined): string[] {
  if (strings === undefined) throw new RangeError('the needed versions have no names');
  const found: string[] = [];
  for (let library = offset, next = 1; next !== 0; library += next) {
    let version = library + view.getUint32(library + 8, true);
    for (let left = view.getUint16(library + 2, true); left > 0; left--) {
      found.push(textAt(view, strings.offset + view.getUint32(version + 8, true)));
      version += view.getUint32(version + 12, true);
    }
    next = view.getUint32(library + 12, true);
  }
  return found;
}

function textAt(view: DataView, at: number): string {
  let end = at;
  while (view.getUint8(end) !== 0) end++;
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, end - at));
}

/**
 * Atomic instructions as the Arm ARM (DDI 0487, C4.1) encodes them: CAS and CASP, LDADD and its kin, SWP. Compilers
 * that ask the CPU first (outline atomics) put `cbz w16` right before each.
 */
function unguardedLseIn(view: DataView, { offset, size }: Section): number {
  let found = 0;
  let before = 0;
  for (let at = offset; at + 4 <= offset + size; at += 4) {
    const word = view.getUint32(at, true);
    const isGuard = (before & 0xff00_001f) >>> 0 === 0x3400_0010;
    if (isLse(word) && !isGuard) found++;
    before = word;
  }
  return found;
}

function isLse(word: number): boolean {
  const cas = (word & 0x3fa0_7c00) >>> 0 === 0x08a0_7c00;
  const casPair = (word & 0xbfa0_7c00) >>> 0 === 0x0820_7c00;
  const fetchAndOperate = (word & 0x3f20_8c00) >>> 0 === 0x3820_0000;
  const swap = (word & 0x3f20_fc00) >>> 0 === 0x3820_8000;
  return cas || casPair || fetchAndOperate || swap;
}
