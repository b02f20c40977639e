import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Glob } from 'bun';
import { elfMachine, elfNeeds } from '../../src/packaging/elf.ts';
import { elfReports } from '../../src/packaging/elf-limits.ts';

const modules = resolve(import.meta.dir, '../../node_modules');

function filesOf(pattern: string) {
  return [...new Glob(pattern).scanSync(modules)].map((path) => ({
    path,
    bytes: readFileSync(join(modules, path)),
  }));
}

describe('what is shipped to a board', () => {
  const compiled = {
    arm64: filesOf('onnxruntime-node/bin/napi-v6/linux/arm64/*'),
    x64: [...filesOf('onnxruntime-node/bin/napi-v6/linux/x64/*'), ...filesOf('@img/*linux-x64/lib/*')],
  };

  test.each(['arm64', 'x64'] as const)('needs no newer C library than JetPack 4.6 has: %s', (cpu) => {
    const reports = elfReports(compiled[cpu], cpu);
    expect(reports.length).toBeGreaterThan(1);
    expect(reports.filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect(reports.find(({ path }) => path.includes('libonnxruntime.so'))?.glibc).toBe('2.27');
  });

  test('for another CPU is found', () => {
    expect(elfReports(compiled.arm64, 'x64')[0]?.problems).toEqual(['it is for another CPU (183)']);
  });

  test('that asks for a newer C library is found', () => {
    // The name of the version, changed in the file's table of names.
    const bytes = Buffer.from(compiled.x64.find(({ path }) => path.includes('libonnxruntime'))!.bytes);
    bytes.write('GLIBC_2.28', bytes.indexOf('GLIBC_2.27'));
    expect(elfReports([{ path: 'a.so', bytes }], 'x64')[0]?.problems).toEqual([
      'GLIBC_2.28, and the oldest board has 2.27',
    ]);
  });
});

describe('atomic instructions that a Cortex-A57 lacks', () => {
  const [ldadd, casal, swp, caspal] = [0xb820_0041, 0x88e0_fc41, 0xb820_8041, 0x4860_fc82];
  const cbzW16 = 0x3400_0090;
  const [add, ldxr, stlxr, str] = [0x8b01_0000, 0xc85f_7c41, 0xc800_fc41, 0xb900_0041];

  test('are told from those that it has', () => {
    expect(elfNeeds(elf([add, ldxr, stlxr, str])).unguardedLse).toBe(0);
    for (const word of [ldadd, casal, swp, caspal]) expect(elfNeeds(elf([add, word])).unguardedLse).toBe(1);
  });

  test('do no harm behind a test of the CPU', () => {
    expect(elfNeeds(elf([cbzW16, ldadd, add, cbzW16, casal])).unguardedLse).toBe(0);
    expect(elfNeeds(elf([cbzW16, ldadd, casal])).unguardedLse).toBe(1);
  });
});

test('what is no ELF file, or is cut off, is refused', () => {
  expect(() => elfNeeds(new TextEncoder().encode('#!/bin/sh\n'))).toThrow(RangeError);
  const whole = elf([0]);
  for (const length of [6, 40, 63, whole.length - 30])
    expect(() => elfNeeds(whole.subarray(0, length))).toThrow(RangeError);
});

/** An AArch64 file of one section of code, whose table of sections comes last. */
function elf(code: readonly number[]): Uint8Array {
  const codeAt = 64;
  const tableAt = codeAt + 4 * code.length;
  const bytes = Buffer.alloc(tableAt + 64);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeUInt16LE(elfMachine.arm64, 18);
  bytes.writeBigUInt64LE(BigInt(tableAt), 40);
  bytes.writeUInt16LE(64, 58);
  bytes.writeUInt16LE(1, 60);
  for (const [i, word] of code.entries()) bytes.writeUInt32LE(word, codeAt + 4 * i);
  bytes.writeUInt32LE(1, tableAt + 4); // SHT_PROGBITS
  bytes.writeBigUInt64LE(4n, tableAt + 8); // SHF_EXECINSTR
  bytes.writeBigUInt64LE(BigInt(codeAt), tableAt + 24);
  bytes.writeBigUInt64LE(BigInt(4 * code.length), tableAt + 32);
  return bytes;
}
