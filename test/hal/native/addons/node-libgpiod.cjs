// Stands in for node-libgpiod: a chip whose lines are files of the folder $VIGIL_LINES; `broken` there breaks them.
const fs = require('node:fs');
const { join } = require('node:path');

const folder = process.env.VIGIL_LINES;
const file = (offset) => join(folder, `line-${offset}`);

class Chip {
  label = 'tegra-gpio';
  numberOfLines = 240;
}

class Line {
  static RequestFlags = { ACTIVE_LOW: 4 };
  constructor(_chip, offset) {
    this.offset = offset;
  }
  requestOutputModeFlags(_consumer, flags, level) {
    if (this.offset === 7) throw new Error('Device or resource busy');
    this.inverted = flags === 4;
    this.setValue(level);
  }
  requestInputModeFlags(_consumer, flags) {
    this.inverted = flags === 4;
    if (!fs.existsSync(file(this.offset))) fs.writeFileSync(file(this.offset), this.inverted ? '1' : '0');
  }
  getValue() {
    this.check();
    return Number(fs.readFileSync(file(this.offset), 'utf8')) ^ Number(this.inverted);
  }
  setValue(level) {
    this.check();
    fs.writeFileSync(file(this.offset), String(level ^ Number(this.inverted)));
  }
  release() {}
  check() {
    if (fs.existsSync(join(folder, 'broken'))) throw new Error('No such device');
  }
}

module.exports = { Chip, Line, getChipNames: () => ['gpiochip0'] };
