import type { Board, HeaderPin } from '../../hal/boards.ts';
import type { VigilConfig } from '../config/schema.ts';

/** What the header's other pins are, on every board that took the Raspberry Pi's layout over. */
const supply: Readonly<Record<number, string>> = {
  ...{ 1: '3.3 V', 17: '3.3 V', 2: '5 V', 4: '5 V' },
  ...Object.fromEntries([6, 9, 14, 20, 25, 30, 34, 39].map((pin) => [pin, 'ground'])),
};
/** Both lamps go to this one: it lies between their pins. */
const groundPin = 9;

const size = { widthPx: 760, rowPx: 26, topPx: 70, headerPx: 420, pinPx: 8 };

/**
 * The header of a board with the two lamps as the configuration has them by default, as SVG: each through a resistor
 * to ground. Pins that can be lines have their line beside them.
 */
export function wiringPicture(board: Board, output: VigilConfig['output']): string {
  const heightPx = size.topPx + 20 * size.rowPx + 20;
  const pins = new Map(board.pins.map((pin) => [pin.board, pin]));
  const lamps = [
    { name: 'red', pin: output.red.pin },
    { name: 'green', pin: output.green.pin },
  ];
  const parts = [
    ...Array.from({ length: 40 }, (_, i) => pinText(i + 1, pins.get(i + 1), lamps)),
    ...lamps.map(({ name, pin }) => lampPicture(name, pin)),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.widthPx} ${heightPx}" width="${size.widthPx}" height="${heightPx}" role="img" aria-label="The 40-pin header of a ${board.name} with two lamps">`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${size.widthPx}" height="${heightPx}"/>`,
    `<text class="title" x="20" y="30">${board.name}, 40-pin header seen from above; lines of ${board.chip}</text>`,
    `<rect class="header" x="${size.headerPx - 18}" y="${size.topPx - 18}" width="66" height="${20 * size.rowPx + 10}" rx="6"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const style = `
text{font:12px system-ui,"Segoe UI",Roboto,Arial,sans-serif;fill:#18202c}
.paper{fill:#ffffff}.title{font-size:15px;font-weight:600}
.header{fill:#e9edf4;stroke:#8793a6}
.pin{fill:#ffffff;stroke:#5b6678}.pin.ground{fill:#5b6678}.pin.supply{fill:#f2c9a1}.pin.lamp{fill:#ffd84d}
.small{fill:#5b6678}.wire{fill:none;stroke:#18202c;stroke-width:1.6}
.red{fill:#d8342b}.green{fill:#1f9d4d}.resistor{fill:#e8d3b0;stroke:#18202c}
@media (prefers-color-scheme:dark){
text{fill:#e9edf4}.paper{fill:#12161d}.header{fill:#1c222c}.small{fill:#a3aec0}.wire{stroke:#e9edf4}
.resistor text,.resistor{stroke:#e9edf4}.onto{fill:#18202c}}`;

/** Odd pins are in the left column, even ones in the right. */
function placeOf(pin: number): { x: number; y: number } {
  return {
    x: size.headerPx + (pin % 2 === 1 ? 0 : 30),
    y: size.topPx + Math.floor((pin - 1) / 2) * size.rowPx,
  };
}

function pinText(
  number: number,
  pin: HeaderPin | undefined,
  lamps: readonly { readonly pin: number }[],
): string {
  const { x, y } = placeOf(number);
  const power = supply[number];
  const lamp = lamps.some((candidate) => candidate.pin === number);
  const kind = lamp ? ' lamp' : power === 'ground' ? ' ground' : power === undefined ? '' : ' supply';
  const said = pin === undefined ? (power ?? '') : `BCM ${pin.bcm}, line ${pin.offset}`;
  const left = number % 2 === 1;
  const text = said === '' ? `${number}` : left ? `${said} · ${number}` : `${number} · ${said}`;
  const anchor = left ? ' text-anchor="end"' : '';
  return (
    `<circle class="pin${kind}" cx="${x}" cy="${y}" r="${size.pinPx}"/>` +
    `<text class="${lamp ? 'used' : 'small'}"${anchor} x="${x + (left ? -24 : 24)}" y="${y + 4}">${text}</text>`
  );
}

/** From the pin to the left through a resistor and the lamp, and back to ground. */
function lampPicture(name: string, pin: number): string {
  const from = placeOf(pin);
  const ground = placeOf(groundPin);
  const away = pin < groundPin ? -1 : 1;
  const edge = 250;
  const y = from.y + away * 34;
  const lampX = 90;
  const start = `M${size.headerPx - 152} ${from.y}H${edge}V${y}H190`;
  return [
    `<path class="wire" d="${start}M140 ${y}H${lampX + 14}M${lampX - 14} ${y}H40V${ground.y}H${size.headerPx - 92}"/>`,
    `<rect class="resistor" x="140" y="${y - 8}" width="50" height="16" rx="3"/>`,
    `<text class="onto" x="165" y="${y + 4}" text-anchor="middle">220 Ω</text>`,
    `<circle class="${name}" cx="${lampX}" cy="${y}" r="14"/>`,
    `<text x="${lampX}" y="${y + away * 26 + 4}" text-anchor="middle">${name}</text>`,
  ].join('');
}
