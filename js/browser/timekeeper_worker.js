// @ts-check
/**
 * The timekeeper of one guest. It sleeps on its word and never returns to its event loop, so a browser needs one worker
 * for each guest.
 */

import { keepTime } from '../owner/timekeeping.js';

addEventListener(
  'message',
  ({ data: { timekeeperWord, order } }) => {
    const orders = [order];
    keepTime(timekeeperWord, () => orders.shift());
  },
  { once: true },
);
