// Stands in for @u4/opencv4nodejs: a camera that gives red pictures of 64x24, twenty a second. Prints as libraries do.
const { setTimeout: sleep } = require('node:timers/promises');

class Mat {
  constructor(rows, cols, pixels = Buffer.alloc(rows * cols * 3, Buffer.from([0, 0, 255]))) {
    this.rows = rows;
    this.cols = cols;
    this.pixels = pixels;
    this.empty = rows === 0;
  }
  async resizeAsync(rows, cols) {
    return new Mat(rows, cols);
  }
  copyMakeBorder(top, bottom, left, right) {
    const [rows, cols] = [this.rows + top + bottom, this.cols + left + right];
    const pixels = Buffer.alloc(rows * cols * 3);
    for (let row = 0; row < this.rows; row++) {
      const line = this.pixels.subarray(row * this.cols * 3, (row + 1) * this.cols * 3);
      line.copy(pixels, ((row + top) * cols + left) * 3);
    }
    return new Mat(rows, cols, pixels);
  }
  async cvtColorAsync() {
    return new Mat(this.rows, this.cols, swapped(this.pixels));
  }
  async getDataAsync() {
    return this.pixels;
  }
}

function swapped(pixels) {
  const out = Buffer.from(pixels);
  for (let at = 0; at < out.length; at += 3) [out[at], out[at + 2]] = [out[at + 2], out[at]];
  return out;
}

class VideoCapture {
  constructor(source) {
    if (source === '/dev/none') throw new Error('VideoCapture::New - failed to open capture from path');
    this.source = source;
    console.log('[ INFO:0] global cap.cpp opened a camera');
  }
  set() {}
  async readAsync() {
    await sleep(50);
    if (this.source === '/dev/stuck') await sleep(60_000);
    return this.source === '/dev/ends' ? new Mat(0, 0) : new Mat(24, 64);
  }
  release() {}
}

module.exports = { VideoCapture };
