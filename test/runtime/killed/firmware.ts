/**
 * The firmware as a process of its own, to be killed: real keeper, real journal, real time.
 *
 *     bun test/runtime/killed/firmware.ts STATE-DIRECTORY CONFIG
 */
import { readFileSync } from 'node:fs';
import { oracleFirmware } from '../../../bench/support/oracle-firmware.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { keepJournal } from '../../../src/runtime/keep-journal.ts';

const [directory = '', configFile = ''] = process.argv.slice(2);
const { config } = parseConfig(readFileSync(configFile, 'utf8'), configFile);
const { actor, trace, clock, wallClock } = oracleFirmware(config, directory, 60);
const onNote = (text: string) => console.error(text);
keepJournal({ config: config.journal, directory, trace, clock, wallClock, onNote });
actor.start();
