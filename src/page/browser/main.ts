import type { TraceRecord } from '../../trace/record.ts';
import { isWorthTelling, type PageMessage } from '../protocol.ts';
import { Cards } from './cards.ts';
import { MachineCharts } from './charts.ts';
import { Connection } from './connection.ts';
import { byId, setText } from './dom.ts';
import { Happened } from './happened.ts';
import { Live } from './live.ts';
import { Names } from './names.ts';
import { Player } from './player.ts';
import { RecordList } from './record-list.ts';
import { connectionWords, factsText, signInWords } from './texts.ts';
import { Timeline } from './timeline.ts';
import { View } from './view.ts';

/** Times that run are written this often. */
const tickMs = 100;
/** The list of records is read more slowly. */
const listMs = 500;
const mostToldLines = 200;
const noticeMs = 10_000;

const live = new Live();
const view = new View(live, onMoved);
const names = new Names(() => {
  happened.renew();
  draw();
});
const cards = new Cards(names.of);
const charts = new MachineCharts(view);
const timeline = new Timeline(view);
const player = new Player(view, timeline);
const recordList = new RecordList(view);
const happened = new Happened(names.of);
let drawn = false;
/** What was last looked at. */
let shown: readonly TraceRecord[] | undefined;

/** Once a frame, however much was told. */
function draw(): void {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(() => {
    drawn = false;
    cards.show(view.state, view.nowMs);
    charts.draw();
    document.body.dataset.seq = String(view.state.seq); // what is on the page is as of this record
  });
}

/** What changes with time and with every record: more often than that nobody reads it. */
function tick(): void {
  cards.tick(view.state, view.nowMs);
  charts.tick();
  timeline.draw();
  player.draw();
}

/** Another moment is looked at, or another trace. */
function onMoved(): void {
  document.body.dataset.view = view.mode;
  if (shown !== view.records) {
    shown = view.records;
    timeline.begin(shown);
  }
  const upToHere = view.records.slice(0, view.index + 1).filter(isWorthTelling);
  happened.begin(upToHere.slice(-mostToldLines), view.clockOffsetMs);
  charts.flash(view.records.slice(view.index, view.index + 1));
  recordList.draw();
  draw();
  tick();
}

function hear(message: PageMessage): void {
  live.hear(message);
  if (message.type === 'story') {
    names.forget();
    setText(byId('facts', 'p'), factsText(message.facts));
    if (view.mode === 'live') {
      happened.begin(message.recent, live.clockOffsetMs);
      timeline.begin([]);
    }
    live.fetchPast().then(
      (whole) => {
        if (whole && view.mode === 'live') onMoved();
      },
      () => undefined, // the connection says that it is lost
    );
  } else if (view.mode === 'live') {
    happened.add(message.records, live.clockOffsetMs);
    charts.flash(message.records);
    timeline.see(message.records);
  }
  if (view.mode === 'live') draw();
}

function notice(text: string): void {
  const place = byId('notice', 'p');
  place.hidden = false;
  setText(place, text);
  setTimeout(() => {
    place.hidden = true;
  }, noticeMs);
}

const connection = byId('connection', 'p');
new Connection(hear, (state) => {
  connection.dataset.state = state;
  document.body.classList.toggle('stale', state !== 'live');
  setText(connection, connectionWords[state]);
});
setInterval(() => {
  if (view.mode === 'live') tick();
}, tickMs);
setInterval(() => {
  if (view.mode === 'live') recordList.draw();
}, listMs);
names.signIn().then(
  (signedIn) => {
    if (signedIn !== 'no-key') notice(signInWords[signedIn]);
  },
  () => undefined, // the connection says that it is lost
);
