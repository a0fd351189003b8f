// @ts-check
// An agent that sends what it is told, one after the other, as fast as it can.
import { parentPort } from 'node:worker_threads';
import { Sender } from '../../../js/node/index.js';

const owner = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

owner.on('message', ({ handle, sends }) => {
  try {
    const sender = Sender.from(handle);
    for (const { signo, value } of sends) sender.kill(signo, value === undefined ? {} : { value });
    owner.postMessage('sent');
  } catch (error) {
    owner.postMessage(String(error));
  }
});
