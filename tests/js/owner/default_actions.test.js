// @ts-check
// Default actions that the owner carries out, without a program: what it tells, and when.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { STATE } from '../../../js/abi/index.js';
import { PostedQueue } from '../../../js/link/posted_queue.js';
import { DefaultActions } from '../../../js/owner/default_actions.js';
import { Queue } from '../../../js/link/queue.js';

const [SIGUSR2, SIGTERM, SIGCONT, SIGTSTP] = [12, 15, 18, 20];
/** Longer than a program has to do it itself. */
const LOOK = 5;

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

/** @param {Queue} host */
function owner(host) {
  /** @type {(string | number)[]} what it told: a stop, 0, or an end */
  const told = [];
  const defaults = new DefaultActions({
    host,
    live: () => host,
    end: (signo) => told.push(`end ${signo}`),
    tell: (signo) => told.push(signo),
  });
  const send = (/** @type {number[]} */ ...signals) => {
    for (const signo of signals) {
      assert.equal(host.send(signo), 0);
      defaults.sent(signo);
    }
  };
  return { told, defaults, send };
}

for (const [name, create] of /** @type {[string, (header: import('../../../js/link/queue.js').Header) => Queue][]} */ ([
  ['shared', (header) => Queue.create(header)],
  ['posted', (header) => PostedQueue.create(header)],
])) {
  const running = () => create({ pid: 2, ppid: 1, state: STATE.running });

  test(`${name}: a program that never checks is continued by SIGCONT for good, and stopped by the next stop`, () => {
    const { told, send } = owner(running());
    send(SIGTSTP);
    mock.timers.tick(LOOK);
    assert.deepEqual(told, [SIGTSTP]);
    send(SIGCONT);
    for (let look = 0; look < 5; look++) mock.timers.tick(LOOK);
    assert.deepEqual(told, [SIGTSTP, 0]);
    send(SIGTSTP);
    mock.timers.tick(LOOK);
    assert.deepEqual(told, [SIGTSTP, 0, SIGTSTP]);
  });

  test(`${name}: a stop that SIGCONT follows at once is none, and the other way round it is one`, () => {
    const { told, send } = owner(running());
    send(SIGTSTP, SIGCONT, SIGTSTP, SIGCONT);
    mock.timers.tick(LOOK);
    assert.deepEqual(told, []);
    send(SIGCONT, SIGTSTP);
    mock.timers.tick(LOOK);
    assert.deepEqual(told, [SIGTSTP]);
  });

  test(`${name}: what ends a program waits until it is continued, whichever agent stopped it`, () => {
    for (const itself of [false, true]) {
      const host = running();
      const { told, defaults, send } = owner(host);
      send(SIGTSTP);
      mock.timers.tick(LOOK);
      if (itself) {
        // it took the stop, and says so
        host.drain();
        if (host.shared) host.setStopped(SIGTSTP);
        assert.equal(defaults.said(SIGTSTP), false, 'the owner knew');
      }
      send(SIGTERM);
      for (let look = 0; look < 5; look++) mock.timers.tick(LOOK);
      assert.deepEqual(told, [SIGTSTP]);
      if (itself) {
        // it continued and computes
        if (host.shared) host.setStopped(0);
        assert.equal(defaults.said(0), true);
      } else send(SIGCONT);
      mock.timers.tick(LOOK);
      assert.deepEqual(told, itself ? [SIGTSTP, `end ${SIGTERM}`] : [SIGTSTP, 0, `end ${SIGTERM}`]);
    }
  });

  test(`${name}: a program that has accepted its stop is not said to go on before it does`, () => {
    const host = running();
    const { told, defaults, send } = owner(host);
    send(SIGTSTP);
    mock.timers.tick(LOOK);
    host.drain();
    if (host.shared) host.setStopped(SIGTSTP); // its message is still on its way
    send(SIGUSR2);
    for (let look = 0; look < 5; look++) mock.timers.tick(LOOK);
    assert.deepEqual(told, [SIGTSTP]);
    assert.equal(defaults.said(SIGTSTP), false);
    assert.equal(defaults.said(SIGTSTP), true, 'the next one is another one');
  });

  test(`${name}: an older message does not undo a later stop`, () => {
    const host = running();
    const { told, defaults, send } = owner(host);
    send(SIGTSTP);
    mock.timers.tick(LOOK);
    for (const old of [SIGTSTP, 0]) if (defaults.said(old)) told.push(old);
    mock.timers.tick(LOOK);
    assert.deepEqual(told, [SIGTSTP, 0, SIGTSTP]);
  });
}

test('a stop that another sender undid, and the program drained with what undid it, is over', async () => {
  const host = Queue.create({ pid: 2, ppid: 1, state: STATE.running });
  const { told, defaults, send } = owner(host);
  send(SIGTSTP);
  mock.timers.tick(LOOK);
  void defaults.attend();
  assert.equal(host.send(SIGCONT), 0);
  host.drain();
  host.callOwner();
  for (let turns = 0; turns < 1000 && told.length < 2; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(LOOK);
  }
  assert.deepEqual(told, [SIGTSTP, 0]);
  defaults.over();
});
