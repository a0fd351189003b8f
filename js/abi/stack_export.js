// @ts-check
/** What a module with an injected runtime exports if it did not export its stack pointer: that global. */
export const STACK_POINTER = 'wasmsig_stack_pointer';
