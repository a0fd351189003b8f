// @ts-check
/** The guest's worker. Started by spawn.js only. */

import { Agent } from './agent.js';

/** @type {Agent | undefined} */
let agent;

addEventListener('message', ({ data }) => {
  if (data.type === 'start') agent = new Agent(data.start, (message) => postMessage(message));
  else agent?.receive(data);
});
