import type { BoardReading, BoardSensors } from '../contract/board-sensors.ts';
import type { FaultBoard } from './faults.ts';

const mebibyte = 1024 * 1024;
const well: BoardReading = {
  temperature: { sensor: 'cpu', celsius: 50, limitCelsius: 95 },
  slowedDown: false,
  lowVoltage: false,
  availableBytes: 1_500 * mebibyte,
};

/** A board that is as cool and has as much memory as the faults say. */
export class SimulatedBoardSensors implements BoardSensors {
  readonly #faults: FaultBoard;

  constructor(faults: FaultBoard) {
    this.#faults = faults;
  }

  async read(): Promise<BoardReading> {
    this.#faults.check('board', 'board', 'read');
    const hot = this.#faults.find('board-hot');
    const full = this.#faults.find('board-memory-low');
    return {
      ...well,
      ...(hot === undefined
        ? {}
        : {
            temperature: { sensor: 'cpu', celsius: hot.celsius, limitCelsius: 95 },
            slowedDown: hot.celsius >= 95,
          }),
      ...(full === undefined ? {} : { availableBytes: full.availableMib * mebibyte }),
    };
  }
}
