// @ts-check
/** The timekeeper's worker. It sleeps on its word, so it polls for orders, which never arrive as events. */

import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { keepTime } from '../owner/timekeeping.js';
import { Loading } from './loading.js';

new Loading(workerData.loading).end();
keepTime(workerData.timekeeperWord, () => receiveMessageOnPort(workerData.orders)?.message);
