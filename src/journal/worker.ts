import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { anchorText } from './chain.ts';
import { asJournalError } from './errors.ts';
import { Journal } from './journal.ts';
import type { JournalReply, JournalRequest } from './messages.ts';

// The thread that writes the journal: a commit waits for the disk, on a memory card for a tenth of a second and more.

declare const self: Worker;
let directory = '';
let journal: Journal | undefined;

self.onmessage = ({ data }: MessageEvent<JournalRequest>) => {
  if (data.do === 'begin') directory = data.directory;
  else self.postMessage(answer(data));
};

function answer(request: Exclude<JournalRequest, { do: 'begin' }>): JournalReply {
  let movedAside: string | null = null;
  try {
    if (request.do === 'close') {
      journal?.close();
      return { is: 'done', anchor: '', movedAside };
    }
    try {
      work(request);
    } catch (error) {
      if (asJournalError(error, directory).kind !== 'corrupt') throw error;
      // Nobody is there to do it: what is damaged is kept aside, and a new journal begins.
      movedAside = moveAside();
      work(request);
    }
    return { is: 'done', anchor: anchorText(opened().head()), movedAside };
  } catch (error) {
    journal?.close();
    journal = undefined;
    const { kind, message } = asJournalError(error, directory);
    return { is: 'failed', kind, message };
  }
}

function work(request: Extract<JournalRequest, { do: 'append' | 'expire' }>): void {
  if (request.do === 'append') opened().append(request.entries);
  else opened().expire(request.retention, request.nowUtcMs);
}

function opened(): Journal {
  journal ??= Journal.open({ directory });
  return journal;
}

/** The last damaged one is kept. */
function moveAside(): string {
  journal?.close();
  journal = undefined;
  const path = join(directory, 'journal.db');
  for (const end of ['', '-wal', '-shm']) {
    if (existsSync(path + end)) renameSync(path + end, `${path}.damaged${end}`);
  }
  return `${path}.damaged`;
}
