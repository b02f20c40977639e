import type { PageMessage } from '../protocol.ts';
import { Cards } from './cards.ts';
import { MachineCharts } from './charts.ts';
import { Connection } from './connection.ts';
import { byId, setText } from './dom.ts';
import { Happened } from './happened.ts';
import { Live } from './live.ts';
import { Names } from './names.ts';
import { connectionWords, factsText, signInWords } from './texts.ts';

/** Times that run are written this often. */
const tickMs = 200;
const noticeMs = 10_000;

const live = new Live();
const names = new Names(() => {
  happened.renew();
  draw();
});
const cards = new Cards(names.of);
const charts = new MachineCharts(live);
const happened = new Happened(names.of);
let drawn = false;

/** Once a frame, however much was told. */
function draw(): void {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(() => {
    drawn = false;
    cards.show(live.state, live.nowMs);
    charts.draw();
    document.body.dataset.seq = String(live.state.seq); // what is on the page is as of this record
  });
}

function hear(message: PageMessage): void {
  live.hear(message);
  if (message.type === 'story') {
    names.forget();
    setText(byId('facts', 'p'), factsText(message.facts));
    happened.begin(message.recent, live.clockOffsetMs);
    live.fetchPast().then(draw, () => undefined); // the connection says that it is lost
  } else {
    happened.add(message.records, live.clockOffsetMs);
    charts.flash(message.records);
  }
  draw();
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
  cards.tick(live.state, live.nowMs);
  charts.tick();
}, tickMs);
names.signIn().then(
  (signedIn) => {
    if (signedIn !== 'no-key') notice(signInWords[signedIn]);
  },
  () => undefined, // the connection says that it is lost
);
