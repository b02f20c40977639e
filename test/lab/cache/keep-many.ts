import { ResultCache } from '../../../src/lab/cache/result-cache.ts';

// Run by a test as a process of its own: keeps results, a number after each other, until it has enough or is killed.
const [folder, name, count] = process.argv.slice(2);
using cache = new ResultCache(folder!, (message) => console.error(message));
for (let i = 0; i < Number(count); i++) {
  cache.set(`${name}-${i}`, new Array(200).fill(i));
  if (i === 20) console.log('under way');
}
