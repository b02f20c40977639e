/**
 * The other side of face-api-peer.ts: @vladmandic/face-api as its documentation uses it (SSD MobileNetV1, 68 landmarks,
 * descriptor) on its WebAssembly backend, one thread, in Node. Called with a file of 640x480x3 bytes RGB; for each
 * line on stdin, a number of frames, it answers with one line of JSON: the milliseconds of each.
 */
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { createInterface } = require('node:readline');

const folder = process.argv[2];
const packageFolder = (name) => dirname(require.resolve(`${name}/package.json`, { paths: [folder] }));
const load = (name) => require(require.resolve(name, { paths: [folder] }));

const tf = load('@tensorflow/tfjs');
const wasm = load('@tensorflow/tfjs-backend-wasm');
wasm.setWasmPaths(`${packageFolder('@tensorflow/tfjs-backend-wasm')}/dist/`);

async function main() {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend does not start');
  await tf.ready();
  const faceapi = load('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const models = join(packageFolder('@vladmandic/face-api'), 'model');
  await faceapi.nets.ssdMobilenetv1.loadFromDisk(models);
  await faceapi.nets.faceLandmark68Net.loadFromDisk(models);
  await faceapi.nets.faceRecognitionNet.loadFromDisk(models);
  const rgb = new Int32Array(new Uint8Array(readFileSync(process.argv[3])));
  const options = new faceapi.SsdMobilenetv1Options();

  async function frame() {
    const start = performance.now();
    const tensor = tf.tensor3d(rgb, [480, 640, 3], 'int32');
    const faces = await faceapi.detectAllFaces(tensor, options).withFaceLandmarks().withFaceDescriptors();
    tensor.dispose();
    if (faces.length !== 1) throw new Error(`${faces.length} faces found, not one`);
    return performance.now() - start;
  }

  for (let i = 0; i < 3; i++) await frame();
  console.log(JSON.stringify({ backend: tf.getBackend(), tfjs: tf.version_core }));
  for await (const line of createInterface({ input: process.stdin })) {
    const times = [];
    for (let i = 0; i < Number(line); i++) times.push(await frame());
    console.log(JSON.stringify(times));
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
