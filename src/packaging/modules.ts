/**
 * Which files of node_modules go into a package: what runs, and licences. Left out are declarations, maps of sources,
 * documents, and compiled code for other systems. Paths are from node_modules.
 */
export function isModuleShipped(path: string, cpu: 'arm64' | 'x64'): boolean {
  if (onlyTypes.test(path) || notRun.test(path)) return false;
  const native = /^onnxruntime-node\/bin\/(.*)/.exec(path)?.[1];
  if (native !== undefined) return native.includes(`/linux/${cpu}/`);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^(licen[cs]e|copying|notice|copyright)/i.test(name)) return true;
  return runs.test(name);
}

const onlyTypes = /^(@types|@webgpu|@rollup|\.bin|\.cache)\//;

/** Only an installation or a browser would use them; some of them are large. */
const notRun =
  /^(global-agent|adm-zip)\/|\/(tests?|__tests__|docs?|examples?|benchmarks?|\.github|miniprogram)\/|(_test|\.min)\.js$|\.d\.[cm]?ts$|^@tensorflow\/[^/]+\/dist\/[^/]*\.(es2017|fesm)\./;

const runs = /\.(js|cjs|mjs|json|wasm|node|dat)$|\.so(\.[\d.]+)?$/;
