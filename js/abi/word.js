// @ts-check
/** Word indexes of a control block, by their names in docs/host-abi.md. */

export const magic = 0;
export const version = 1;
export const size = 2;
export const flags = 3;
export const pid = 4;
export const ppid = 5;
export const uid = 6;
export const state = 7;
export const exit = 8;
export const stop_signal = 9;
export const ignored = 10;
export const blocked = 12;
export const defaults = 14;
export const doorbell = 16;
export const ring = 17;
export const waiters = 18;
export const timer_seq = 32;
export const timer_low = 33;
export const timer_high = 34;
export const timer_signal = 35;
export const attention = 36;
export const std_bits = 64;
export const std_sent = 66;
export const rt_head = 128;
export const rt_tail = 144;
export const rt_dropped = 160;
export const rt_cell = 192;
