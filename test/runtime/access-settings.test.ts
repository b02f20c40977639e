import { expect, test } from 'bun:test';
import { parseConfig } from '../../src/config/read.ts';
import { lampPolicy } from '../../src/decide/policy.ts';
import { presets } from '../../src/decide/presets.ts';
import { accessNotes, budgetOf, policyOf } from '../../src/runtime/access-settings.ts';
import { faceGate } from '../../src/runtime/match-limits.ts';

const configured = (text: string) => parseConfig(text, 'vigil.toml').config;
const door = configured('[access]\npreset = "door"\n');

test('without a word the device is a lamp: whoever is named lights it, masked or not', () => {
  const lamp = configured('');
  expect(policyOf(lamp, 'not-calibrated')).toEqual({ ...lampPolicy, evidenceMaxAgeMs: 300 });
  expect(budgetOf(lamp)).toBeNull();
  expect(faceGate(lamp).maxCovered).toBe(1);
  expect(accessNotes(lamp, 'not-calibrated')).toEqual([]);
});

test('a door demands what its preset says, and no covered faces', () => {
  expect(policyOf(door, 'enough')).toMatchObject({
    require: 'both',
    neededBans: 4.5,
    tailgating: 'block',
    unarmed: null,
  });
  expect(budgetOf(door)).toEqual({ allowed: 5, withinMs: 600_000 });
  expect(faceGate(door).maxCovered).toBeLessThan(1);
  expect(accessNotes(door, 'enough')).toEqual([]);
});

test.each([
  ['not-calibrated', 'was not calibrated'],
  ['stale', 'have changed'],
  ['too-thin', 'too little'],
] as const)('a door whose calibration is %s opens nothing, and says why', (evidence, why) => {
  expect(policyOf(door, evidence).unarmed).toBe(evidence);
  expect(accessNotes(door, evidence)).toEqual([expect.stringContaining(why)]);
});

test('a key that loosens a preset is in force, and is told', () => {
  const loose = configured('[access]\npreset = "door"\nrequire = "face"\nattempts_allowed = 50\n');
  expect(policyOf(loose, 'enough').require).toBe('face');
  expect(budgetOf(loose)?.allowed).toBe(50);
  expect(accessNotes(loose, 'enough')).toEqual([
    'access.require is "face", not both as of door',
    'access.attempts_allowed is 50, not 5 as of door',
  ]);
});

test('a key that says what the preset says anyway is not worth a word', () => {
  expect(accessNotes(configured('[access]\npreset = "door"\nrequire = "both"\n'), 'enough')).toEqual([]);
});

test('a doorbell is a lamp to whoever comes, and may have no strike', () => {
  expect(presets.doorbell.policy).toEqual(presets.lamp.policy);
  const strike = '[access]\npreset = "doorbell"\n[outputs.front]\nkind = "strike"\npin = 13\n';
  expect(() => configured(strike)).toThrow('opens nothing');
});

test('a door without a microphone would open for nobody, and is refused with the key to change', () => {
  expect(() => configured('[access]\npreset = "door"\n[microphone]\nsource = "none"\n')).toThrow(
    'access.preset: is "door", but microphone.source is "none"',
  );
});
