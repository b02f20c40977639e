import type { PageMessage } from '../protocol.ts';
import { type ViewName, viewNames } from '../views.ts';
import { Account } from './account.ts';
import { Connection } from './connection.ts';
import { byId, setText } from './dom.ts';
import { Live } from './live.ts';
import { Names } from './names.ts';
import { Navigation } from './navigation.ts';
import type { PageView } from './page-view.ts';
import { StatusBar } from './status-bar.ts';
import { words, writeTexts } from './texts/language.ts';
import { factsText } from './texts/sentences.ts';
import { Viewpoint } from './viewpoint.ts';
import { HealthView } from './views/health/health-view.ts';
import { HistoryView } from './views/history/history-view.ts';
import { LiveView } from './views/live/live-view.ts';
import { MachinesView } from './views/machines/machines-view.ts';
import { PeopleView } from './views/people/people-view.ts';
import { SceneView } from './views/scene/scene-view.ts';

/** Times that run are written this often. */
const tickMs = 100;
const noticeMs = 10_000;

writeTexts();
const live = new Live();
const viewpoint = new Viewpoint(live, onMoved);
const names = new Names(() => {
  liveView.renewNames();
  historyView.renewNames();
  draw();
});
let drawn = false;
const statusBar = new StatusBar();
const liveView = new LiveView(viewpoint, names);
const historyView = new HistoryView(viewpoint, names);
const peopleView = new PeopleView();
const sceneView = new SceneView();
const views: Readonly<Record<ViewName, PageView>> = {
  machines: new MachinesView(viewpoint),
  live: liveView,
  people: peopleView,
  history: historyView,
  health: new HealthView(viewpoint, names),
  scene: sceneView,
};
const account = new Account(({ scopes }) => {
  names.allow(scopes.includes('names'));
  peopleView.allow(scopes);
  sceneView.allow(scopes.includes('test'));
});
const signingIn = account.signIn(); // takes the key out of the address before the menu reads it
const navigation = new Navigation(showView);
navigation.offer('scene', false);
showView();

/** Another view was chosen. */
function showView(): void {
  for (const name of viewNames) views[name].show?.(name === navigation.shown);
  draw();
  views[navigation.shown].tick?.();
}

/** Once a frame, however much was told. */
function draw(): void {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(() => {
    drawn = false;
    statusBar.draw(viewpoint.state);
    views[navigation.shown].draw();
    document.body.dataset.seq = String(viewpoint.state.seq); // what is on the page is as of this record
  });
}

/** Another moment is looked at, or another trace. */
function onMoved(): void {
  document.body.dataset.view = viewpoint.mode;
  for (const view of Object.values(views)) view.begin?.();
  draw();
  views[navigation.shown].tick?.();
}

function hear(message: PageMessage): void {
  live.hear(message);
  const isLive = viewpoint.mode === 'live';
  if (message.type === 'story') {
    names.forget();
    void account.renew();
    setText(byId('facts', 'p'), factsText(message.facts));
    peopleView.tellDevice(message.facts);
    sceneView.tellDevice(message.facts);
    navigation.offer('scene', message.facts.scene);
    if (isLive) onMoved();
    live.fetchPast().then(
      (whole) => {
        if (whole && viewpoint.mode === 'live') onMoved();
      },
      () => undefined, // the connection says that it is lost
    );
  } else if (isLive) {
    for (const view of Object.values(views)) view.hear?.(message.records);
    draw();
  }
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
  setText(connection, words.connection[state]);
});
setInterval(() => {
  if (viewpoint.mode === 'live') views[navigation.shown].tick?.();
}, tickMs);
signingIn.then(
  (signedIn) => {
    if (signedIn !== 'no-key') notice(words.signIn[signedIn]);
  },
  () => undefined, // the connection says that it is lost
);
