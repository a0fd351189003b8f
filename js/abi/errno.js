// @ts-check
/** Linux errno numbers: of what crosses the ABI, and of what the host says on its own side of it. */

export const EPERM = 1;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const EBADF = 9;
export const EAGAIN = 11;
export const EINVAL = 22;
export const EMFILE = 24;
export const EFBIG = 27;
export const ENOSPC = 28;
export const EPIPE = 32;
export const EDEADLK = 35;
export const ENOSYS = 38;
export const ENOTSUP = 95;
export const ECONNRESET = 104;
export const ENOTCONN = 107;
