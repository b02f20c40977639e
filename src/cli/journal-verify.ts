import { anchorText, readAnchor } from '../journal/chain.ts';
import { verifyJournal } from '../journal/verify.ts';
import { type Command, UsageError } from './command.ts';
import { withJournal } from './journal-named.ts';
import { printJson, printLine } from './output.ts';
import { jsonOption, stateOption } from './people-named.ts';
import { Progress } from './progress.ts';

export const verify: Command = {
  name: 'verify',
  summary: 'whether entries were altered, removed, inserted or moved',
  options: {
    anchor: {
      value: 'SEQ:LINK',
      help: 'what an earlier run or the device’s log said of its last entry, parted by commas; shows a tail that was cut off',
    },
    state: stateOption,
    json: jsonOption,
  },
  notes: [
    'Ends with 1 when something is wrong. Prints the anchor of the newest entry: keep it elsewhere.',
    'A running device writes an anchor to its log at the start and four times a day.',
  ].join('\n'),
  async run(invocation) {
    const { options, signal } = invocation;
    const anchors = typeof options.anchor === 'string' ? options.anchor.split(',').map(anchorOf) : [];
    return withJournal(invocation, async ({ journal }) => {
      const progress = new Progress('verifying entries', journal.size().entries);
      const found = await verifyJournal(journal, anchors, signal, (done) => progress.update(done)).finally(
        () => progress.end(),
      );
      const { entries, erased, expired, beginsAfterSeq, head, flaws } = found;
      if (options.json === true) {
        printJson({
          whole: flaws.length === 0,
          entries,
          erased,
          expired,
          beginsAfterSeq,
          anchor: anchorText(head),
          flaws,
        });
      } else {
        for (const { seq, kind, message } of flaws) printLine(`entry ${seq}: ${kind}: ${message}`);
        const since = beginsAfterSeq === 0 ? '' : ` after entry ${beginsAfterSeq}`;
        printLine(
          `${entries} entries${since}, ${erased} with a person erased, ${expired} emptied by age: ` +
            (flaws.length === 0 ? 'whole' : 'NOT WHOLE'),
        );
        printLine(`anchor ${anchorText(head)}`);
      }
      return flaws.length === 0 ? 0 : 1;
    });
  },
};

function anchorOf(text: string) {
  const anchor = readAnchor(text);
  if (anchor === undefined)
    throw new UsageError(
      `--anchor ${text}: not an anchor; one is like 1234:9f86d081… with 64 digits after the colon`,
    );
  return anchor;
}
