// @ts-check
/**
 * Linux errno numbers that cross the ABI. EIO (a block that its guest has damaged), ENOSPC and EPIPE stay on the host's
 * side of it.
 */

export const EPERM = 1;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const EBADF = 9;
export const EAGAIN = 11;
export const EINVAL = 22;
export const EMFILE = 24;
export const ENOSPC = 28;
export const EPIPE = 32;
export const EDEADLK = 35;
