// @ts-check
/** Error numbers of WASI preview 1 (and of wasi-libc and Emscripten's C library, which use them). */

export const SUCCESS = 0;
export const AGAIN = 6;
export const BADF = 8;
export const CONNRESET = 15;
export const DEADLK = 16;
export const FAULT = 21;
export const FBIG = 22;
export const INTR = 27;
export const INVAL = 28;
export const IO = 29;
export const MFILE = 33;
export const NOSPC = 51;
export const NOSYS = 52;
export const NOTCONN = 53;
export const NOTSUP = 58;
export const NXIO = 60;
export const PERM = 63;
export const PIPE = 64;
export const SPIPE = 70;
export const SRCH = 71;
