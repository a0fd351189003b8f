// @ts-check
/**
 * The host's monotonic clock in nanoseconds, the same in every agent of this process. performance.now() counts from
 * each agent's own start. So Node's hrtime (the system's clock) is used where it exists, and elsewhere the time origin
 * is added. A double holds nanoseconds exactly for 104 days of uptime, and to 2 ns for a year; no time-out is that
 * exact.
 */

const hrtime = typeof process === 'object' && typeof process?.hrtime === 'function' ? process.hrtime : undefined;

/** @type {() => number} */
export const now = hrtime
  ? () => {
      const [seconds, nanoseconds] = hrtime();
      return seconds * 1e9 + nanoseconds;
    }
  : () => (performance.timeOrigin + performance.now()) * 1e6;

/** The longest delay of setTimeout() and setInterval(), in milliseconds: they have 31 bits. */
export const MAX_TIMER_MS = 0x7fffffff;
