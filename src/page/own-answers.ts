import { Journal } from '../journal/journal.ts';
import { readMachine } from '../runtime/machine-readings.ts';
import { type Answers, RequestRefused } from './requests.ts';

/** What answers these is on the thread of the page: reading a long journal must not hold up the device. */
type OwnAnswers = Required<Pick<Answers, 'history' | 'machine'>>;

const noJournal = 'this device keeps no journal: [journal] enabled = false';

/** `directory` is where the journal is kept; null where none is. */
export function ownAnswers(directory: string | null): OwnAnswers {
  return {
    history: ({ kinds, beforeSeq, fromUtcMs, limit }) => {
      if (directory === null) throw new RequestRefused(404, noJournal);
      using journal = Journal.open({ directory });
      const entries = journal.list({
        ...(kinds === null ? {} : { kinds }),
        ...(beforeSeq === null ? {} : { beforeSeq }),
        ...(fromUtcMs === null ? {} : { fromUtcMs }),
        limit,
      });
      return { entries };
    },
    machine: () => readMachine(directory ?? '/'),
  };
}
