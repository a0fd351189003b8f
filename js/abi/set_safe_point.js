// @ts-check
/** What instrumenting a module without wasmsig's library adds to its exports. */
export const SET_SAFE_POINT = 'wasmsig_set_safe_point';
