import { join } from 'node:path';
import { configKeys, configTables } from './keys.ts';
import { tomlValue } from './print.ts';
import { orderedKeys } from './schema.ts';

const introduction = `# Configuration

<!-- Made from src/config/schema.ts by \`bun src/config/document.ts\`; a test compares. -->

One TOML file, every key optional. It is looked for in this order, and the first that is there is the only one
that is read: \`./vigil.toml\`, \`~/.config/vigil/vigil.toml\`, \`/etc/vigil/vigil.toml\`; \`--config FILE\` names another.
Options on the command line win over the file. A relative path in the file counts from the file's folder.

A key ends in its unit (\`hold_ms\`). An unknown key or a value that is not allowed is an error that names the line,
and nothing starts. \`vigil run --print-config\` shows every value and where it comes from. A changed file takes
effect at the next start.`;

/** The text of docs/configuration.md: every key with its default, what is allowed and what it does. */
export function configurationMarkdown(): string {
  const sections = [...configTables.values()].flatMap((table) => {
    const keys = [...configKeys.values()].filter(
      ({ key }) => key.slice(0, key.lastIndexOf('.')) === table.key,
    );
    if (keys.length === 0) return [];
    const rows = keys.map(({ key, default: value, allowed, description }) => {
      const name = key.slice(table.key.length + 1);
      const shown = value === undefined ? 'none' : `\`${tomlValue(value)}\``;
      return `| \`${name}\` | ${shown} | ${allowed} | ${description} |`;
    });
    const text = table.description === '' ? [] : [table.description, ''];
    return [
      '',
      `## [${table.key}]`,
      '',
      ...text,
      '| key | default | allowed | what it does |',
      '|---|---|---|---|',
      ...rows,
    ];
  });
  const order = orderedKeys.map(([lower, upper]) => `\`${lower}\` must not be above \`${upper}\``).join('; ');
  return [introduction, ...sections, '', `Between keys: ${order}.`, ''].join('\n');
}

if (import.meta.main) {
  await Bun.write(join(import.meta.dir, '../../docs/configuration.md'), configurationMarkdown());
}
