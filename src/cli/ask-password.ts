import { checkPassword } from '../credentials/credentials.ts';
import { type OptionSpec, UsageError } from './command.ts';

export const passwordOption = {
  help: 'read the password from the first line of standard input, and do not ask',
} as const satisfies OptionSpec;

/** What a password may be is checked where it is set; nothing that is longer is read. */
const mostInputBytes = 4_096;

/**
 * A new password: typed twice on the terminal, where it is not shown, or the first line of standard input. Never an
 * argument, which other users of the system can read. Throws UsageError, or CredentialsError for one that cannot be taken.
 */
export async function askNewPassword(fromInput: boolean, signal: AbortSignal): Promise<string> {
  if (fromInput) return await firstLine();
  if (!process.stdin.isTTY) {
    throw new UsageError('Nobody is there to ask: give --password-stdin and the password on standard input.');
  }
  const password = await askHidden('Password: ', signal);
  checkPassword(password);
  if ((await askHidden('The same again: ', signal)) === password) return password;
  throw new UsageError('The two are not the same; nothing was changed.');
}

async function firstLine(): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of Bun.stdin.stream()) {
    text += decoder.decode(bytes, { stream: true });
    const line = /^([^\r\n]*)\r?\n/.exec(text)?.[1];
    if (line !== undefined) return line;
    if (text.length > mostInputBytes) throw new UsageError('the password on standard input is too long');
  }
  return text;
}

/** Asks on the terminal without showing what is typed. */
async function askHidden(question: string, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  try {
    return await typedLine(signal);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function typedLine(signal: AbortSignal): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (settle: () => void) => {
      stdin.off('data', onData);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => end(() => reject(signal.reason));
    const onData = (bytes: Buffer) => {
      for (const key of bytes.toString('utf8')) {
        if (key === '\r' || key === '\n') return end(() => resolve(typed));
        // Ctrl-C and Ctrl-D: a raw terminal sends them as they are.
        if (key === '\u0003' || key === '\u0004') {
          return end(() => reject(new UsageError('No password was given; nothing was changed.')));
        }
        const isErasing = key === '\u007f' || key === '\b';
        typed = isErasing ? [...typed].slice(0, -1).join('') : typed + key;
      }
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stdin.on('data', onData);
    stdin.resume();
  });
}
